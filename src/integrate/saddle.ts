/**
 * Whether linear layers that have come to rest wait at a saddle. With the squared loss, without weight decay
 * and with all layers training, every local minimum is a global one: a flow that rests with a larger loss
 * than the least of its rank is at a saddle. It leaves unless the weights of what it has not learned are
 * exactly 0.
 *
 * In double precision such weights vanish beside the learned ones, and at depth L ≥ 3 a saddle at 0 grows at
 * a rate ~ c^{L−2} that differences cannot show, so the integration itself cannot tell.
 */
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { inTheirSpan } from "../matrix/hiddenSpan.ts";
import type { MatrixObjective } from "../model/matrixObjective.ts";
import { isSquared, type Network } from "../model/network.ts";
import type { Support } from "../numerics/support.ts";

/** What a saddle is decided from. */
export interface SaddleData {
  readonly network: Network;
  readonly objective: MatrixObjective;
  readonly support: Support;
  /** E[yxᵀ] in coordinates of the inputs' span, m×r. */
  readonly yx: Matrix;
}

/**
 * The share of the loss at output 0 that may remain at a minimum. At depth 3 and above, a mode whose target
 * is 0 decays as a power of the time, and flows come to rest before its last digits.
 */
const REMAINS = { two: 1e-13, more: 1e-8 };

/** Residuals below this share of the largest correlation are learned. */
const LEARNED = 1e-8;

/**
 * Decides on layers W₁ … W_L with outputs F, from the initial layers. With `still`, the gradient is 0 as it
 * was computed from the initial layers. Undefined where it does not apply.
 */
export function saddleOf(
  { network, objective, support, yx }: SaddleData,
  rates: readonly number[],
  initial: readonly Matrix[],
): ((layers: readonly Matrix[], F: Float64Array, still: boolean) => boolean) | undefined {
  const trains = rates.every((rate) => rate > 0) && network.outputScale !== 0;
  if (!isSquared(network) || !trains || objective.outputs === 0 || objective.inputs === 0) return undefined;
  const { outputs: m, inputs: r, k } = objective;
  const zero = new Float64Array(m * r);
  const whole = objective.excess(zero);
  const rank = rankOf(initial, m, r);
  let least: number | undefined;
  const leastExcess = (): number => {
    least ??= rank >= Math.min(m, r) ? 0 : k * beyond(rank, whitened(yx, support));
    return least;
  };
  const G = new Float64Array(m * r);
  return (layers, F, still) => {
    const excess = objective.excess(F);
    const share = layers.length > 2 ? REMAINS.more : REMAINS.two;
    if (!(excess - leastExcess() > share * whole)) return false;
    objective.residual(F, G);
    const rest = unlearned(G, yx);
    // Pulls that cancel exactly are no pull, but ones that underflow are.
    return learnsFrom(layers, rest, r, pattern) && !(still && learnsFrom(layers, rest, r, absolute));
  };
}

/** The number of modes that layers can learn: hidden directions in which all weights are 0 stay at 0. */
function rankOf(layers: readonly Matrix[], m: number, r: number): number {
  let rank = Math.min(m, r);
  for (let l = 0; l + 1 < layers.length; l++) rank = Math.min(rank, inTheirSpan({ W2: layers[l + 1]!, W1: layers[l]! }).W1.rows);
  return rank;
}

/** E[yxᵀ] E[xxᵀ]^{−1/2}. */
function whitened(yx: Matrix, { variances }: Support): Matrix {
  const scaled = yx.clone();
  for (const [a, variance] of variances.entries()) scaled.mulColumn(a, 1 / Math.sqrt(variance));
  return scaled;
}

/** Σ s² of the singular values after the first ones. */
function beyond(first: number, matrix: Matrix): number {
  const { diagonal } = new SingularValueDecomposition(matrix, { autoTranspose: true });
  return diagonal.slice(first).reduce((total, s) => total + s * s, 0);
}

/** 1 where the residual is not rounding error, else 0. */
function unlearned(G: Float64Array, yx: Matrix): Matrix {
  const largest = yx.to1DArray().reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Matrix.from1DArray(
    yx.rows,
    yx.columns,
    Array.from(G, (g) => (Math.abs(g) > LEARNED * largest ? 1 : 0)),
  );
}

/** Whether the residual pulls at any layer, if no terms cancel. `of` is the size of entries. */
function learnsFrom(layers: readonly Matrix[], residual: Matrix, r: number, of: (matrix: Matrix) => Matrix): boolean {
  const before = [Matrix.eye(r)];
  for (const layer of layers) before.push(of(of(layer).mmul(before.at(-1)!)));
  let after = residual;
  for (let l = layers.length - 1; l >= 0; l--) {
    if (after.mmul(before[l]!.transpose()).max() > 0) return true;
    after = of(of(layers[l]!).transpose().mmul(after));
  }
  return false;
}

function absolute(matrix: Matrix): Matrix {
  return Matrix.abs(matrix);
}

/** 1 where an entry is not 0, so that products of small weights do not underflow. */
function pattern(matrix: Matrix): Matrix {
  return new Matrix(matrix.to2DArray().map((row) => row.map((value) => (value === 0 ? 0 : 1))));
}
