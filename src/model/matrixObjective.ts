/**
 * The training objective as a function of the output matrix F of a linear network, m outputs × r inputs, in
 * coordinates of the inputs' span:
 *
 *     L(F) = E[ℓ(Fx, y)] G(F) = −E[∂ℓ/∂f xᵀ]/2k for squares G = E[yxᵀ] − F E[xxᵀ], L − inf L = k Σ
 *     Gₒₐ²/varianceₐ
 *
 * All solvers of several inputs and outputs use it. Matrices are flat arrays, row by row.
 */
import { show, unmet } from "../door/arguments.ts";
import { overRows, timesRows } from "../numerics/rowProducts.ts";
import type { Support } from "../numerics/support.ts";
import { product, quotient, sum, toNumber, wide, ZERO } from "../numerics/wide.ts";
import { infimumOf } from "./infimum.ts";
import type { MatrixTask } from "./matrixTask.ts";
import { isSquared, lossPrefactor, type Network } from "./network.ts";
import { outputLossOf, targetsFor } from "./outputLossOf.ts";
import { samplesOnSpan } from "./samplesOnSpan.ts";
import { unexplained } from "./unexplained.ts";

export interface MatrixObjective {
  /** m. */
  readonly outputs: number;
  /** r. */
  readonly inputs: number;
  /** k. */
  readonly k: number;
  /** inf L of the squared loss: k times the part of E[|y|²] that the inputs do not explain. */
  readonly floor?: number;
  /** Writes G(F), m×r. */
  residual(F: Float64Array, out: Float64Array): void;
  /** L(F), summed over outputs. */
  loss(F: Float64Array): number;
  /**
   * L(F) − inf L ≥ 0. For losses other than the squared loss, the first call searches for the infimum, which
   * takes time; its accuracy is that of {@link Infimum}.
   */
  excess(F: Float64Array): number;
  /** Writes the Hessian of L(F) applied to V, m×r; undefined for a loss without a second derivative. */
  curve?(F: Float64Array, V: Float64Array, out: Float64Array): void;
  /** Whether the loss may have kinks, or jumps of its slope. */
  readonly rough: boolean;
  /** Whether L falls for ever along some direction, as for separable data. Computed when first read. */
  readonly endless: boolean;
}

/**
 * The objective in coordinates of this support: from moments for the squared loss, otherwise from samples.
 */
export function matrixObjectiveOf(network: Network, task: MatrixTask, support: Support): MatrixObjective {
  return isSquared(network) ? squared(network, task, support) : fromSamples(network, task, support);
}

function squared(network: Network, { yx, yy }: MatrixTask, { variances, directions }: Support): MatrixObjective {
  const k = lossPrefactor(network);
  const r = variances.length;
  const m = yx.rows;
  const target = Float64Array.from((directions === undefined ? yx : yx.mmul(directions)).to1DArray());
  const explained = metric(target, variances, 1);
  const floor = k * (m === 1 && r === 1 ? unexplained({ xx: variances[0]!, xy: target[0]!, yy }) : Math.max(0, yy - explained));
  const residual = (F: Float64Array, out: Float64Array): void => {
    for (let i = 0; i < out.length; i++) out[i] = target[i]! - variances[i % r]! * F[i]!;
  };
  const G = new Float64Array(m * r);
  const excess = (F: Float64Array): number => {
    residual(F, G);
    return metric(G, variances, k);
  };
  return {
    outputs: m,
    inputs: r,
    k,
    floor,
    residual,
    loss: (F) => floor + excess(F),
    excess,
    curve(_F, V, out) {
      for (let i = 0; i < out.length; i++) out[i] = 2 * k * variances[i % r]! * V[i]!;
    },
    rough: false,
    endless: false,
  };
}

/** k Σ Gₒₐ²/varianceₐ, without overflow or underflow of intermediate results. */
function metric(G: Float64Array, variances: readonly number[], k: number): number {
  const r = variances.length;
  let plain = 0;
  for (let i = 0; i < G.length; i++) plain += (G[i]! / variances[i % r]!) * G[i]!;
  if (plain > 1e-250 && plain < 1e250) return k * plain;
  let total = ZERO;
  for (let i = 0; i < G.length; i++) total = sum(total, quotient(product(k, G[i]!, G[i]!), wide(variances[i % r]!)));
  return toNumber(total);
}

function fromSamples(network: Network, task: MatrixTask, support: Support): MatrixObjective {
  const { loss, power } = network;
  if (power !== 1)
    unmet(`a power activation (${power}) is for inputs along one direction`, "pass a task of one input, and weights { u, w }");
  const rows = samplesOnSpan(task, support);
  if (rows === undefined)
    unmet(
      `the loss ${typeof loss === "string" ? show(loss) : "{ value, derivative }"} needs the samples themselves`,
      "pass a task from matrixTaskFromSamples",
    );
  const n = rows.x.rows;
  const m = rows.y.columns;
  const r = rows.x.columns;
  const targets = targetsFor(loss, rows.y);
  const output = outputLossOf(loss, m);
  const X = rows.x.data;
  const infimum = infimumOf(loss, output, { Z: X, r, targets, m });
  const predictions = new Float64Array(n * m);
  const slopes = new Float64Array(n * m);
  const changes = new Float64Array(n * m);
  let known: Float64Array | undefined;
  /** Computes `predictions` for F, unless they are already for F. */
  const predict = (F: Float64Array): void => {
    if (known?.every((value, i) => Object.is(value, F[i])) === true) return;
    timesRows(F, X, r, predictions);
    known = F.slice();
  };
  const meanOver = (S: Float64Array, factor: number, out: Float64Array): void => {
    overRows(S, X, r, out);
    for (let i = 0; i < out.length; i++) out[i]! *= factor / n;
  };
  const { curves } = output;
  const lossAt = (F: Float64Array): number => {
    predict(F);
    return output.mean(predictions, targets);
  };
  return {
    outputs: m,
    inputs: r,
    k: 1,
    residual(F, out) {
      predict(F);
      output.slopes(predictions, targets, slopes);
      meanOver(slopes, -0.5, out);
    },
    loss: lossAt,
    // Near the infimum, rounding of L must not make the excess negative.
    excess: (F) => Math.max(0, lossAt(F) - infimum.loss()),
    ...(curves === undefined
      ? {}
      : {
          curve(F: Float64Array, V: Float64Array, out: Float64Array): void {
            predict(F);
            timesRows(V, X, r, changes);
            curves(predictions, targets, changes, slopes);
            meanOver(slopes, 1, out);
          },
        }),
    rough: output.kinks,
    get endless() {
      return infimum.endless();
    },
  };
}
