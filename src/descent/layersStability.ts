/**
 * The curvature at the minimum that gradient flow reaches, for several inputs and outputs: the largest
 * eigenvalue of the Hessian at the flow's limit, with each layer in units of the square root of its learning
 * rate.
 */

import { unmet } from "../door/arguments.ts";
import { solveProblem } from "../flow/solve.ts";
import { internalOptions } from "../integrate/options.ts";
import { type CurvedData, curvedData, leastCurvature, topCurvature } from "../matrix/curvature.ts";
import { flattestCurvature } from "../matrix/flattest.ts";
import type { MatrixFlow } from "../model/flow.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { isSquared } from "../model/network.ts";
import { type MatrixProblem, readMatrixProblem } from "../model/readProblem.ts";
import { hasDecay } from "../model/weightDecay.ts";
import { largestEntry } from "../numerics/matrices.ts";
import { beginLayers, type LayersBegun } from "./layersBegin.ts";

/** Curvatures, inverse time. */
export interface LimitCurvature {
  readonly rate: number;
  /** Undefined if it is not known. */
  readonly flattest: number | undefined;
  readonly notes: readonly string[];
}

/** Negative curvatures below this share of the largest are rounding error, or due to an unfinished flow. */
const SADDLE = 1e-7;

export function layersStability(problem: MatrixProblem, flow: MatrixFlow | undefined): LimitCurvature {
  const begun = beginLayers(problem);
  const { state, objective, reduced } = begun;
  const { network } = state;
  const { learningRates: rates, outputScale: gamma } = network;
  const data = curvedData(objective);
  if (data === undefined) unmet("the loss has no secondDerivative", "pass one with it, or call descentOutcome");
  const still = largestEntry(reduced.W2) === 0 && largestEntry(reduced.W1) === 0;
  if (gamma === 0 || still || (rates.u === 0 && rates.w === 0)) return { rate: 0, flattest: 0, notes: [] };
  if (objective.endless && !hasDecay(network)) return withoutMinimum(begun);
  const solved = flow ?? flowOf(problem);
  if (solved.status === "unbounded" && hasDecay(network))
    unmet("only one of the layers decays, so the other one grows for ever", "give both a weight decay");
  const limit = limitOf(solved, reduced.W2.columns);
  const rate = topCurvature(network, data, limit, rates);
  const isSaddle = leastCurvature(network, data, limit, rates) < -SADDLE * rate;
  const notes = isSaddle
    ? ["the flow ends at a saddle: the rate is that of the saddle, which descent may leave towards a minimum"]
    : [];
  return { rate, flattest: flattestOf(begun, data, limit), notes };
}

function flowOf(problem: MatrixProblem): MatrixFlow {
  return solveProblem({ kind: "matrices", problem }, internalOptions()) as MatrixFlow;
}

/**
 * The curvature for a loss without a minimum: 0 if the curvature decreases with the loss. If some outputs
 * have a minimum, the weights that grow for the others increase its curvature for ever.
 */
function withoutMinimum({ objective }: LayersBegun): LimitCurvature {
  const zero = new Float64Array(objective.outputs * objective.inputs);
  const loss = objective.loss(zero);
  if (loss - objective.excess(zero) > 1e-9 * loss) {
    const why = "the weights grow for ever, and so does the curvature of the outputs that have a minimum";
    unmet(why, "pass weightDecay, or call descentOutcome");
  }
  return { rate: 0, flattest: 0, notes: [] };
}

/**
 * The layers at t = ∞, in the hidden directions that they use and in coordinates of the inputs' span. If they
 * use fewer directions than at the start, one unused direction is added, along which a saddle has negative
 * curvature.
 */
function limitOf(flow: MatrixFlow, used: number): MatrixLayers {
  const initial = flow.weights?.(Infinity) ?? flow.at(Infinity);
  const { W2, W1 } = beginLayers(readMatrixProblem({ ...flow.problem, initial })).reduced;
  return W2.columns < used
    ? { W2: W2.clone().addColumn(new Array(W2.rows).fill(0)), W1: W1.clone().addRow(new Array(W1.columns).fill(0)) }
    : { W2, W1 };
}

/**
 * The flattest minimum with the limit's output. It is known if all outputs have the same curvature and the
 * loss depends on the output alone.
 */
function flattestOf({ state: { network } }: LayersBegun, data: CurvedData, { W2, W1 }: MatrixLayers): number | undefined {
  const known = !hasDecay(network) && (isSquared(network) || W2.rows === 1);
  return known ? flattestCurvature(network, data, W2.mmul(W1), network.learningRates) : undefined;
}
