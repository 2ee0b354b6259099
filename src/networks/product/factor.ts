/**
 * A layer as one factor of a product over neurons: where its numbers lie, and powers of two that keep the product in range.
 *
 *     ‖W₂W₁‖² = Σ_rc (Σ_i W₂[r, i]·W₁[i, c])²
 */

/** Numbers in single or double precision. */
export type Floats = Float32Array | Float64Array;

/** One axis: how many entries, and how far apart they lie. */
export interface Axis {
  readonly count: number;
  readonly stride: number;
}

/** A matrix whose one axis is summed over (the neurons) and whose other is a pair of axes (outputs or inputs, and taps). */
export interface Factor {
  readonly data: Floats;
  readonly offset: number;
  readonly neurons: Axis;
  readonly free: readonly [Axis, Axis];
}

/** What one pass over a factor finds. */
export interface Survey {
  /** ‖W‖²_F; Infinity where it is beyond double precision. */
  readonly squares: number;
  /** The largest |entry| of each neuron. */
  readonly largest: Float64Array;
  /** Whether every number is finite. */
  readonly finite: boolean;
}

/** The number of rows (or columns) of the product that this factor gives. */
export function freeCount({ free }: Factor): number {
  return free[0].count * free[1].count;
}

/** Where row (or column) `r` of the product begins. */
export function freeAt({ offset, free: [a, b] }: Factor, r: number): number {
  return offset + Math.floor(r / b.count) * a.stride + (r % b.count) * b.stride;
}

/** Runs through a factor once, in the order in which its numbers lie. */
export function survey(factor: Factor): Survey {
  const largest = new Float64Array(factor.neurons.count);
  const far = factor.free[1].count > 1 ? factor.free[1].stride : factor.free[0].stride;
  const squares = factor.neurons.stride > far ? byNeuron(factor, largest) : byRow(factor, largest);
  const finite = Number.isFinite(squares) || !hasBroken(factor);
  const safe = squares > 1e-280 && squares < 1e300;
  return { squares: finite && !safe ? scaledSquares(factor, largest) : squares, largest, finite };
}

function byRow(factor: Factor, largest: Float64Array): number {
  const { data, neurons } = factor;
  const { count: depth, stride } = neurons;
  let squares = 0;
  for (let r = 0; r < freeCount(factor); r++) {
    let sum = 0;
    for (let i = 0, at = freeAt(factor, r); i < depth; i++, at += stride) {
      const x = data[at]!;
      const size = Math.abs(x);
      if (size > largest[i]!) largest[i] = size;
      sum += x * x;
    }
    squares += sum;
  }
  return squares;
}

function byNeuron({ data, offset, neurons, free }: Factor, largest: Float64Array): number {
  const [a, b] = free;
  let squares = 0;
  for (let i = 0; i < neurons.count; i++) {
    let sum = 0;
    let top = 0;
    for (let k = 0; k < a.count; k++) {
      for (let l = 0, at = offset + i * neurons.stride + k * a.stride; l < b.count; l++, at += b.stride) {
        const x = data[at]!;
        top = Math.max(top, Math.abs(x));
        sum += x * x;
      }
    }
    largest[i] = top;
    squares += sum;
  }
  return squares;
}

/** Whether an entry is NaN or infinite. */
function hasBroken(factor: Factor): boolean {
  const { data, neurons } = factor;
  for (let r = 0; r < freeCount(factor); r++) {
    const from = freeAt(factor, r);
    for (let i = 0; i < neurons.count; i++) if (!Number.isFinite(data[from + i * neurons.stride]!)) return true;
  }
  return false;
}

/** ‖W‖² of numbers whose squares overflow or underflow. */
function scaledSquares(factor: Factor, largest: Float64Array): number {
  const top = largest.reduce((size, x) => Math.max(size, x), 0);
  if (top === 0) return 0;
  const { data, neurons } = factor;
  const exponent = exponentOf(top);
  let sum = 0;
  for (let r = 0; r < freeCount(factor); r++) {
    const from = freeAt(factor, r);
    for (let i = 0; i < neurons.count; i++) sum += timesPower(data[from + i * neurons.stride]!, -exponent) ** 2;
  }
  return timesPower(timesPower(sum, exponent), exponent);
}

/**
 * Powers of two for each neuron, so that both factors' entries are of one size and at most about 1:
 * W₂[:, i]·2^{outer_i} and W₁[i, :]·2^{inner_i} have the product W₂W₁·2^{−exponent}. Exact but for entries too small to count.
 */
export function balance(
  outer: Float64Array,
  inner: Float64Array,
): { readonly outer: Int32Array; readonly inner: Int32Array; readonly used: Uint8Array; readonly exponent: number } {
  const depth = outer.length;
  const used = new Uint8Array(depth);
  const [ofOuter, ofInner] = [new Int32Array(depth), new Int32Array(depth)];
  let exponent = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < depth; i++) {
    if (outer[i] === 0 || inner[i] === 0) continue;
    used[i] = 1;
    ofOuter[i] = exponentOf(outer[i]!);
    ofInner[i] = exponentOf(inner[i]!);
    exponent = Math.max(exponent, ofOuter[i]! + ofInner[i]!);
  }
  for (let i = 0; i < depth; i++) {
    const half = Math.floor((ofOuter[i]! + ofInner[i]! - exponent) / 2);
    // Powers of two that are doubles themselves; the other factor takes what is beyond. Those that underflow belong to neurons that are
    // 0 beside the largest.
    const power = Math.max(-exponent - MOST, Math.min(MOST, half - ofOuter[i]!));
    ofOuter[i] = power;
    ofInner[i] = -exponent - power;
  }
  return { outer: ofOuter, inner: ofInner, used, exponent: Number.isFinite(exponent) ? exponent : 0 };
}

/** The largest exponent of a power of two by which a double is multiplied in one go. */
const MOST = 1022;

/** e with 2^e ≤ x < 2^{e+1} or one next to it, for any x > 0. */
function exponentOf(x: number): number {
  return Math.floor(Math.log2(x));
}

/** x·2^n, whatever n. */
export function timesPower(x: number, n: number): number {
  if (n >= -1000 && n <= 1000) return x * 2 ** n;
  const half = Math.trunc(n / 2);
  return timesPower(timesPower(x, half), n - half);
}
