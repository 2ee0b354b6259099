/**
 * The surrogate of a deep network: order parameters of every hidden layer. In the letters of `start.ts`, with
 * bᵢ = |bᵢ|², effective rates ηᵢ, M₀ = 1, g = E[xy] − αΣβ, c = 2kα and
 *
 *     pᵢ = Σ_{j ≤ i} ηⱼ bⱼ Mⱼ₋₁ g,     the part of β̇/c that the first i layers make,
 *
 *     β̇ = c p_L     Ṁᵢ = c (β pᵢᵀ + pᵢ βᵀ)/bᵢ     ḃᵢ = 2c (β·g) Σ_{j > i} ηⱼ bⱼ gᵀMⱼ₋₁g / gᵀMᵢg
 *
 * β̇ is exact for linear layers. The other two assume that a gradient reaches hidden layer i along bᵢ from
 * below, and along hᵢ(g) from above. So they are exact for two linear layers from any start, and for layers
 * of rank one in a chain at any depth; of random deep layers they leave out what each layer turns sideways.
 * `sideways` adds that part as if the layers stayed as random as they began.
 */
import type { LayerUnits } from "./description.ts";
import type { DrawnStart } from "./start.ts";

/** What training is to the surrogate. */
export interface ClosureProblem {
  /** Variances of the inputs' principal directions, and E[xy] along them. */
  readonly variances: Float64Array;
  readonly correlation: Float64Array;
  readonly layers: readonly LayerUnits[];
  /** c = 2kα, and α. */
  readonly pull: number;
  readonly outputScale: number;
  /** Which part of what random layers turn sideways is counted: 0 for none of it. */
  readonly sideways: number;
}

/** Where the parts of a state lie in its array. */
export interface ClosureLayout {
  readonly dimension: number;
  readonly directions: number;
  /** |bᵢ|², Mᵢ and qᵢ = ∫c pᵢ of hidden layer i = 1 … L − 1. */
  back(i: number): number;
  gram(i: number): number;
  passed(i: number): number;
  /** ∫c Σ_{j > i} ηⱼ bⱼ gᵀMⱼ₋₁g/|g|, hidden layers. */
  pulled(i: number): number;
  /** ‖W_l‖² − ‖W_l(0)‖², and the length of the step that W_l has made, l = 1 … L. */
  growth(l: number): number;
  length(l: number): number;
}

export function layoutOf(directions: number, depth: number): ClosureLayout {
  const k = directions;
  const hidden = 2 + k * k + k;
  const at = (i: number): number => k + (i - 1) * hidden;
  const ends = k + (depth - 1) * hidden;
  return {
    directions,
    dimension: ends + 2 * depth,
    back: at,
    pulled: (i) => at(i) + 1,
    passed: (i) => at(i) + 2,
    gram: (i) => at(i) + 2 + k,
    growth: (l) => ends + 2 * (l - 1),
    length: (l) => ends + 2 * (l - 1) + 1,
  };
}

export function beginClosure(layout: ClosureLayout, { factors, back, output }: DrawnStart): Float64Array {
  const k = layout.directions;
  const y = new Float64Array(layout.dimension);
  y.set(output.subarray(0, k));
  for (const [l, { columns, data }] of factors.entries()) {
    y[layout.back(l + 1)] = back[l]!;
    const M = layout.gram(l + 1);
    for (let a = 0; a < k; a++)
      for (let b = 0; b < k; b++) {
        let sum = 0;
        for (let i = 0; i < columns; i++) sum += data[a * columns + i]! * data[b * columns + i]!;
        y[M + a * k + b] = sum;
      }
  }
  return y;
}

export interface Closure {
  readonly layout: ClosureLayout;
  /** Writes ẏ. */
  derivative(y: Float64Array, out: Float64Array): void;
  /** Makes one step of gradient descent. */
  step(y: Float64Array, stepSize: number): void;
  /** E[xy] − αΣβ. */
  residual(y: Float64Array): Float64Array;
  /** cos between bᵢ and hᵢ(g), of hidden layer i. */
  cosine(y: Float64Array, i: number): number;
}

export function closureOf(problem: ClosureProblem): Closure {
  const { variances, correlation, layers, pull, outputScale, sideways } = problem;
  const [k, L] = [variances.length, layers.length];
  const layout = layoutOf(k, L);
  const g = new Float64Array(k);
  // Of layer l = 1 … L: M_{l−1}g, gᵀM_{l−1}g, p_l, and Σ_{j > l} of what layers push.
  const seen = Array.from({ length: L + 1 }, () => new Float64Array(k));
  const sizes = new Float64Array(L + 2);
  const p = Array.from({ length: L + 1 }, () => new Float64Array(k));
  const above = new Float64Array(L + 1);
  let turn = 0;
  let length = 0;

  const backOf = (y: Float64Array, l: number): number => (l === L ? 1 : y[layout.back(l)]!);

  function look(y: Float64Array): void {
    turn = 0;
    length = 0;
    for (let a = 0; a < k; a++) {
      g[a] = correlation[a]! - outputScale * variances[a]! * y[a]!;
      turn += y[a]! * g[a]!;
      length += g[a]! * g[a]!;
    }
    length = Math.sqrt(length);
    for (let l = 1; l <= L; l++) {
      const image = seen[l]!;
      if (l === 1) image.set(g);
      else {
        const M = layout.gram(l - 1);
        for (let a = 0; a < k; a++) {
          let sum = 0;
          for (let b = 0; b < k; b++) sum += y[M + a * k + b]! * g[b]!;
          image[a] = sum;
        }
      }
      sizes[l] = image.reduce((sum, x, a) => sum + x * g[a]!, 0);
      const weight = layers[l - 1]!.rate * backOf(y, l);
      for (let a = 0; a < k; a++) p[l]![a] = p[l - 1]![a]! + weight * image[a]!;
    }
    above[L] = 0;
    for (let l = L - 1; l >= 1; l--) above[l] = above[l + 1]! + layers[l]!.rate * backOf(y, l + 1) * sizes[l + 1]!;
  }

  /** The change of every part in a time s: to first order, and with `squares` what a step of descent adds. */
  function change(y: Float64Array, s: number, squares: boolean, out: Float64Array): void {
    look(y);
    const c = pull * s;
    for (let a = 0; a < k; a++) out[a] = c * p[L]![a]!;
    if (squares)
      for (let l = 2; l <= L; l++) {
        const weight = (c * c * turn * layers[l - 1]!.rate * backOf(y, l)) / backOf(y, l - 1);
        if (weight !== 0) for (let a = 0; a < k; a++) out[a]! += weight * p[l - 1]![a]!;
      }
    for (let l = 1; l <= L; l++) {
      const rate = layers[l - 1]!.rate;
      const square = rate * rate * backOf(y, l) * sizes[l]!;
      out[layout.growth(l)] = 2 * c * rate * turn + (squares ? c * c * square : 0);
      out[layout.length(l)] = Math.abs(c) * Math.sqrt(Math.max(0, square));
    }
    for (let i = 1; i < L; i++) hidden(y, i, c, squares, out);
  }

  function hidden(y: Float64Array, i: number, c: number, squares: boolean, out: Float64Array): void {
    const b = y[layout.back(i)]!;
    const size = sizes[i + 1]!;
    const pullNow = size > 0 ? above[i]! / size : 0;
    out[layout.back(i)] = 2 * c * turn * pullNow + (squares ? c * c * pullNow * pullNow * size : 0);
    out[layout.pulled(i)] = length > 0 ? (c * above[i]!) / length : 0;
    const [M, q, own] = [layout.gram(i), layout.passed(i), p[i]!];
    for (let a = 0; a < k; a++) out[q + a] = c * own[a]!;
    const over = b > 0 ? 1 / b : 0;
    for (let a = 0; a < k; a++)
      for (let e = 0; e <= a; e++) {
        let value = c * (y[a]! * own[e]! + own[a]! * y[e]!) + (squares ? c * c * own[a]! * own[e]! : 0);
        if (sideways > 0)
          for (let j = 1; j < i; j++) {
            const [from, other] = [layout.passed(j), p[j]!];
            const turned = c * (y[from + a]! * other[e]! + other[a]! * y[from + e]!);
            value += sideways * (turned + (squares ? c * c * other[a]! * other[e]! : 0));
          }
        out[M + a * k + e] = value * over;
        out[M + e * k + a] = value * over;
      }
    if (sideways === 0 || !(size > 0) || !(length > 0)) return;
    const gain = size / (length * length);
    for (let m = i + 1; m < L; m++) {
      const made = (c * above[m]!) / length;
      out[layout.back(i)]! += (sideways * (2 * y[layout.pulled(m)]! * made + (squares ? made * made : 0))) / gain;
    }
  }

  const changes = new Float64Array(layout.dimension);
  return {
    layout,
    derivative: (y, out) => change(y, 1, false, out),
    step(y, stepSize) {
      change(y, stepSize, true, changes);
      for (let i = 0; i < y.length; i++) y[i]! += changes[i]!;
    },
    residual(y) {
      look(y);
      return g.slice();
    },
    cosine(y, i) {
      look(y);
      const norms = Math.sqrt(Math.max(0, sizes[i + 1]!)) * Math.sqrt(y[layout.back(i)]!);
      return norms > 0 ? Math.min(1, Math.abs(turn) / norms) : 0;
    },
  };
}
