import { attempt } from "./arguments.ts";

/** The entries of { "0": …, "1": … }, the form that JSON gives a typed array. Undefined for other values. */
export function indexed(value: unknown): unknown[] | undefined {
  return attempt(() => entriesOf(value), undefined);
}

function entriesOf(value: unknown): unknown[] | undefined {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return undefined;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key, i) => key === String(i)) ? Object.values(value) : undefined;
}
