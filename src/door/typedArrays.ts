/**
 * Recognises a typed array by its tag. `instanceof` would miss arrays of another realm, such as a frame, a vm
 * context or the environment of a test runner.
 */

import { hasTag } from "./arguments.ts";

/** Whether the value is a Float64Array of any realm. */
export function isFloat64Array(value: unknown): value is Float64Array {
  return ArrayBuffer.isView(value) && hasTag(value, "Float64Array");
}

/** Whether the value is a Float32Array of any realm. */
export function isFloat32Array(value: unknown): value is Float32Array {
  return ArrayBuffer.isView(value) && hasTag(value, "Float32Array");
}
