import { isList, refuse } from "../door/arguments.ts";

/** Checks and copies notes, without duplicates. */
export function readNotes(argument: string, value: unknown): readonly string[] {
  if (!isList(value) || value.some((note) => typeof note !== "string")) refuse(argument, value, "pass an array of sentences");
  return [...new Set(value as string[])];
}

/** A field `notes`, if there are any. */
export function withNotes(notes: readonly (string | undefined)[]): { readonly notes?: readonly string[] } {
  const known = notes.filter((note) => note !== undefined);
  return known.length === 0 ? {} : { notes: known };
}

/** The notes of tasks as a field of a flow or a descent, without duplicates; absent if there are none. */
export function notesOf(...tasks: readonly { readonly notes?: readonly string[] }[]): { readonly notes?: readonly string[] } {
  return tasks.every(({ notes }) => notes === undefined)
    ? {}
    : withNotes([...new Set(tasks.flatMap(({ notes }) => notes ?? []))]);
}
