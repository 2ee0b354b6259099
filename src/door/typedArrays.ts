/**
 * What a typed array is by its tag. `instanceof` would miss those of another realm: of a frame, a worker's vm
 * context, or a test runner's environment.
 */

import { hasTag } from "./arguments.ts";

/** Whether it is a Float64Array, of any realm. */
export function isFloat64Array(value: unknown): value is Float64Array {
  return ArrayBuffer.isView(value) && hasTag(value, "Float64Array");
}

/** Whether it is a Float32Array, of any realm. */
export function isFloat32Array(value: unknown): value is Float32Array {
  return ArrayBuffer.isView(value) && hasTag(value, "Float32Array");
}
