/**
 * Bob Jenkins' hash lookup3, HDF5's checksum of its metadata; and Fletcher's sum of 16-bit words, its
 * checksum of data.
 */

export function lookup3(bytes: Uint8Array): number {
  const rotate = (x: number, k: number): number => (x << k) | (x >>> (32 - k));
  let a = (0xdeadbeef + bytes.length) | 0;
  let b = a;
  let c = a;
  const byte = (at: number): number => bytes[at] ?? 0;
  const word = (at: number): number => byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
  let at = 0;
  for (; bytes.length - at > 12; at += 12) {
    a = (a + word(at)) | 0;
    b = (b + word(at + 4)) | 0;
    c = (c + word(at + 8)) | 0;
    a = ((a - c) ^ rotate(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ rotate(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 4)) | 0;
    b = (b + a) | 0;
  }
  if (at === bytes.length) return c >>> 0;
  a = (a + word(at)) | 0;
  b = (b + word(at + 4)) | 0;
  c = (c + word(at + 8)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
}

/** Fletcher's sum over big-endian words, as HDF5 has it. */
export function fletcher32(bytes: Uint8Array): number {
  let first = 0;
  let second = 0;
  const even = bytes.length - (bytes.length % 2);
  for (let at = 0; at < even; at += 2) {
    first = (first + ((bytes[at]! << 8) | bytes[at + 1]!)) % 65535;
    second = (second + first) % 65535;
  }
  if (even < bytes.length) {
    first = (first + (bytes[even]! << 8)) % 65535;
    second = (second + first) % 65535;
  }
  return ((second << 16) | first) >>> 0;
}
