/**
 * A ReLU network on one input direction, f(x) = γ Σ uᵢ max(0, wᵢx), x of both signs. Its neurons with w > 0
 * see the data with x > 0 alone, those with w < 0 the others, so that it is two linear networks
 *
 *     f(x) = γS₊x for x > 0, γS₋x for x < 0      S± = Σ uw over the neurons with ±w > 0      g± = xy± − γ xx± S±
 *     L = k (E[y²] − Σ xy±²/xx± + Σ g±²/xx±)      K(x, x') = γ²B±xx' on one side, 0 between the sides
 *
 * each the closed form of one direction, until a neuron reaches w = 0. Neurons that start at w = 0 stay
 * there.
 */
import { wholeOfWeights } from "../../layers/kinkedLayers.ts";
import { startFromOrderParameters } from "../../layers/start.ts";
import type { Flow, NeuronEvent, ReluFlow } from "../../model/flow.ts";
import type { HalfLineSnapshot } from "../../model/halfLineSnapshot.ts";
import { leastLossOfSlopes } from "../../model/halfLines.ts";
import type { Halves } from "../../model/halves.ts";
import type { Network } from "../../model/network.ts";
import { withNotes } from "../../model/notes.ts";
import { fill, halfLines, oneSide, turns } from "../../model/protocol.ts";
import { hasNeurons } from "../../model/readHalfLineInitial.ts";
import type { HalfLineProblem, ScalarProblem } from "../../model/readProblem.ts";
import { roomFor } from "../../model/roomFor.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import type { OrderParameters, Weights } from "../../model/weights.ts";
import { flowOf } from "../oneDirection/oneDirectionFlow.ts";
import { ClassCourse, lastRate } from "./classCourse.ts";
import { type ClassReader, classReader } from "./classFlow.ts";
import { runEvents } from "./events.ts";
import { withoutNeurons } from "./neuronClass.ts";
import { requireTimeFromZero, taskOfSide } from "./side.ts";
import { silentNeurons } from "./silentNeurons.ts";
import { twoClasses } from "./twoClasses.ts";

const BECAUSE =
  "on either side of 0 a ReLU network is linear, with the closed form of Xu and Ziyin from one kink of a neuron to the next";
const UNKNOWN_NEURONS = "order parameters do not tell neurons apart: it is assumed that none reaches its kink, w = 0";

/** The flow of a problem that has this closed form. */
export function reluFlow(problem: HalfLineProblem): ReluFlow {
  const { network, task, initial, halves: moments } = problem;
  const { activation: _, ...linear } = network;
  const sides = both((side) => ({ network: linear, task: taskOfSide(moments[side]) }));
  const members = hasNeurons(initial) ? twoClasses(problem, initial, sides) : unknownNeurons(initial, network);
  const returning = members.returning.map((neuron): NeuronEvent => ({ t: 0, neuron, kind: "returns" }));
  const courses = both((side) => new ClassCourse(members[side], linear, sides[side].task));
  const crosses = signOfResidual(courses.positive) * signOfResidual(courses.negative) > 0;
  const events = runEvents(courses, crosses);
  const readers = both((side) => classReader(courses[side]));
  const silent = silentNeurons(initial, events, courses);
  const floor = leastLossOfSlopes(network, task.yy, moments);
  const at = (t: number): HalfLineSnapshot => {
    requireTimeFromZero("at", t);
    const { positive, negative } = both((side) => readers[side].at(t));
    const all = { uu: positive.uu + negative.uu + silent.uu(t), ww: positive.ww + negative.ww };
    // No weight is on both sides, so that the Hessian is that of two networks. A side without neurons has
    // none.
    const sharpness = Math.max(positive.sharpness ?? 0, negative.sharpness ?? 0);
    return { ...wholeOfWeights({ positive, negative }, all, floor, hasNeurons(initial) ? weights : undefined), sharpness };
  };
  const weights = (t: number, out?: Weights): Weights => {
    requireTimeFromZero("weights", t);
    const given = initial as Weights;
    const target = roomFor(given.u.length, out);
    target.u.set(given.u);
    target.w.set(given.w);
    if (t === 0) return target;
    silent.put(t, target);
    readers.positive.put(t, target);
    readers.negative.put(t, target);
    return target;
  };
  const flow = {
    method: "exact",
    family: "relu",
    because: BECAUSE,
    problem: { network, task, initial },
    ...withNotes([...(task.notes ?? []), hasNeurons(initial) ? undefined : UNKNOWN_NEURONS]),
    from: 0,
    until: Infinity,
    rates: Float64Array.of(lastRate(courses.positive), lastRate(courses.negative)).sort().reverse(),
    limit: at(Infinity),
    at,
    ...(hasNeurons(initial) ? { weights } : {}),
    events: [...returning, ...events],
    halves: both((side) => halfFlow(readers[side], courses[side])),
    [halfLines]: problem,
  };
  return flow as unknown as ReluFlow;
}

function both<T>(of: (side: "positive" | "negative") => T): Halves<T> {
  return { positive: of("positive"), negative: of("negative") };
}

function unknownNeurons({ positive, negative }: Halves<OrderParameters>, { learningRates: rates }: Network) {
  const of = (side: OrderParameters) => withoutNeurons(startFromOrderParameters(side, rates), rates);
  return { positive: of(positive), negative: of(negative), returning: [] };
}

function signOfResidual({ current }: ClassCourse): number {
  return Math.sign(current.riccati.g0.m);
}

/** One side as a flow: the closed form of one direction itself where no neuron leaves or joins. */
function halfFlow(reader: ClassReader, { pieces, current, network, task }: ClassCourse): Flow {
  const { uu, ww, uw, area, balance } = reader.at(0);
  const problem: ScalarProblem = { network, task, initial: { uu, ww, uw, area, balance } };
  if (pieces.length === 1) return flowOf(current, problem);
  const at = (t: number): Snapshot => {
    requireTimeFromZero("at", t);
    return reader.at(t);
  };
  const flow = {
    method: "exact",
    because: BECAUSE,
    problem,
    from: 0,
    until: Infinity,
    rates: Float64Array.of(lastRate({ current })),
    limit: at(Infinity),
    at,
    [oneSide]: true,
    // The kernel and the area jump at a kink: both sides of it are looked at.
    [turns]: pieces.slice(1).flatMap(({ t }) => [t * (1 - Number.EPSILON), t]),
    [fill](times: Float64Array, values: Float64Array): void {
      for (let i = 0; i < times.length; i++) {
        requireTimeFromZero("at", times[i]);
        reader.record(times[i]!, values, i, times.length);
      }
    },
  };
  return flow as unknown as Flow;
}
