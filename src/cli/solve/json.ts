/** Results as JSON: typed arrays as arrays, and infinite numbers as text, because JSON has none. */
import { finiteOrText } from "../../door/json.ts";
import type { ResultFile } from "./solveFile.ts";

/** A result as JSON, on one line or indented. */
export function jsonOf(result: ResultFile, indent?: number): string {
  return JSON.stringify(result, (_, value) => plain(value), indent);
}

function plain(value: unknown): unknown {
  if (typeof value === "number") return finiteOrText(value);
  return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<unknown>) : value;
}
