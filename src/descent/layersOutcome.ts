/** The outcome of descent with a step size, for two layers of several inputs and outputs. */

import { Matrix } from "ml-matrix";
import { curvedData, leastCurvature, topCurvature } from "../matrix/curvature.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { MatrixObjective } from "../model/matrixObjective.ts";
import type { Network } from "../model/network.ts";
import type { MatrixProblem } from "../model/readProblem.ts";
import { decaysOf } from "../model/weightDecay.ts";
import { normOf, sumOfSquares } from "../numerics/norm.ts";
import type { Plan } from "./descentOptions.ts";
import { beginLayers } from "./layersBegin.ts";
import { type LayersShape, layersWalk, stateOfLayers } from "./layersWalk.ts";
import type { DescentOutcome } from "./outcome.ts";
import { outcomeOfSteps } from "./vanishingSteps.ts";

export function layersOutcome(problem: MatrixProblem, plan: Plan, maxSteps: number): DescentOutcome {
  const { state: seen, objective, reduced } = beginLayers(problem);
  const { network, support } = seen;
  const shape: LayersShape = { m: reduced.W2.rows, d: reduced.W2.columns, r: reduced.W1.columns };
  const walk = layersWalk(network, stateOfLayers(reduced), shape, support.variances, objective.residual, plan);
  const { output } = walk;
  const weights = walk.state.subarray(0, shape.d * (shape.m + shape.r));
  const inner = shape.d * shape.m;
  const decays = decaysOf(network);
  const rounding = roundingOf(network, objective, plan, weights, output);
  const kernelBefore = kernelNorm(network, shape, support.variances, weights);
  const ratio = (): number => kernelNorm(network, shape, support.variances, weights) / kernelBefore;
  return outcomeOfSteps(
    {
      stepSize: plan.stepSize,
      weights,
      advance: (n) => walk.advance(n),
      loss: () => objective.loss(output),
      penalty: () =>
        (decays.u / 2) * sumOfSquares(weights.subarray(0, inner)) + (decays.w / 2) * sumOfSquares(weights.subarray(inner)),
      rounding,
      curvature: () => curvatureOf(network, objective, layersIn(weights, shape)),
      restsAnywhere: true,
      kernelRatio: () => (kernelBefore > 0 ? ratio() ** 2 : 1),
    },
    maxSteps,
  );
}

function layersIn(weights: Float64Array, { m, r, d }: LayersShape): MatrixLayers {
  return {
    W2: Matrix.from1DArray(d, m, weights.subarray(0, d * m)).transpose(),
    W1: Matrix.from1DArray(d, r, weights.subarray(d * m)),
  };
}

function curvatureOf(
  network: Network,
  objective: MatrixObjective,
  layers: MatrixLayers,
): { readonly top: number; readonly least: () => number } | undefined {
  const data = curvedData(objective);
  if (data === undefined) return undefined;
  const rates = network.learningRates;
  return { top: topCurvature(network, data, layers, rates), least: () => leastCurvature(network, data, layers, rates) };
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

function lengthOf(values: Float64Array): number {
  return Math.sqrt(sumOfSquares(values));
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) * (a[i]! - b[i]!);
  return Math.sqrt(sum);
}
