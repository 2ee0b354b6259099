/**
 * A layer as a factor of a product over neurons: the position of its numbers, and powers of two that prevent
 * overflow and underflow of the product.
 *
 *     ‖W₂W₁‖² = Σ_rc (Σ_i W₂[r, i]·W₁[i, c])²
 */

/** Numbers in single or double precision. */
export type Floats = Float32Array | Float64Array;

/** An axis: the number of entries, and their distance in memory. */
export interface Axis {
  readonly count: number;
  readonly stride: number;
}

/**
 * A matrix with one axis that is summed over (the neurons); the other is a pair of axes (outputs or inputs,
 * and taps).
 */
export interface Factor {
  readonly data: Floats;
  readonly offset: number;
  readonly neurons: Axis;
  readonly free: readonly [Axis, Axis];
}

/** The number of rows (or columns) of the product that this factor gives. */
export function freeCount({ free }: Factor): number {
  return free[0].count * free[1].count;
}

/** The beginning of row (or column) `r` of the product. */
export function freeAt({ offset, free: [a, b] }: Factor, r: number): number {
  return offset + Math.floor(r / b.count) * a.stride + (r % b.count) * b.stride;
}

/**
 * ‖W‖²_F of finite numbers, or 0 or Infinity if it underflows or overflows; NaN if an entry is not finite.
 */
export function squaresOf(factor: Factor): number {
  const plain = squaresAsStored(factor);
  if (plain > 1e-280 && plain < 1e300) return plain;
  if (!Number.isFinite(plain) && hasBroken(factor)) return Number.NaN;
  const largest = largestOfNeurons(factor).reduce((size, x) => Math.max(size, x), 0);
  return scaledSquares(factor, largest);
}

/** The two or three axes, in the order of decreasing stride. */
function axesOf({ neurons, free }: Factor): readonly [Axis, Axis, Axis] {
  const [a, b, c] = [neurons, ...free].sort((x, y) => Math.abs(y.stride) - Math.abs(x.stride)) as [Axis, Axis, Axis];
  return [a, b, c];
}

function squaresAsStored(factor: Factor): number {
  const { data, offset } = factor;
  // An axis of one entry may have any stride, and must not be taken as the innermost axis.
  const [a, b, c] = axesOf({
    ...factor,
    neurons: farIfSingle(factor.neurons),
    free: [farIfSingle(factor.free[0]), farIfSingle(factor.free[1])],
  });
  const { count, stride } = c;
  let squares = 0;
  for (let i = 0; i < a.count; i++) {
    for (let j = 0; j < b.count; j++) {
      let at = offset + i * a.stride + j * b.stride;
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      let k = 0;
      for (; k + 4 <= count; k += 4, at += 4 * stride) {
        const x0 = data[at]!;
        const x1 = data[at + stride]!;
        const x2 = data[at + 2 * stride]!;
        const x3 = data[at + 3 * stride]!;
        s0 += x0 * x0;
        s1 += x1 * x1;
        s2 += x2 * x2;
        s3 += x3 * x3;
      }
      for (; k < count; k++, at += stride) s0 += data[at]! * data[at]!;
      squares += s0 + s1 + (s2 + s3);
    }
  }
  return squares;
}

function farIfSingle(axis: Axis): Axis {
  return axis.count === 1 ? { count: 1, stride: Number.MAX_SAFE_INTEGER } : axis;
}

/** The largest |entry| of each neuron. */
export function largestOfNeurons(factor: Factor): Float64Array {
  const { data, neurons } = factor;
  const largest = new Float64Array(neurons.count);
  for (let r = 0; r < freeCount(factor); r++)
    for (let i = 0, at = freeAt(factor, r); i < neurons.count; i++, at += neurons.stride)
      largest[i] = Math.max(largest[i]!, Math.abs(data[at]!));
  return largest;
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
function scaledSquares(factor: Factor, top: number): number {
  if (top === 0) return 0;
  const { data, neurons } = factor;
  const exponent = nearExponentOf(top);
  let sum = 0;
  for (let r = 0; r < freeCount(factor); r++) {
    const from = freeAt(factor, r);
    for (let i = 0; i < neurons.count; i++) sum += timesPower(data[from + i * neurons.stride]!, -exponent) ** 2;
  }
  return timesPower(timesPower(sum, exponent), exponent);
}

/**
 * Powers of two for each neuron, so that both factors' entries are of one size and at most about 1:
 * W₂[:, i]·2^{outer_i} and W₁[i, :]·2^{inner_i} have the product W₂W₁·2^{−exponent}. Exact but for entries
 * too small to count.
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
    ofOuter[i] = nearExponentOf(outer[i]!);
    ofInner[i] = nearExponentOf(inner[i]!);
    exponent = Math.max(exponent, ofOuter[i]! + ofInner[i]!);
  }
  for (let i = 0; i < depth; i++) {
    const half = Math.floor((ofOuter[i]! + ofInner[i]! - exponent) / 2);
    // The powers of two must be doubles, and the other factor takes the remaining exponent. Powers that
    // underflow belong to neurons that are negligible relative to the largest.
    const power = Math.max(-exponent - MOST, Math.min(MOST, half - ofOuter[i]!));
    ofOuter[i] = power;
    ofInner[i] = -exponent - power;
  }
  return { outer: ofOuter, inner: ofInner, used, exponent: Number.isFinite(exponent) ? exponent : 0 };
}

/** The largest exponent of a power of two by which a double is multiplied in one operation. */
const MOST = 1022;

/** e with 2^e ≤ x < 2^{e+1} or one next to it, for any x > 0. */
function nearExponentOf(x: number): number {
  return Math.floor(Math.log2(x));
}

/** x·2^n for any n. */
export function timesPower(x: number, n: number): number {
  if (n >= -1000 && n <= 1000) return x * 2 ** n;
  const half = Math.trunc(n / 2);
  return timesPower(timesPower(x, half), n - half);
}
