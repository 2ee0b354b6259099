/** What neurons do at w = 0. */
import { pullsOf } from "../../layers/kinkedLayers.ts";
import { slopeBelow } from "../../model/activation.ts";
import type { NeuronEvent } from "../../model/flow.ts";
import type { HalfLineProblem } from "../../model/readProblem.ts";
import type { Weights } from "../../model/weights.ts";
import { kinkOf, type Neurons, type Side, sumsOf, turnBy, unsureOf, weightsAfter } from "./neurons.ts";

/** Kinks this close to the class's angle are reached. */
const REACHED = 1e-11;

/**
 * The neurons at the start. Under ReLU those with w = 0 have no gradient and stay; else they go where they
 * are pulled. Those that an earlier task left at w = 0 go where this one pulls them.
 */
export function firstSides(problem: HalfLineProblem, { u, w }: Weights): Neurons {
  const { network, dead = [] } = problem;
  const moves = slopeBelow(network.activation) !== 0;
  const side = Array.from(w, (one, i): Side => (one > 0 ? 1 : one < 0 ? -1 : moves || dead.includes(i) ? 2 : 0));
  return released(problem, { u: Float64Array.from(u), w: Float64Array.from(w), side });
}

/** The neurons after some of them have come to w = 0, or away from it; adds what happened to `events`. */
export function afterKink(
  problem: HalfLineProblem,
  before: Neurons,
  state: Float64Array,
  t: number,
  events: NeuronEvent[],
  rtol: number,
): Neurons {
  const { learningRates: rates } = problem.network;
  const { u, w, side } = before;
  const room = { u: new Float64Array(u.length), w: new Float64Array(u.length) };
  const now = weightsAfter(before, [turnBy(state[0]!, rates), turnBy(state[1]!, rates)], rates, room);
  const sides = [...side];
  const arrived: number[] = [];
  for (let i = 0; i < u.length; i++) {
    if (side[i] !== 1 && side[i] !== -1) continue;
    const angle = state[side[i] === 1 ? 0 : 1]!;
    const kink = kinkOf(u[i]!, w[i]!, rates);
    if (kink === undefined || angle === 0) continue;
    const isBeyond = side[i]! * now.w[i]! <= 0;
    const isNear = Math.abs(angle - kink) <= REACHED * Math.abs(angle) && w[i] !== 0;
    if (!isBeyond && !isNear) continue;
    // |u| at the kink, from what is conserved.
    if (rates.u > 0) now.u[i] = Math.sign(now.u[i]!) * Math.sqrt(u[i]! ** 2 - (rates.u / rates.w) * w[i]! ** 2);
    now.w[i] = 0;
    sides[i] = 2;
    arrived.push(i);
  }
  const after = released(problem, { u: now.u, w: now.w, side: sides }, (i) => (side[i] === 2 ? rtol : undefined));
  for (const neuron of arrived) {
    const kind = after.side[neuron] === -side[neuron]! ? "crosses" : "dies";
    events.push({ t, neuron, kind });
  }
  for (let i = 0; i < u.length; i++) if (side[i] === 2 && after.side[i] !== 2) events.push({ t, neuron: i, kind: "returns" });
  return after;
}

/**
 * Neurons at w = 0 that a side pulls away from it are on that side. `toleranceOf` those that have slid along
 * w = 0 is that of the integration: a weaker pull leaves them there.
 */
function released(problem: HalfLineProblem, neurons: Neurons, toleranceOf?: (i: number) => number | undefined): Neurons {
  const { network, halves } = problem;
  const sums = sumsOf(neurons);
  const { positive, negative } = pullsOf(network, halves, { positive: sums.positive.uw, negative: sums.negative.uw });
  const gamma = network.outputScale;
  const side = neurons.side.map((one, i): Side => {
    if (one !== 2) return one;
    const rtol = toleranceOf?.(i);
    // A little less than where the integration stopped.
    const slack = rtol === undefined ? 0 : 0.999 * unsureOf(problem, sums, rtol);
    const pull = Math.sign(gamma) * Math.sign(neurons.u[i]!);
    const [up, down] = [pull * positive, pull * negative];
    if (up > slack && !(down < -slack && -down > up)) return 1;
    return down < -slack ? -1 : 2;
  });
  return { ...neurons, side };
}
