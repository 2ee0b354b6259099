/**
 * Training of a deep linear network of one output on second moments. With b_L = 1, bₗ₋₁ = W_lᵀbₗ,
 * β = b₀, g = E[xy] − αΣβ, h₀ = g, hₗ = W_l hₗ₋₁ and c = 2kα,
 *
 *     Ẇ_l = c η_l bₗ hₗ₋₁ᵀ,
 *
 * so that a step costs as much as two products with every layer.
 */
import type { LayerUnits } from "./description.ts";

/** What training is to the network. */
export interface LinearProblem {
  /** Variances of the inputs' principal directions, and what is to be learned of E[xy] along them. */
  readonly variances: Float64Array;
  readonly correlation: Float64Array;
  readonly layers: readonly LayerUnits[];
  /** k, the neurons of each hidden layer, 1. */
  readonly sizes: readonly number[];
  /** c = 2kα, and α. */
  readonly pull: number;
  readonly outputScale: number;
}

/** The vectors of a state; they are used again. */
export interface Signals {
  /** b_0 = β, …, b_L = 1. */
  readonly back: readonly Float64Array[];
  /** g, h_1(g), …, h_{L − 1}(g). */
  readonly forward: readonly Float64Array[];
}

export interface LinearNetwork extends LinearProblem {
  /** The numbers of a state: all layers, the first one first, row by row. */
  readonly dimension: number;
  /** W_l of a state, l = 1 … L. */
  layer(y: Float64Array, l: number): Float64Array;
  signals(y: Float64Array): Signals;
  /** Writes ẏ. */
  derivative(y: Float64Array, out: Float64Array): void;
  /** Makes one step of gradient descent. */
  step(y: Float64Array, stepSize: number): void;
}

export function linearNetwork(problem: LinearProblem): LinearNetwork {
  const { variances, correlation, layers, sizes, pull, outputScale } = problem;
  const L = layers.length;
  const starts = [0];
  for (let l = 1; l <= L; l++) starts.push(starts[l - 1]! + sizes[l]! * sizes[l - 1]!);
  const back = sizes.map((size) => new Float64Array(size));
  const forward = sizes.slice(0, L).map((size) => new Float64Array(size));
  back[L]![0] = 1;

  const layer = (y: Float64Array, l: number): Float64Array => y.subarray(starts[l - 1], starts[l]);

  function signals(y: Float64Array): Signals {
    for (let l = L; l >= 1; l--) timesTransposed(layer(y, l), back[l]!, back[l - 1]!);
    const [beta, g] = [back[0]!, forward[0]!];
    for (let a = 0; a < g.length; a++) g[a] = correlation[a]! - outputScale * variances[a]! * beta[a]!;
    for (let l = 1; l < L; l++) times(layer(y, l), forward[l - 1]!, forward[l]!);
    return { back, forward };
  }

  return {
    ...problem,
    dimension: starts[L]!,
    layer,
    signals,
    derivative(y, out) {
      signals(y);
      out.fill(0);
      for (let l = 1; l <= L; l++) addOuter(layer(out, l), back[l]!, forward[l - 1]!, pull * layers[l - 1]!.rate);
    },
    step(y, stepSize) {
      signals(y);
      for (let l = 1; l <= L; l++) addOuter(layer(y, l), back[l]!, forward[l - 1]!, stepSize * pull * layers[l - 1]!.rate);
    },
  };
}

/** Writes Wv. */
export function times(W: Float64Array, v: Float64Array, out: Float64Array): void {
  for (let j = 0, n = v.length; j < out.length; j++) out[j] = dotAt(W, j * n, v, 0, n);
}

/**
 * The product of n numbers of x from i on with those of y from j on, in four sums that do not wait for each
 * other.
 */
export function dotAt(x: Float64Array, i: number, y: Float64Array, j: number, n: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let m = 0;
  for (; m + 3 < n; m += 4) {
    a += x[i + m]! * y[j + m]!;
    b += x[i + m + 1]! * y[j + m + 1]!;
    c += x[i + m + 2]! * y[j + m + 2]!;
    d += x[i + m + 3]! * y[j + m + 3]!;
  }
  for (; m < n; m++) a += x[i + m]! * y[j + m]!;
  return a + b + (c + d);
}

/** Writes Wᵀv. */
export function timesTransposed(W: Float64Array, v: Float64Array, out: Float64Array): void {
  out.fill(0);
  const columns = out.length;
  for (let j = 0, at = 0; j < v.length; j++) {
    const factor = v[j]!;
    for (let a = 0; a < columns; a++) out[a]! += factor * W[at++]!;
  }
}

function addOuter(W: Float64Array, u: Float64Array, v: Float64Array, factor: number): void {
  const columns = v.length;
  for (let j = 0, at = 0; j < u.length; j++) {
    const weight = factor * u[j]!;
    for (let a = 0; a < columns; a++) W[at++]! += weight * v[a]!;
  }
}
