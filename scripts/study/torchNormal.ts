/**
 * Normal numbers as `torch.randn` draws them on a CUDA device with a generator of its own: Philox 4×32-10,
 * one stream a thread, blocks of 256 threads, as many blocks as the device holds, four numbers a thread and
 * call, by the Box–Muller transform in single precision. [SalmonEtAl2011]
 */

/** Blocks of 256 threads that an H100 holds at once: 132 multiprocessors of 2,048 threads. */
const BLOCKS = 132 * 8;
const THREADS = 256;
const [M0, M1, W0, W1] = [0xd2511f53, 0xcd9e8d57, 0x9e3779b9, 0xbb67ae85];

/** A generator with a seed: each call draws the next array of `length` numbers. */
export function torchNormal(seed: number): (length: number) => Float32Array {
  let drawn = 0;
  return (length) => {
    const stride = Math.min(Math.ceil(length / THREADS), BLOCKS) * THREADS;
    const calls = Math.floor((length - 1) / (stride * 4)) + 1;
    const out = new Float32Array(length);
    const bits = new Uint32Array(4);
    for (let call = 0; call < calls; call++)
      for (let thread = 0; thread < stride; thread++) {
        const first = call * 4 * stride + thread;
        if (first >= length) break;
        philox(drawn + call, thread, seed, bits);
        for (let pair = 0; pair < 2; pair++) {
          const [sine, cosine] = boxMuller(bits[2 * pair]!, bits[2 * pair + 1]!);
          const at = first + 2 * pair * stride;
          if (at < length) out[at] = sine;
          if (at + stride < length) out[at + stride] = cosine;
        }
      }
    drawn += calls;
    return out;
  };
}

function boxMuller(a: number, b: number): [number, number] {
  const f = Math.fround;
  const u = f(f(f(a) * f(2.3283064e-10)) + f(2.3283064e-10 / 2));
  const angle = f(f(f(b) * f(2.3283064e-10 * 6.2831855)) + f((2.3283064e-10 * 6.2831855) / 2));
  const radius = f(Math.sqrt(f(-2 * f(Math.log(u)))));
  return [f(f(Math.sin(angle)) * radius), f(f(Math.cos(angle)) * radius)];
}

/** Ten rounds of Philox on the counter (counter, 0, subsequence, 0) with the key (seed, 0). */
function philox(counter: number, subsequence: number, seed: number, out: Uint32Array): void {
  let [c0, c1, c2, c3] = [counter >>> 0, 0, subsequence >>> 0, 0];
  let [k0, k1] = [seed >>> 0, 0];
  for (let round = 0; round < 10; round++) {
    const [h0, l0, h1, l1] = [high(M0, c0), Math.imul(M0, c0) >>> 0, high(M1, c2), Math.imul(M1, c2) >>> 0];
    [c0, c1, c2, c3] = [(h1 ^ c1 ^ k0) >>> 0, l1, (h0 ^ c3 ^ k1) >>> 0, l0];
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** The upper 32 bits of a product of two numbers of 32 bits. */
function high(a: number, b: number): number {
  const [ah, al, bh, bl] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = ah * bl + ((al * bl) >>> 16);
  const cross = al * bh + (middle % 0x10000);
  return (ah * bh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) >>> 0;
}
