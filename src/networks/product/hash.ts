import type { Floats } from "./factor.ts";

/**
 * A 64-bit hash of the numbers' bytes. It is equal for equal layers, and practically never for different
 * ones.
 */
export function hashOf({ buffer, byteOffset, byteLength, length }: Floats): string {
  const words = new Uint32Array(buffer, byteOffset, byteLength / 4);
  let [a, b] = [0x9e3779b9 ^ length, 0x85ebca6b];
  for (let i = 0; i < words.length; i++) {
    a = Math.imul(a ^ words[i]!, 0x01000193);
    b = Math.imul((b << 13) | (b >>> 19), 5) + (0xe6546b64 ^ Math.imul(words[i]!, 0xcc9e2d51));
    a ^= a >>> 15;
  }
  return `${a >>> 0}:${b >>> 0}`;
}
