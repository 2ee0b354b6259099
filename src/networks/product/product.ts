/**
 * ‖W₂W₁‖_F, by tiles of the product of which only the squares are kept. Large products of single-precision layers are multiplied in
 * single precision and summed up in double; all others in double.
 */
import { balance, type Factor, type Floats, freeAt, freeCount, type Survey, timesPower } from "./factor.ts";
import { type Kernel, kernelFor, SCRATCH, tiles } from "./kernel.ts";

/** Below this many multiplications the set-up costs more than it saves. */
const SMALL = 1 << 15;
/** From this many on, single precision pays. */
const LARGE = 1 << 22;
/** How much of the inner factor is packed at a time, in bytes. */
const CHUNK = 1 << 23;
/** The trace loses digits where ‖W₂W₁‖² is this much smaller than ‖W₂‖²‖W₁‖². */
const CANCELS = 1e-4;

/** ‖W₂W₁‖_F of two factors with the same neurons. */
export function productNorm(outer: Factor, inner: Factor, ofOuter: Survey, ofInner: Survey): number {
  const powers = balance(ofOuter.largest, ofInner.largest);
  const [a, b]: [Scaled, Scaled] = [
    { factor: outer, powers: scales(powers.outer, powers.used) },
    { factor: inner, powers: scales(powers.inner, powers.used) },
  ];
  const [rows, columns, depth] = [freeCount(outer), freeCount(inner), outer.neurons.count];
  const work = rows * columns * depth;
  const single = outer.data instanceof Float32Array && inner.data instanceof Float32Array && work >= LARGE;
  const kernel = work < SMALL ? undefined : kernelFor(single ? "single" : "double");
  const speed = kernel === undefined ? 1 : single ? 16 : 8;
  const byTrace = (speed * depth * depth * (rows + columns)) / 2 < work ? traceSquares(a, b) : undefined;
  const squares = byTrace ?? (kernel && withKernel(kernel, single, a, b)) ?? plainSquares(a, b);
  return timesPower(Math.sqrt(squares), powers.exponent);
}

/** A factor and the power of two that multiplies each of its neurons; 0 for those that count for nothing. */
interface Scaled {
  readonly factor: Factor;
  readonly powers: Float64Array;
}

function scales(exponents: Int32Array, used: Uint8Array): Float64Array {
  return Float64Array.from(exponents, (n, i) => (used[i] === 0 ? 0 : 2 ** n));
}

/**
 * Rows `from` … of a factor in panels of `width`, each neuron by neuron, from `at` on; zeros beyond the last row. Reads in the order in
 * which the numbers lie.
 */
function pack({ factor, powers }: Scaled, from: number, width: number, panels: number, out: Floats, at: number): void {
  const { data, neurons } = factor;
  const { count: depth, stride } = neurons;
  const panel = depth * width;
  const there = Math.min(panels * width, freeCount(factor) - from);
  if (there < panels * width) out.fill(0, at + (panels - 1) * panel, at + panels * panel);
  const starts = Int32Array.from({ length: there }, (_, j) => freeAt(factor, from + j));
  const targets = Int32Array.from({ length: there }, (_, j) => at + Math.floor(j / width) * panel + (j % width));
  const across = there > 1 ? Math.abs(starts[1]! - starts[0]!) : 0;
  if (across < stride) {
    for (let i = 0; i < depth; i++) {
      const power = powers[i]!;
      for (let j = 0; j < there; j++) out[targets[j]! + i * width] = data[starts[j]! + i * stride]! * power;
    }
  } else {
    for (let j = 0; j < there; j++) {
      for (let i = 0, source = starts[j]!, to = targets[j]!; i < depth; i++, to += width, source += stride)
        out[to] = data[source]! * powers[i]!;
    }
  }
}

function withKernel(kernel: Kernel, single: boolean, outer: Scaled, inner: Scaled): number | undefined {
  const tile = single ? tiles.single : tiles.double;
  const bytes = single ? 4 : 8;
  const depth = outer.factor.neurons.count;
  const [rows, columns] = [freeCount(outer.factor), freeCount(inner.factor)];
  const panelBytes = depth * tile.columns * bytes;
  const panels = Math.min(Math.ceil(columns / tile.columns), Math.max(1, Math.floor(CHUNK / panelBytes)));
  const firstPanel = SCRATCH + depth * tile.rows * bytes;
  if (!makeRoom(kernel, firstPanel + panels * panelBytes)) return undefined;
  const memory: Floats = single ? new Float32Array(kernel.memory.buffer) : new Float64Array(kernel.memory.buffer);
  let sum = 0;
  for (let column = 0; column < columns; column += panels * tile.columns) {
    const count = Math.min(panels, Math.ceil((columns - column) / tile.columns));
    pack(inner, column, tile.columns, count, memory, firstPanel / bytes);
    for (let row = 0; row < rows; row += tile.rows) {
      pack(outer, row, tile.rows, 1, memory, SCRATCH / bytes);
      sum += kernel.squares(SCRATCH, firstPanel, count, depth);
    }
  }
  return sum;
}

/** Whether the kernel's memory holds so many bytes, having grown if need be. */
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
export function plainSquares(outer: Scaled, inner: Scaled): number {
  const depth = outer.factor.neurons.count;
  const [rows, columns] = [freeCount(outer.factor), freeCount(inner.factor)];
  const panels = Math.min(Math.ceil(columns / 4), Math.max(1, Math.floor(CHUNK / (depth * 32))));
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
 * tr(W₂ᵀW₂·W₁W₁ᵀ), the cheaper way to the same number where neurons are few. Undefined where the sum cancels so far that its digits
 * would be lost.
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
