/**
 * The sharpness: the largest eigenvalue of the Hessian of the training objective, L + ½μ|θ|², over all
 * weights θ. Plain gradient descent is unstable along its eigenvector if step·sharpness > 2. [CohenEtAl2021]
 */

import { readNumber, readRecord, unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { problemAt } from "../flow/stages.ts";
import { depthSharpness } from "../layers/depthSnapshots.ts";
import { kinkedCurvature } from "../layers/kinkedCurvature.ts";
import { sumKinked } from "../layers/kinkedLayers.ts";
import { curvedData, topCurvature, UNIT_RATES } from "../matrix/curvature.ts";
import { isWholeDepth } from "../model/depth.ts";
import { type AnyDescent, isDescent, readDescent, rowAt } from "../model/descentRows.ts";
import type { AnyFlow } from "../model/flow.ts";
import { matrixAt } from "../model/matrixColumns.ts";
import { isSquared } from "../model/network.ts";
import { objectiveOf } from "../model/objective.ts";
import type { Problem } from "../model/problem.ts";
import { hasNeurons } from "../model/readHalfLineInitial.ts";
import { type DepthProblem, type HalfLineProblem, readProblem, type ScalarProblem } from "../model/readProblem.ts";
import { FIELD, FIELDS } from "../model/snapshot.ts";
import type { Strided } from "../model/strided.ts";
import { decaysOf } from "../model/weightDecay.ts";
import { product, toNumber } from "../numerics/wide.ts";
import { begin } from "./begin.ts";
import { deepSharpness } from "./deepStability.ts";
import { readPlan } from "./descentOptions.ts";
import { beginLayers } from "./layersBegin.ts";

/**
 * The largest eigenvalue of the Hessian of the training objective, the loss plus ½·weightDecay·|weights|²,
 * with respect to all weights, in units of inverse time at unit learning rates. It has about 13 correct
 * digits at any width.
 *
 * With several inputs or outputs it is computed in the hidden directions that the layers use, by Lanczos's
 * method. Up to 64 weights there take 1 ms; 784 inputs, 10 outputs and width 50 take 2 seconds. Losses other
 * than the squared loss also need about 30 products with all samples.
 *
 * @param subject - A problem (its initial state is used), a flow, or a descent.
 * @param t - The time, for a flow (default 0); for a descent, the time of a recorded step.
 * @throws FeatureLearningError `"invalid-argument"`: an invalid part of the problem or time; `"assumption"`:
 * a power activation, a loss without a second derivative, more than 1000 layers that are numbers.
 *
 * @example
 * ```ts
 * import { matrixTaskFromMoments, network, sharpness, solve } from "feature-learning";
 *
 * const task = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[3, 0], [0, 1]], yy: 10 });
 * const initial = { W2: [[0.1, 0], [0, 0.1]], W1: [[0.1, 0], [0, 0.1]] };
 * const flow = solve({ network: network(), task, initial });
 * console.log(sharpness(flow.problem).toFixed(3), sharpness(flow, 5).toFixed(3)); // 6.000 12.000
 * ```
 */
export function sharpness(subject: AnyFlow | AnyDescent | Problem, t = 0): number {
  return named("sharpness", () => {
    const descent = readDescent(subject);
    if (isDescent(descent)) return ofDescent(descent, rowAt(descent, readNumber("t", t)));
    const fields = readRecord("subject", subject) as Record<string, unknown>;
    if (typeof fields["at"] !== "function") return ofProblem(fields);
    const flow = fields as unknown as AnyFlow;
    const time = t === Infinity ? t : readNumber("t", t);
    const snapshot = flow.at(time);
    if ("sharpness" in snapshot && typeof snapshot.sharpness === "number") return snapshot.sharpness;
    // The Hessian of a kernel machine does not change.
    if ("linearised" in flow) return ofProblem(flow.problem);
    const initial = flow.weights?.(time) ?? snapshot;
    return ofProblem({ ...problemAt(flow, time), initial });
  });
}

function ofDescent(descent: AnyDescent, row: number): number {
  const { sharpness: known, problem } = descent;
  if (known !== undefined) return known[row]!;
  const initial = descent.weights?.(row) ?? orderParametersAt(descent, row);
  return ofProblem({ ...problem, initial });
}

function orderParametersAt({ uu, ww, uw }: AnyDescent, row: number): unknown {
  if (uu === undefined || ww === undefined || uw === undefined)
    unmet("the descent has too many rows to keep order parameters", "pass recordEvery, or start it from layers");
  const at = (block: Float64Array | Strided): unknown => ("shape" in block ? matrixAt(block, row) : block[row]!);
  return { uu: at(uu), ww: at(ww), uw: at(uw) };
}

function ofProblem(problem: unknown): number {
  const read = readProblem(problem);
  if (read.kind === "one direction") return ofOneDirection(read.problem);
  if (read.kind === "half lines") return ofHalfLines(read.problem);
  if (read.kind === "deep matrices") return deepSharpness(read.problem);
  if (read.kind === "depth") return ofDepth(read.problem);
  const { state, objective, reduced } = beginLayers(read.problem);
  const data = curvedData(objective) ?? noCurvature();
  return topCurvature(state.network, data, reduced, UNIT_RATES);
}

function ofOneDirection(problem: ScalarProblem): number {
  const { layers, walk } = begin(problem, readPlan({ stepSize: 1, steps: 0 }));
  const row = new Float64Array(FIELDS);
  layers.record(0, walk.state, row, 0, 1);
  const value = row[FIELD.sharpness]!;
  return Number.isNaN(value) ? noCurvature() : value;
}

function ofHalfLines({ network, halves, initial }: HalfLineProblem): number {
  if (!isSquared(network)) unmet("the loss is not squared", `pass loss "mse" or "half-mse"`);
  const sums = hasNeurons(initial) ? sumKinked(initial) : { ...initial, silent: 0 };
  const { u, w } = decaysOf(network);
  if (u !== w) unmet("the layers of the network with a kink have different weight decay", "pass one weightDecay for both");
  return kinkedCurvature(network, halves, sums, UNIT_RATES) + u;
}

/** The Hessian of so many layers takes about a second. */
const MOST_LAYERS = 1000;

function ofDepth(problem: DepthProblem): number {
  const { network, task, initial } = problem;
  const { depth = 2, outputScale, weightDecay } = network;
  if (!isWholeDepth(depth)) unmet(`layers of depth ${depth} are not separate numbers`, "pass an integer depth");
  if (depth > MOST_LAYERS)
    unmet(`the network has ${depth} layers, and their Hessian is built up to ${MOST_LAYERS}`, "pass a smaller depth");
  const objective = objectiveOf(network, task);
  const output = toNumber(product(outputScale, ...initial.layers));
  const numbers = { output, residual: objective.residual(output) };
  const value = depthSharpness(objective, outputScale, weightDecay, initial.layers, numbers);
  return Number.isNaN(value) ? noCurvature() : value;
}

function noCurvature(): never {
  return unmet("the loss has no secondDerivative", "pass one with it");
}
