/**
 * The exact training trajectory: initial state → constants → state at any time, in O(1). [XuZiyin2025, §3]
 */

import { requireTime } from "../../door/arguments.ts";
import { FeatureLearningError, named } from "../../door/error.ts";
import { type ScaledLayers, scaleLayers } from "../../layers/layerSums.ts";
import { startFrom } from "../../layers/start.ts";
import { type LayerParts, partsIfNeeded, type Transfer, transferWeights } from "../../layers/transfer.ts";
import type { OneDirectionFlow, WithWeights } from "../../model/flow.ts";
import type { Problem, ScalarInitial } from "../../model/problem.ts";
import { type BulkFlow, fill } from "../../model/protocol.ts";
import { isWeights } from "../../model/readInitial.ts";
import { readScalarProblem, type ScalarProblem } from "../../model/readProblem.ts";
import { roomFor } from "../../model/roomFor.ts";
import { FIELDS, type Snapshot, snapshotFrom } from "../../model/snapshot.ts";
import type { Weights, WeightsLike } from "../../model/weights.ts";
import { toNumber } from "../../numerics/wide.ts";
import { blowUpTime } from "../riccati/lifetime.ts";
import { recordPlainly } from "../riccati/plainRecord.ts";
import { record, type Solution, solution } from "../riccati/solution.ts";
import { requireExact } from "./applicability.ts";
import { rotationAt } from "./rotation.ts";

/**
 * The closed form of one latent direction alone: what {@link exactFlow} returns for such a problem, in a
 * smaller bundle, because it brings no other family.
 *
 * @param problem - Network, task, and initial weights, order parameters or snapshot.
 * @throws FeatureLearningError as `exactFlow` does, for a problem of one direction.
 *
 * @example
 * ```ts
 * import { network, oneDirectionFlow, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = oneDirectionFlow({ network: network(), task, initial: { uu: 1, ww: 1, uw: 0 } });
 * console.log(flow.at(0.5).output.toFixed(6)); // 0.906588
 * ```
 */
export function oneDirectionFlow(problem: Problem<WeightsLike>): WithWeights<OneDirectionFlow>;
export function oneDirectionFlow(problem: Problem<ScalarInitial>): OneDirectionFlow;
export function oneDirectionFlow(given: Problem<ScalarInitial>): OneDirectionFlow {
  return named("oneDirectionFlow", () => {
    const problem = readScalarProblem(given);
    requireExact(problem.network, problem.task);
    return flowOfProblem(problem);
  });
}

/** The flow of a problem that has been read, and has the closed form. */
export function flowOfProblem(problem: ScalarProblem): SolvedFlow {
  const { network, task, initial } = problem;
  const flow = flowOf(solution(network, task, startFrom(initial, network.learningRates)), problem);
  if (!isWeights(initial)) return flow;
  return { ...flow, ...weightsOf(flow, initial) } as SolvedFlow & WithWeights<OneDirectionFlow>;
}

/** A flow's solution, for those who compose flows. */
export const solved: unique symbol = Symbol.for("feature-learning/solution");

/** An exact flow, with what this folder and the next can ask of it. */
export interface SolvedFlow extends OneDirectionFlow {
  readonly [solved]: Solution;
  [fill]: BulkFlow[typeof fill];
}

const BECAUSE = "one latent direction, a linear network and the squared loss have the closed form of Xu and Ziyin";

/**
 * Where one snapshot is written before it is read. An array of its own would be most of a small flow's cost.
 */
const row = /* @__PURE__ */ new Float64Array(FIELDS);

/** The flow that a solution is. */
export function flowOf(found: Solution, problem: ScalarProblem): SolvedFlow {
  const { notes } = problem.task;
  const from = blowUpTime(found);
  const rate = toNumber(found.riccati.rho);
  const at = (t: number): Snapshot => {
    recordAt(found, from, t, row, 0, 1);
    return snapshotFrom(row, 0, 1);
  };
  return {
    method: "exact",
    family: "one-direction",
    because: BECAUSE,
    problem,
    ...(notes?.length ? { notes } : {}),
    from,
    until: Infinity,
    rate,
    rates: Float64Array.of(rate),
    limit: at(Infinity),
    at,
    [solved]: found,
    [fill]: (times, values) => {
      for (let i = 0; i < times.length; i++) recordAt(found, from, times[i]!, values, i, times.length);
    },
  };
}

function recordAt(found: Solution, from: number, t: number, values: Float64Array, offset: number, stride: number): void {
  if (typeof t === "number" && recordPlainly(found, t, values, offset, stride)) return;
  checkTime("at", from, t);
  record(found, t, values, offset, stride);
  // Within rounding of the blow-up the clock's brackets can pass it.
  if (t < 0 && !(found.riccati.still || (found.reading.N > 0 && found.reading.D > 0))) outOfRange("at", from, t);
}

/** Refuses a time that is no number, or before the flow exists. */
export function checkTime(where: string, from: number, t: unknown): void {
  requireTime(where, t);
  if (t < 0 && t <= from) outOfRange(where, from, t);
}

function outOfRange(where: string, from: number, t: number): never {
  throw new FeatureLearningError(
    "out-of-range",
    `${where}: t is ${t}; the flow exists for t > ${from}, where it blows up backwards.`,
  );
}

/** The weights' side of a flow. */
function weightsOf({ from, [solved]: found }: SolvedFlow, initial: Weights): Pick<WithWeights<OneDirectionFlow>, "weights"> {
  const { learningRates } = found.network;
  const layers = scaleLayers(initial, learningRates.u, learningRates.w);
  const { start } = found;
  let parts: { readonly found: LayerParts | undefined } | undefined;
  return {
    weights(t, out) {
      checkTime("weights", from, t);
      const target = roomFor(layers.u.length, out);
      parts ??= { found: partsIfNeeded(layers, start.P, start.Q) };
      turn(rotationAt(found, t), layers, parts.found, target);
      return target;
    },
  };
}

/** Fills `out` with the layers after a rotation; with zeros where there is none, at the end of a saddle. */
export function turn(rotation: Transfer | undefined, layers: ScaledLayers, parts: LayerParts | undefined, out: Weights): void {
  if (rotation === undefined) {
    out.u.fill(0);
    out.w.fill(0);
  } else {
    transferWeights(rotation, layers, parts, out);
  }
}
