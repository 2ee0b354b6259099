/**
 * ‖W₂W₁‖_F from tiles of the product, of which only the sum of squares is kept. Large products of
 * single-precision layers are multiplied in single precision and summed in double precision; all others use
 * double precision.
 */
import { isFloat32Array } from "../../door/typedArrays.ts";
import { balance, type Factor, type Floats, freeAt, freeCount, largestOfNeurons, timesPower } from "./factor.ts";
import { type Kernel, kernelFor, SCRATCH, tiles } from "./kernel.ts";

/** Below this number of multiplications the set-up of the kernel does not pay. */
const SMALL = 1 << 15;
/** From this number of multiplications on, single precision is faster. */
const LARGE = 1 << 22;
/**
 * The number of bytes of the outer and of the inner factor that are packed at a time. The latter stays in the
 * processor's cache.
 */
const OUTER_CHUNK = 1 << 25;
const INNER_CHUNK = 3 << 19;
/**
 * The trace formula is not used if ‖W₂W₁‖² is smaller than ‖W₂‖²‖W₁‖² by this factor, because it loses
 * digits.
 */
const CANCELS = 1e-4;

/** ‖W₂W₁‖_F of two factors of finite numbers with the same neurons. */
export function productNorm(outer: Factor, inner: Factor): number {
  const [rows, columns] = [freeCount(outer), freeCount(inner)];
  const work = rows * columns * outer.neurons.count;
  const single = isFloat32Array(outer.data) && isFloat32Array(inner.data) && work >= LARGE;
  const plain = squaresOfProduct({ factor: outer }, { factor: inner }, single);
  // Nothing overflowed, and underflows are negligible relative to the mean entry of the product.
  const mean = plain / (rows * columns);
  if (single ? mean > 1e-40 && mean < 1e70 : mean > 1e-250 && plain < 1e300) return Math.sqrt(plain);
  const powers = balance(largestOfNeurons(outer), largestOfNeurons(inner));
  const scaled = squaresOfProduct(
    { factor: outer, powers: scales(powers.outer, powers.used) },
    { factor: inner, powers: scales(powers.inner, powers.used) },
    single,
  );
  return timesPower(Math.sqrt(scaled), powers.exponent);
}

/** A factor and, if needed, a power of two for each of its neurons; 0 for negligible neurons. */
interface Scaled {
  readonly factor: Factor;
  readonly powers?: Float64Array;
}

function scales(exponents: Int32Array, used: Uint8Array): Float64Array {
  return Float64Array.from(exponents, (n, i) => (used[i] === 0 ? 0 : 2 ** n));
}

function squaresOfProduct(outer: Scaled, inner: Scaled, single: boolean): number {
  const [rows, columns, depth] = [freeCount(outer.factor), freeCount(inner.factor), outer.factor.neurons.count];
  const work = rows * columns * depth;
  const kernel = work < SMALL ? undefined : kernelFor(single ? "single" : "double");
  const speed = kernel === undefined ? 1 : single ? 16 : 8;
  const byTrace = (speed * depth * depth * (rows + columns)) / 2 < work ? traceSquares(outer, inner) : undefined;
  return byTrace ?? (kernel && withKernel(kernel, single, outer, inner)) ?? plainSquares(outer, inner);
}

/**
 * Rows `from` … of a factor in panels of `width`, each neuron by neuron, from `at` on; zeros beyond the last
 * row.
 */
function pack({ factor, powers }: Scaled, from: number, width: number, panels: number, out: Floats, at: number): void {
  const { data, neurons } = factor;
  const { count, stride } = neurons;
  const rows = freeCount(factor);
  for (let p = 0; p < panels; p++) {
    const start = at + p * count * width;
    const first = from + p * width;
    const there = Math.max(0, Math.min(width, rows - first));
    if (there < width) out.fill(0, start, start + count * width);
    const sources = Array.from({ length: there }, (_, j) => freeAt(factor, first + j));
    const together = there % 4 === 0 && there > 0;
    for (let j = 0; j < there; j += together ? 4 : 1) {
      if (together)
        packFour(data, sources[j]!, sources[j + 1]!, sources[j + 2]!, sources[j + 3]!, stride, count, out, start + j, width);
      else
        for (let i = 0, source = sources[j]!, to = start + j; i < count; i++, to += width, source += stride)
          out[to] = data[source]!;
    }
    if (powers !== undefined)
      for (let i = 0, to = start; i < count; i++) for (let j = 0; j < width; j++, to++) out[to]! *= powers[i]!;
  }
}

/** Four rows at once. */
function packFour(
  data: Floats,
  a: number,
  b: number,
  c: number,
  d: number,
  stride: number,
  count: number,
  out: Floats,
  start: number,
  width: number,
): void {
  for (let i = 0, at = 0, to = start; i < count; i++, at += stride, to += width) {
    out[to] = data[a + at]!;
    out[to + 1] = data[b + at]!;
    out[to + 2] = data[c + at]!;
    out[to + 3] = data[d + at]!;
  }
}

function withKernel(kernel: Kernel, single: boolean, outer: Scaled, inner: Scaled): number | undefined {
  const tile = single ? tiles.single : tiles.double;
  const bytes = single ? 4 : 8;
  const depth = outer.factor.neurons.count;
  const [rows, columns] = [freeCount(outer.factor), freeCount(inner.factor)];
  const [outerBytes, innerBytes] = [depth * tile.rows * bytes, depth * tile.columns * bytes];
  const down = Math.min(Math.ceil(rows / tile.rows), Math.max(1, Math.floor(OUTER_CHUNK / outerBytes)));
  const across = Math.min(Math.ceil(columns / tile.columns), Math.max(1, Math.floor(INNER_CHUNK / innerBytes)));
  const innerAt = SCRATCH + down * outerBytes;
  if (!makeRoom(kernel, innerAt + across * innerBytes)) return undefined;
  const memory: Floats = single ? new Float32Array(kernel.memory.buffer) : new Float64Array(kernel.memory.buffer);
  let sum = 0;
  for (let row = 0; row < rows; row += down * tile.rows) {
    const outerPanels = Math.min(down, Math.ceil((rows - row) / tile.rows));
    pack(outer, row, tile.rows, outerPanels, memory, SCRATCH / bytes);
    for (let column = 0; column < columns; column += across * tile.columns) {
      const innerPanels = Math.min(across, Math.ceil((columns - column) / tile.columns));
      pack(inner, column, tile.columns, innerPanels, memory, innerAt / bytes);
      for (let p = 0; p < outerPanels; p++) sum += kernel.squares(SCRATCH + p * outerBytes, innerAt, innerPanels, depth);
    }
  }
  return sum;
}

/** Grows the kernel's memory to this number of bytes if needed. Returns whether it succeeded. */
export function makeRoom({ memory }: Kernel, bytes: number): boolean {
  const missing = bytes - memory.buffer.byteLength;
  if (missing <= 0) return true;
  if (bytes > 2 ** 31) return false;
  try {
    memory.grow(Math.ceil(missing / 65536));
    return true;
  } catch {
    return false;
  }
}

/** The same by plain loops, in double precision, by tiles of 4 × 4. */
function plainSquares(outer: Scaled, inner: Scaled): number {
  const depth = outer.factor.neurons.count;
  const [rows, columns] = [freeCount(outer.factor), freeCount(inner.factor)];
  const panels = Math.min(Math.ceil(columns / 4), Math.max(1, Math.floor(INNER_CHUNK / (depth * 32))));
  const a = new Float64Array(4 * depth);
  const b = new Float64Array(4 * depth * panels);
  const tile = new Float64Array(16);
  let sum = 0;
  for (let column = 0; column < columns; column += 4 * panels) {
    const count = Math.min(panels, Math.ceil((columns - column) / 4));
    pack(inner, column, 4, count, b, 0);
    for (let row = 0; row < rows; row += 4) {
      pack(outer, row, 4, 1, a, 0);
      for (let p = 0; p < count; p++) {
        multiplyTile(a, b, 4 * depth * p, depth, tile);
        let squares = 0;
        for (let k = 0; k < 16; k++) squares += tile[k]! * tile[k]!;
        sum += squares;
      }
    }
  }
  return sum;
}

function multiplyTile(a: Float64Array, b: Float64Array, from: number, depth: number, out: Float64Array): void {
  for (let i = 0; i < 4; i += 2) {
    let [c00, c01, c02, c03, c10, c11, c12, c13] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let k = 0, p = i, q = from; k < depth; k++, p += 4, q += 4) {
      const x = a[p]!;
      const y = a[p + 1]!;
      const b0 = b[q]!;
      const b1 = b[q + 1]!;
      const b2 = b[q + 2]!;
      const b3 = b[q + 3]!;
      c00 += x * b0;
      c01 += x * b1;
      c02 += x * b2;
      c03 += x * b3;
      c10 += y * b0;
      c11 += y * b1;
      c12 += y * b2;
      c13 += y * b3;
    }
    out.set([c00, c01, c02, c03, c10, c11, c12, c13], 4 * i);
  }
}

/**
 * The same number as tr(W₂ᵀW₂·W₁W₁ᵀ), which is cheaper for few neurons. Undefined if the sum cancels too
 * much.
 */
function traceSquares(outer: Scaled, inner: Scaled): number | undefined {
  const [a, b] = [gram(outer), gram(inner)];
  const depth = outer.factor.neurons.count;
  let sum = 0;
  let size = 0;
  for (let i = 0; i < depth; i++) {
    for (let j = 0; j <= i; j++) {
      const term = (i === j ? 1 : 2) * a[i * depth + j]! * b[i * depth + j]!;
      sum += term;
      size += Math.abs(term);
    }
  }
  return sum >= CANCELS * size ? sum : undefined;
}

/** The lower half of the d × d matrix of products between neurons. */
function gram(scaled: Scaled): Float64Array {
  const depth = scaled.factor.neurons.count;
  const out = new Float64Array(depth * depth);
  const row = new Float64Array(depth);
  for (let r = 0; r < freeCount(scaled.factor); r++) {
    pack(scaled, r, 1, 1, row, 0);
    for (let i = 0; i < depth; i++) {
      const x = row[i]!;
      if (x !== 0) for (let j = 0; j <= i; j++) out[i * depth + j]! += x * row[j]!;
    }
  }
  return out;
}
