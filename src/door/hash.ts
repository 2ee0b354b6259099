/**
 * A 128-bit hash of whole numbers below 2³², MurmurHash3 for 32-bit machines (A. Appleby, public domain). It
 * has the same bits on every platform. It is for seeds, not for cryptography.
 */

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

function avalanche(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The hash as four numbers below 2³². The length of `words` is hashed too. */
export function hash128(words: readonly number[]): [number, number, number, number] {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < words.length; i += 4) {
    const [k1, k2, k3, k4] = [words[i]!, words[i + 1] ?? 0, words[i + 2] ?? 0, words[i + 3] ?? 0];
    a ^= Math.imul(rotate(Math.imul(k1, C1), 15), C2);
    a = (Math.imul((rotate(a, 19) + b) | 0, 5) + 0x561ccd1b) | 0;
    b ^= Math.imul(rotate(Math.imul(k2, C2), 16), C3);
    b = (Math.imul((rotate(b, 17) + c) | 0, 5) + 0x0bcaa747) | 0;
    c ^= Math.imul(rotate(Math.imul(k3, C3), 17), C4);
    c = (Math.imul((rotate(c, 15) + d) | 0, 5) + 0x96cd1c35) | 0;
    d ^= Math.imul(rotate(Math.imul(k4, C4), 18), C1);
    d = (Math.imul((rotate(d, 13) + a) | 0, 5) + 0x32ac3b17) | 0;
  }
  a ^= words.length;
  b ^= words.length;
  c ^= words.length;
  d ^= words.length;
  for (let pass = 0; pass < 2; pass++) {
    a = (a + b + c + d) | 0;
    b = (b + a) | 0;
    c = (c + a) | 0;
    d = (d + a) | 0;
    if (pass === 0) [a, b, c, d] = [avalanche(a), avalanche(b), avalanche(c), avalanche(d)];
  }
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
}
