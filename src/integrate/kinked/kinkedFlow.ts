/**
 * A network with a kink at 0, integrated: two angles at any width, from kink to kink of its neurons. What a
 * neuron does at w = 0 follows from how the data of either side pull at it: it goes on to the other side
 * where that pulls it on, and else slides along w = 0 until one side pulls it away.
 */
import { overflows, unmet } from "../../door/arguments.ts";
import { failure } from "../../door/error.ts";
import { kinkedCurvature } from "../../layers/kinkedCurvature.ts";
import { type KinkedSums, sidesOf, wholeOf } from "../../layers/kinkedLayers.ts";
import { nameOfActivation } from "../../model/activation.ts";
import type { Flow, NeuronEvent } from "../../model/flow.ts";
import type { HalfLineSnapshot } from "../../model/halfLineSnapshot.ts";
import { leastLossOfSlopes } from "../../model/halfLines.ts";
import type { Halves } from "../../model/halves.ts";
import { isSquared } from "../../model/network.ts";
import { notesOf } from "../../model/notes.ts";
import { halfLines, oneSide, steps as stepTimes } from "../../model/protocol.ts";
import { hasNeurons } from "../../model/readHalfLineInitial.ts";
import type { HalfLineProblem } from "../../model/readProblem.ts";
import { roomFor } from "../../model/roomFor.ts";
import { type Snapshot, withSharpness } from "../../model/snapshot.ts";
import { hasDecay } from "../../model/weightDecay.ts";
import type { Weights } from "../../model/weights.ts";
import { checkTime, finished, reachesEnd } from "../failure.ts";
import type { IntegratedHalfLineFlow } from "../integrated.ts";
import { type Integration, integrate, type StopEvent } from "../method/integrate.ts";
import { largestOf } from "../method/stepper.ts";
import type { ReadOptions } from "../options.ts";
import { kinkSystem } from "./kinkSystem.ts";
import { type Neurons, sumsAfter, sumsOf, turnBy, weightsAfter } from "./neurons.ts";
import { afterKink, firstSides } from "./passage.ts";

/** A stretch of time between two kinks. */
interface Piece {
  readonly from: number;
  readonly neurons: Neurons;
  readonly sums: KinkedSums;
  readonly integration: Integration;
}

export function kinkedFlow(problem: HalfLineProblem, read: ReadOptions): IntegratedHalfLineFlow {
  const initial = readStart(problem, read);
  const { network, halves, task } = problem;
  const rates = network.learningRates;
  const floor = leastLossOfSlopes(network, task.yy, halves);
  const pieces: Piece[] = [];
  const events: NeuronEvent[] = [];
  let neurons: Neurons = firstSides(problem, initial);
  for (const neuron of problem.dead ?? [])
    if (Math.abs(neurons.side[neuron]!) === 1) events.push({ t: 0, neuron, kind: "returns" });
  let from = 0;
  for (let steps = 0; ; ) {
    const sums = sumsOf(neurons);
    const { system, kinks } = kinkSystem(problem, neurons, sums, read.rtol);
    const piece = { from, neurons, sums };
    const integration = integrate(system, new Float64Array(2), {
      ...read,
      until: read.until - from,
      maxSteps: Math.max(1, read.maxSteps - steps),
      converge: true,
      breaks: [],
      events: [...kinks, ...stopsOf(read, (y) => wholeAt(piece, y, 0))],
    });
    steps += Math.max(1, integration.steps);
    const goesOn = (integration.status as string) === "kink";
    const isTooLong = goesOn && steps >= read.maxSteps;
    pieces.push({ ...piece, integration: isTooLong ? { ...integration, status: "max-steps" } : integration });
    if (!goesOn || isTooLong) break;
    from += integration.end;
    const state = new Float64Array(2);
    integration.read(integration.end, state);
    neurons = afterKink(problem, neurons, state, from, events, read.rtol);
  }
  const last = pieces.at(-1)!.integration;
  const end = pieces.at(-1)!.from + last.end;
  // The pieces add up to the end but for rounding.
  const until = reachesEnd(last) || last.status === "completed" ? read.until : end;
  const state = new Float64Array(2);

  function sumsAt({ sums }: Pick<Piece, "sums">, y: Float64Array): KinkedSums {
    return {
      positive: sumsAfter(sums.positive, turnBy(y[0]!, rates), rates),
      negative: sumsAfter(sums.negative, turnBy(y[1]!, rates), rates),
      silent: sums.silent,
    };
  }
  function wholeAt(piece: Pick<Piece, "sums">, y: Float64Array, t: number): HalfLineSnapshot {
    const sums = sumsAt(piece, y);
    const { positive, negative, silent } = sums;
    const all = { uu: positive.uu + negative.uu + silent, ww: positive.ww + negative.ww };
    const whole = wholeOf(sidesOf(network, halves, sums, t), all, floor);
    return withSharpness(whole, () => kinkedCurvature(network, halves, sums, { u: 1, w: 1 }));
  }
  /** Moves `state` to time t; the piece that it is of. */
  function moveTo(where: string, t: number): Piece {
    checkTime(where, until, t);
    const piece = pieces.findLast((one) => one.from <= t)!;
    piece.integration.read(Math.min(t - piece.from, piece.integration.end), state);
    return piece;
  }
  const at = (t: number): HalfLineSnapshot => wholeAt(moveTo("at", t), state, t);
  const weights = (t: number, out?: Weights): Weights => {
    const { neurons: of } = moveTo("weights", t);
    const target = roomFor(initial.u.length, out);
    return weightsAfter(of, [turnBy(state[0]!, rates), turnBy(state[1]!, rates)], rates, target);
  };
  const times = Float64Array.from(
    pieces.flatMap(({ from: begin, integration }, i) => Array.from(integration.times, (t) => begin + t).slice(i === 0 ? 0 : 1)),
  );
  const common = {
    method: "integrated",
    because: `under ${nameOfActivation(network.activation)} all neurons on one side of 0 turn by one angle: two numbers at any width, from kink to kink`,
    from: 0,
    until,
    status: last.status,
    [stepTimes]: times,
  };
  const half = (side: keyof Halves<unknown>): Flow => {
    const sideAt = (t: number): Snapshot => sidesOf(network, halves, sumsAt(moveTo("at", t), state), t)[side];
    const { uu, ww, uw, area } = sideAt(0);
    const { xx, xy } = halves[side];
    const ofSide = { xx, xy, yy: xx === 0 ? 0 : (xy / Math.sqrt(xx)) ** 2, offDirection: 0, projected: false };
    const { activation: _, ...linear } = network;
    return {
      ...common,
      problem: { network: linear, task: ofSide, initial: { uu, ww, uw, area } },
      at: sideAt,
      [oneSide]: true,
    } as Flow;
  };
  const flow = {
    ...common,
    problem: { network, task, initial },
    ...notesOf(task),
    work: {
      steps: total(pieces, ({ steps }) => steps),
      rejected: total(pieces, ({ rejected }) => rejected),
      evaluations: total(pieces, ({ evaluations }) => evaluations),
    },
    at,
    weights,
    events,
    halves: { positive: half("positive"), negative: half("negative") },
    [halfLines]: problem,
  };
  return finished(flow as unknown as IntegratedHalfLineFlow, { ...last, end }, read);
}

function total(pieces: readonly Piece[], of: (integration: Integration) => number): number {
  return pieces.reduce((sum, { integration }) => sum + of(integration), 0);
}

/** The initial weights of a problem that can be integrated. */
function readStart({ network, halves, initial }: HalfLineProblem, { schedules }: ReadOptions): Weights {
  const name = nameOfActivation(network.activation);
  const instead = "or call gradientDescent with small steps";
  if (!hasNeurons(initial))
    return unmet(
      "order parameters do not tell neurons apart, each of which has a kink of its own",
      "pass initial weights { u, w }",
    );
  if (!isSquared(network)) unmet(`under ${name} only squared losses are integrated`, `pass loss "mse" or "half-mse"`);
  if (hasDecay(network)) unmet(`under ${name} weight decay is not integrated`, `leave it out, ${instead}`);
  if (schedules !== undefined)
    unmet(`under ${name} layers with schedules of their own are not integrated`, `use withSchedule, ${instead}`);
  const { outputScale, learningRates: rates } = network;
  const moments = [halves.positive, halves.negative].flatMap(({ xx, xy }) => [xx, xy]);
  for (const x of [outputScale, rates.u, rates.w, ...moments].map(Math.abs)) checkSize(x, SMALL);
  for (const layer of [initial.u, initial.w]) checkSize(largestOf(layer), SMALL_LAYER);
  return initial;
}

/** Numbers of a problem are at least this, and at most its inverse: products of several are then in range. */
const SMALL = 1e-20;

/** Layers may start smaller, because of them only squares are taken. */
const SMALL_LAYER = 1e-120;

function checkSize(x: number, least: number): void {
  const what = `a product of numbers of the problem, one of which is ${x},`;
  if (x >= 1 / SMALL) overflows(what);
  if (x !== 0 && x <= least)
    throw failure("out-of-range", `${what} underflows double precision; rescale the layers and the output scale.`);
}

function stopsOf({ lossBelow, normAbove }: ReadOptions, at: (y: Float64Array) => HalfLineSnapshot): StopEvent[] {
  const stops: StopEvent[] = [];
  if (lossBelow !== undefined) stops.push({ status: "loss-below", value: (_t, y) => at(y).loss - lossBelow });
  if (normAbove !== undefined)
    stops.push({
      status: "out-of-range",
      value: (_t, y) => {
        const { uu, ww } = at(y);
        return normAbove - Math.sqrt(Math.max(uu, ww));
      },
    });
  return stops;
}
