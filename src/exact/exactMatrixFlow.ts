/**
 * The exact families of several inputs and outputs: the direct sum of modes, and λ-balanced layers on whitened inputs. A problem in both has one
 * answer, and modes know more of it.
 */

import { readChoice, readRecord, unmet } from "../door/arguments.ts";
import { type MatrixState, matrixState } from "../matrix/matrixState.ts";
import type { BalancedFlow, ExactMatrixFlow, MatrixProblem, MatrixSnapshot, ModesFlow } from "../model/matrixFlow.ts";
import type { MatrixLayers, MatrixOrderParameters } from "../model/matrixLayers.ts";
import { readMatrixProblem } from "../model/readMatrixProblem.ts";
import { balancedFlow, balanceOf } from "./balanced/balancedFlow.ts";
import { decouple } from "./modes/decouple.ts";
import { inModes } from "./modes/inModes.ts";
import { modesFlow } from "./modes/modesFlow.ts";
import { failedAssumptions } from "./oneDirection/failedAssumptions.ts";

/** How {@link exactMatrixFlow} chooses. */
export interface ExactMatrixOptions {
  /** The family to use (default `"any"`: modes, if the problem decouples, else balanced layers). */
  readonly family?: "modes" | "balanced" | "any";
}

/**
 * The training trajectory of a linear network of several inputs and outputs in closed form, where there is one:
 *
 * - `"modes"`: data and layers decouple into problems of one direction, each solved by its own `exactFlow`, any width and balance;
 * - `"balanced"`: inputs whitened, E[xxᵀ] = σ²1 where there are inputs, and W₂ᵀW₂/η_u − W₁W₁ᵀ/η_w = λ1; of one hidden neuron any start.
 *   Function, kernel and order parameters are known; the layers themselves for one hidden neuron (of more they follow up to a rotation).
 *
 * Modes count as decoupled while no cosine between hidden vectors of two of them exceeds 10⁻¹⁰, layers as λ-balanced while they are off λ1 by less than
 * 10⁻¹⁰ of their size, inputs as whitened while their variances agree to 10⁻¹²; rounding in the matrices themselves is forgiven. What is rounding in the
 * layers does not train: a network never learns more modes than it has neurons, or than its layers have rank. Small weights along coordinate axes that
 * are modes are no rounding, whatever their size.
 *
 * @param problem - Network, task of matrices, and initial layers { W2, W1 } or order parameters { uu, ww, uw }.
 * @throws FeatureLearningError `"invalid-argument"` for a part of the problem that cannot be; `"assumption"` where neither family applies, with
 * what failed. `at` throws `"out-of-range"` at a time at which the flow does not exist: modes go back in time as far as each of them does, balanced layers
 * begin at t = 0.
 *
 * @example
 * ```ts
 * import { exactMatrixFlow, matrixTaskFromMoments, network } from "feature-learning";
 *
 * const task = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[3, 0], [0, 1]], yy: 10 });
 * const initial = { W2: [[1e-3, 0], [0, 1e-3]], W1: [[1e-3, 0], [0, 1e-3]] };
 * const flow = exactMatrixFlow({ network: network(), task, initial });
 * console.log(flow.family, flow.at(1.5).output.get(0, 0).toFixed(3), flow.at(1.5).output.get(1, 1).toFixed(3)); // modes 2.869 0.000
 * ```
 */
export function exactMatrixFlow(problem: MatrixProblem, options: ExactMatrixOptions & { readonly family: "modes" }): ModesFlow;
export function exactMatrixFlow(
  problem: MatrixProblem,
  options: ExactMatrixOptions & { readonly family: "balanced" },
): BalancedFlow;
export function exactMatrixFlow(problem: MatrixProblem, options?: ExactMatrixOptions): ModesFlow | BalancedFlow;
export function exactMatrixFlow(problem: MatrixProblem, options: ExactMatrixOptions = {}): ExactMatrixFlow {
  const where = "exactMatrixFlow";
  const { family = "any" } = readRecord(where, "options", options, ["family"]);
  const wanted = readChoice(where, "family", family, ["any", "modes", "balanced"]);
  const found = matrixFamily(readMatrixProblem(where, problem), wanted);
  return "failed" in found ? unmet(where, found.failed.join("; "), "call integratedFlow, or solve") : found.flow;
}

/** The flow of the first family that applies, or why none does. */
export function matrixFamily(
  problem: MatrixProblem<MatrixLayers | MatrixOrderParameters>,
  wanted: "any" | "modes" | "balanced" = "any",
): { readonly flow: ModesFlow | BalancedFlow } | { readonly failed: readonly string[] } {
  const failed = failedAssumptions(problem.network);
  if (failed.length > 0) return { failed };
  const state: MatrixState = matrixState(problem);
  const reasons: string[] = [];
  const decoupled = decouple(state);
  if (wanted !== "balanced") {
    if ("modes" in decoupled) return inRange(modesFlow(problem, state, decoupled.modes));
    reasons.push(decoupled.coupled);
  }
  if (wanted !== "modes") {
    // Where the problem decouples, rounding in its starts is told by the modes, so that both families say the same for ever.
    const { u, w } = problem.network.learningRates;
    const known = "modes" in decoupled && u > 0 && w > 0;
    const frame = known ? inModes(state, decoupled.modes) : { state, inputs: undefined, outputs: undefined };
    const found = balanceOf(frame.state);
    if ("lambda" in found) return inRange(balancedFlow(problem, state, found, frame));
    reasons.push(found.unbalanced);
  }
  return { failed: reasons };
}

/** A flow whose order parameters and residual are doubles where it begins and where it ends, between which they stay. */
function inRange(
  flow: ModesFlow | BalancedFlow,
): { readonly flow: ModesFlow | BalancedFlow } | { readonly failed: readonly string[] } {
  const fits = ({ normProduct, residual, loss }: MatrixSnapshot): boolean =>
    Number.isFinite(normProduct) && residual.to1DArray().every(Number.isFinite) && Number.isFinite(loss);
  return fits(flow.at(0)) && fits(flow.limit)
    ? { flow }
    : { failed: ["its layers or residual leave the doubles: rescale the problem"] };
}
