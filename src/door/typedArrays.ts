/**
 * What a typed array is by its tag. `instanceof` would miss those of another realm: of a frame, a worker's vm
 * context, or a test runner's environment.
 */

/** Whether it is a Float64Array, of any realm. */
export function isFloat64Array(value: unknown): value is Float64Array {
  return hasTag(value, "Float64Array");
}

/** Whether it is a Float32Array, of any realm. */
export function isFloat32Array(value: unknown): value is Float32Array {
  return hasTag(value, "Float32Array");
}

function hasTag(value: unknown, tag: string): boolean {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === `[object ${tag}]`;
}
