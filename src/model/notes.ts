import { isList, refuse } from "../door/arguments.ts";

/** Notes as they were passed, checked and copied. */
export function readNotes(argument: string, value: unknown): readonly string[] {
  if (!isList(value) || value.some((note) => typeof note !== "string")) refuse(argument, value, "pass an array of sentences");
  return [...value] as string[];
}

/** `notes`, where there are any. */
export function withNotes(notes: readonly (string | undefined)[]): { readonly notes?: readonly string[] } {
  const known = notes.filter((note) => note !== undefined);
  return known.length === 0 ? {} : { notes: known };
}
