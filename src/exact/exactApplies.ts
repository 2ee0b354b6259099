import { readRecord } from "../door/arguments.ts";
import {
  asMatrixProblem,
  type MultiInputProblem,
  type ReadMultiInputProblem,
  readMultiInputProblem,
} from "../matrix/multiInputProblem.ts";
import { areLayers } from "../model/layers.ts";
import type { MatrixProblem } from "../model/matrixFlow.ts";
import { areMatrices } from "../model/matrixLayers.ts";
import type { Problem } from "../model/problem.ts";
import { readMatrixProblem } from "../model/readMatrixProblem.ts";
import { readProblem } from "../model/readProblem.ts";
import { matrixFamily } from "./exactMatrixFlow.ts";
import { failedOfOneDirection } from "./oneDirection/applicability.ts";
import { BECAUSE } from "./oneDirection/oneDirectionFlow.ts";

/** The families of problems with a closed form. */
export type ExactFamily = "one-direction" | "modes" | "balanced";

/** Whether a closed form applies: which and why, or else which assumptions fail, each in a sentence. */
export type Applicability =
  | { readonly applies: true; readonly family: ExactFamily; readonly because: string }
  | { readonly applies: false; readonly failed: readonly string[] };

/**
 * Whether there is a closed form for this problem as it stands, and which: `exactFlow` has that of one direction, `exactMatrixFlow` those of several
 * inputs and outputs. `solve` uses whichever applies.
 *
 * @throws FeatureLearningError `"invalid-argument"`: not a problem.
 *
 * @example
 * ```ts
 * import { exactApplies, network, taskFromMoments, taskFromSamples } from "feature-learning";
 *
 * const initial = { uu: 1, ww: 1, uw: 0 };
 * const task = taskFromSamples([[1, 0], [0, 1]], [1, 2]);
 * console.log(exactApplies({ network: network(), task, initial }).applies); // false
 * const one = exactApplies({ network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial });
 * console.log(one.applies && one.family); // one-direction
 * ```
 */
export function exactApplies(problem: Problem | MultiInputProblem | MatrixProblem): Applicability {
  const where = "exactApplies";
  const { initial } = readRecord(where, "problem", problem) as { readonly initial?: unknown };
  if (areMatrices(initial)) return ofMatrices(matrixFamily(readMatrixProblem(where, problem)));
  if (areLayers(initial)) return ofMatrices(layersFamily(where, readMultiInputProblem(where, problem)));
  const { network, task } = readProblem(where, problem);
  const failed = failedOfOneDirection(network, task);
  return failed.length > 0 ? { applies: false, failed } : { applies: true, family: "one-direction", because: BECAUSE };
}

function ofMatrices(found: ReturnType<typeof matrixFamily>): Applicability {
  if ("failed" in found) return { applies: false, failed: found.failed };
  const { family, because } = found.flow;
  return { applies: true, family, because };
}

/** The family of layers { u, W }, among those that know the layers at every time. */
export function layersFamily(where: string, problem: ReadMultiInputProblem): ReturnType<typeof matrixFamily> {
  const found = matrixFamily(asMatrixProblem(where, problem));
  if ("failed" in found || found.flow.weights !== undefined) return found;
  return { failed: [`${found.flow.because}, up to a rotation of the hidden layer: pass { W2, W1 } to do without the layers`] };
}
