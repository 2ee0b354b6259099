/**
 * The outcome of descent with a step size, for layers of several inputs and outputs. The residual does not
 * vanish at every minimum (it remains in narrow networks and with weight decay), so convergence means that
 * the steps vanish: to 10⁻¹² of the largest one, or to rounding. Between two stages of learning the steps may
 * be as small. So if the curvature is −κ < 0 along some direction, the steps must stay small for as long as
 * e^{κt} takes to grow from the smallest double to 1.
 */

import { Matrix } from "ml-matrix";
import { curvedData, leastCurvature, topCurvature } from "../matrix/curvature.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { MatrixObjective } from "../model/matrixObjective.ts";
import type { Network } from "../model/network.ts";
import type { MatrixProblem } from "../model/readProblem.ts";
import { decaysOf } from "../model/weightDecay.ts";
import { normOf } from "../numerics/norm.ts";
import type { Plan } from "./descentOptions.ts";
import { beginLayers } from "./layersBegin.ts";
import { type LayersShape, layersWalk, stateOfLayers } from "./layersWalk.ts";
import type { DescentOutcome } from "./outcome.ts";
import { DIVERGES, MOVES, RESTS } from "./walk.ts";

/**
 * The share of the largest step that counts as zero, and the number of consecutive steps for which it must
 * not be exceeded.
 */
const NONE = 1e-12;
const IN_A_ROW = 100;
/** −ln of the smallest number. */
const SMALLEST = 750;
/** A negative curvature of a smaller share of the largest one is rounding error. */
const SADDLE = 1e-9;

export function layersOutcome(problem: MatrixProblem, plan: Plan, maxSteps: number): DescentOutcome {
  const { state: seen, objective, reduced } = beginLayers(problem);
  const { network, support } = seen;
  const shape: LayersShape = { m: reduced.W2.rows, d: reduced.W2.columns, r: reduced.W1.columns };
  const walk = layersWalk(network, stateOfLayers(reduced), shape, support.variances, objective.residual, plan);
  const { output } = walk;
  const weights = walk.state.subarray(0, shape.d * (shape.m + shape.r));
  const inner = shape.d * shape.m;
  const decays = decaysOf(network);
  const trained = (loss: number): number =>
    loss + (decays.u / 2) * squaresOf(weights.subarray(0, inner)) + (decays.w / 2) * squaresOf(weights.subarray(inner));
  const rounding = roundingOf(network, objective, plan, weights, output);
  const before = weights.slice();
  const kernelBefore = kernelNorm(network, shape, support.variances, weights);
  const first = objective.loss(output);
  const firstTrained = trained(first);
  let highest = first;
  let highestTrained = firstTrained;
  let largest = 0;
  let quiet = 0;
  let patience = IN_A_ROW;
  let n = 0;
  let pace: number = MOVES;
  while (n < maxSteps && pace === MOVES && quiet < patience) {
    before.set(weights);
    pace = walk.advance(n);
    if (pace === DIVERGES) break;
    n++;
    const loss = objective.loss(output);
    highest = Math.max(highest, loss);
    highestTrained = Math.max(highestTrained, trained(loss));
    const moved = distance(weights, before);
    largest = Math.max(largest, moved);
    quiet = moved <= NONE * largest || moved <= rounding() ? quiet + 1 : 0;
    if (quiet === IN_A_ROW) patience = patienceAt(network, objective, layersIn(weights, shape), plan.stepSize);
  }
  const ends = pace === RESTS || quiet === patience;
  const rose = highestTrained > firstTrained * (1 + 1e-9);
  return {
    outcome: pace === DIVERGES ? "diverges" : !ends ? "undecided" : rose ? "catapults" : "converges",
    steps: ends ? n - quiet : n,
    lossRise: first > 0 ? highest / first : 1,
    kernelRatio: kernelBefore > 0 ? (kernelNorm(network, shape, support.variances, weights) / kernelBefore) ** 2 : 1,
  };
}

function layersIn(weights: Float64Array, { m, r, d }: LayersShape): MatrixLayers {
  return {
    W2: Matrix.from1DArray(d, m, weights.subarray(0, d * m)).transpose(),
    W1: Matrix.from1DArray(d, r, weights.subarray(d * m)),
  };
}

/** The number of consecutive small steps that prove convergence. */
function patienceAt(network: Network, objective: MatrixObjective, layers: MatrixLayers, stepSize: number): number {
  const data = curvedData(objective);
  if (data === undefined) return IN_A_ROW;
  const rates = network.learningRates;
  const fall = -leastCurvature(network, data, layers, rates);
  if (!(fall > SADDLE * topCurvature(network, data, layers, rates))) return IN_A_ROW;
  return Math.max(IN_A_ROW, Math.ceil(SMALLEST / Math.log1p(stepSize * fall)));
}

/** The rounding error of a step, from the residual, which is a difference, and from the weights. */
function roundingOf(
  network: Network,
  { k, residual }: MatrixObjective,
  { stepSize, momentum }: Plan,
  weights: Float64Array,
  output: Float64Array,
): () => number {
  const target = new Float64Array(output.length);
  const G = new Float64Array(output.length);
  residual(new Float64Array(output.length), target);
  const { outputScale: gamma, learningRates: rates } = network;
  const decays = decaysOf(network);
  const pace = (stepSize * Math.max(rates.u, rates.w)) / (1 - momentum);
  return () => {
    residual(output, G);
    const pull = 2 * k * Math.abs(gamma) * (lengthOf(target) + distance(target, G)) + Math.max(decays.u, decays.w);
    return (2 ** -48 * pace * pull + Number.EPSILON) * lengthOf(weights);
  };
}

/** √E[tr K(x, x)], with E[tr K(x, x)] = γ²(η_u m tr(W₁E[xxᵀ]W₁ᵀ) + η_w ‖W₂‖² tr E[xxᵀ]). */
function kernelNorm(
  { outputScale: gamma, learningRates: rates }: Network,
  { m, r, d }: LayersShape,
  variances: readonly number[],
  weights: Float64Array,
): number {
  const deviations = Float64Array.from(variances, Math.sqrt);
  const spread = weights.slice(d * m).map((weight, i) => weight * deviations[i % r]!);
  const ofInputs = Math.sqrt(rates.u * m) * normOf(spread);
  const ofOutputs = Math.sqrt(rates.w) * normOf(weights.subarray(0, d * m)) * normOf(deviations);
  return Math.abs(gamma) * Math.hypot(ofInputs, ofOutputs);
}

function squaresOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

function lengthOf(values: Float64Array): number {
  return Math.sqrt(squaresOf(values));
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) * (a[i]! - b[i]!);
  return Math.sqrt(sum);
}
