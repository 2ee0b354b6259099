/**
 * The exact training trajectory of one latent direction under weight decay: initial state → constants → state
 * at any time.
 */
import { requireTime } from "../../door/arguments.ts";
import { FeatureLearningError } from "../../door/error.ts";
import { scaleLayers } from "../../layers/layerSums.ts";
import { startFrom } from "../../layers/start.ts";
import { type LayerParts, partsIfNeeded, transferWeights } from "../../layers/transfer.ts";
import type { DecayFlow, WithWeights } from "../../model/flow.ts";
import { type BulkFlow, fill, looks } from "../../model/protocol.ts";
import { isWeights } from "../../model/readInitial.ts";
import type { ScalarProblem } from "../../model/readProblem.ts";
import { roomFor } from "../../model/roomFor.ts";
import { FIELDS, type Snapshot, snapshotFrom } from "../../model/snapshot.ts";
import type { Weights } from "../../model/weights.ts";
import { difference, toNumber } from "../../numerics/wide.ts";
import { type DecaySolution, decaySolution } from "./equation.ts";
import { decayLooks } from "./looks.ts";
import { momentAt, recordDecay } from "./solution.ts";

const BECAUSE = "one latent direction, a linear network, the squared loss and layers that decay at one pace have a closed form";

/** A flow with what others can ask of it. */
export interface SolvedDecay extends DecayFlow {
  [fill]: BulkFlow[typeof fill];
}

/** The flow of a problem that has been read, and has this closed form. */
export function decayFlow(problem: ScalarProblem): SolvedDecay {
  const { network, task, initial } = problem;
  const solution = decaySolution(network, task, startFrom(initial, network.learningRates));
  const row = new Float64Array(FIELDS);
  const recordAt = (t: number, values: Float64Array, offset: number, stride: number): void => {
    checkDecayTime("at", t);
    recordDecay(solution, t, values, offset, stride);
  };
  const at = (t: number): Snapshot => {
    recordAt(t, row, 0, 1);
    return snapshotFrom(row, 0, 1);
  };
  const rates = ratesOf(solution);
  const flow = {
    method: "exact" as const,
    family: "decay" as const,
    because: BECAUSE,
    problem,
    ...(task.notes?.length ? { notes: task.notes } : {}),
    from: 0,
    until: Infinity,
    rate: rates.at(-1)!,
    rates,
    limit: at(Infinity),
    at,
    [looks]: (count: number) => decayLooks(solution, count),
    [fill]: (times: Float64Array, values: Float64Array) => {
      for (let i = 0; i < times.length; i++) recordAt(times[i]!, values, i, times.length);
    },
  };
  return isWeights(initial) ? { ...flow, weights: weightsOf(solution, initial) } : flow;
}

/**
 * How the network approaches its limit: the fit at a − m and the balancing at 2m, or the collapse at m ± a.
 */
function ratesOf({ a, m, still, P }: DecaySolution): Float64Array {
  if (still) return Float64Array.of(0);
  const learning = toNumber(difference(a, m));
  const rates =
    P.m > 0 ? [Math.abs(learning), learning > 0 ? 2 * toNumber(m) : toNumber(m) + toNumber(a)] : [toNumber(m) + toNumber(a)];
  return Float64Array.from(rates.sort((x, y) => y - x));
}

/** Refuses what is no time, and times before the start: backwards the decay would be growth. */
export function checkDecayTime(where: string, t: unknown): void {
  requireTime(where, t);
  if (t < 0) throw new FeatureLearningError("out-of-range", `${where}: t is ${t}; a flow with weight decay begins at t = 0.`);
}

function weightsOf(solution: DecaySolution, initial: Weights): WithWeights<DecayFlow>["weights"] {
  const { learningRates: rates } = solution.network;
  const layers = scaleLayers(initial, rates.u, rates.w);
  const { start } = solution;
  let parts: { readonly found: LayerParts | undefined } | undefined;
  return (t, out) => {
    checkDecayTime("weights", t);
    const target = roomFor(layers.u.length, out);
    if (t === 0) {
      target.u.set(initial.u);
      target.w.set(initial.w);
      return target;
    }
    parts ??= { found: partsIfNeeded(layers, start.P, start.Q) };
    const { transfer } = momentAt(solution, t);
    if (transfer.rise.m === 0 && transfer.fall.m === 0) {
      target.u.fill(0);
      target.w.fill(0);
    } else transferWeights(transfer, layers, parts.found, target);
    return target;
  };
}
