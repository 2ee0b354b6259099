/** What the library says of a state: the solution, and the verdicts in words. */
import {
  type AnySampled,
  type AnySolvedFlow,
  type DepthSnapshot,
  exactFlow,
  type HalfLineSnapshot,
  type Halves,
  integratedFlow,
  linearTimes,
  logarithmicTimes,
  type Mechanisms,
  type MechanismsOverTime,
  mechanisms,
  mechanismsOverTime,
  type NeuronEvent,
  network,
  type Problem,
  plateau,
  type Regime,
  regime,
  type Snapshot,
  sample,
  solve,
  type Trajectory,
  timeTo,
} from "feature-learning";
import { descentOf, type Plan, planOf, problemOf } from "./problem.ts";
import { decayAt, depthOf, hasDecay, hasKink, isShallow, power, type State } from "./state.ts";

/** A snapshot of a network that the explorer shows. */
type Shown = Snapshot | DepthSnapshot | HalfLineSnapshot;

/** A state with everything that is shown of it. */
export interface Solved {
  readonly state: State;
  readonly flow: AnySolvedFlow;
  readonly found: Regime;
  readonly learned: Mechanisms;
  /** What each mechanism has done by and by. */
  readonly split: () => MechanismsOverTime;
  readonly until: number;
  readonly plan: Plan | undefined;
  readonly descent: ReturnType<typeof descentOf> | undefined;
  readonly exact: AnySampled;
  /** With a kink at 0, the training of either side. */
  readonly sides: Halves<Trajectory> | undefined;
  /** How many logarithmic times the verdict is drawn from; undefined where the flow as a whole is asked. */
  readonly sampledAt: number | undefined;
  readonly rate: number | undefined;
  readonly start: Shown;
  readonly end: Shown;
}

/** As precise as a picture needs. */
const PRECISION = { rtol: 1e-6, maxSteps: 5000 } as const;

/** Solves a state; throws the library's error where that cannot be. */
export function solved(of: State): Solved {
  return hasDecay(of) ? decaying(of) : plain(of);
}

function plain(of: State): Solved {
  const problem = problemOf(of);
  const flow = solve(problem, PRECISION);
  const rate = "rate" in flow ? flow.rate : undefined;
  const until = endOf(flow);
  // A row of a deep network costs more: it has the curvature of all layers.
  const times = linearTimes(flow, { count: isShallow(of) ? 200 : 100, until });
  const exact = sample(flow, times);
  const sides =
    "halves" in flow
      ? { positive: sample(flow.halves.positive, times), negative: sample(flow.halves.negative, times) }
      : undefined;
  const split = () => mechanismsOverTime(flow, { times: linearTimes(flow, { count: 80, until }) });
  const learned = mechanisms(flow);
  const plan = planOf(flow, of, until);
  const descent = plan === undefined ? undefined : descentOf(problem, plan);
  const [start, end] = [flow.at(0), flow.at(Number.POSITIVE_INFINITY)] as [Shown, Shown];
  return {
    state: of,
    flow,
    found: regime(flow),
    learned,
    split,
    until,
    plan,
    descent,
    exact,
    sides,
    sampledAt: undefined,
    rate,
    start,
    end,
  };
}

/** When all but a ten-thousandth of what this training removes is gone. */
function endOf(flow: AnySolvedFlow): number {
  const left = flow.at(Number.POSITIVE_INFINITY).excessLoss / flow.at(0).excessLoss;
  const end = left < 1 ? timeTo(flow, { excessLossFraction: left + 1e-4 * (1 - left) }) : Number.POSITIVE_INFINITY;
  if (end > 0 && Number.isFinite(end)) return end;
  const rate = "rates" in flow ? (flow.rates?.find((one) => one > 0) ?? 0) : 0;
  return rate > 0 && Number.isFinite(10 / rate) ? 10 / rate : 1;
}

/** How many times a flow under weight decay is looked at. */
const COUNT = 300;

/**
 * Weight decay goes on long after the fit: it is shown on logarithmic time until the layers are balanced.
 * Asking for the whole flow would take too long for a redraw, so the verdicts are drawn from samples.
 */
function decaying(of: State): Solved {
  const problem = problemOf(of);
  const until = balancedBy(of, problem);
  const flow = integratedFlow(problem, { ...PRECISION, until, onFailure: "return" }) as AnySolvedFlow;
  const reached = Math.min(until, flow.until);
  const exact = sample(flow, [0, ...logarithmicTimes(flow, { count: COUNT, until: reached, from: reached / 1e5 })]);
  const plan = planOf(flow, of, reached);
  return {
    state: of,
    flow,
    found: regime(exact as Trajectory),
    learned: mechanisms(exact as Trajectory),
    split: () => mechanismsOverTime(exact as Trajectory),
    until: reached,
    plan,
    descent: plan === undefined ? undefined : descentOf(problem, plan),
    exact,
    sides: undefined,
    sampledAt: COUNT,
    rate: rateOf(problem),
    start: flow.at(0) as Shown,
    end: flow.at(reached) as Shown,
  };
}

/** The rate of the closed form, where there is one. */
function rateOf(problem: Problem): number | undefined {
  try {
    return (exactFlow(problem) as { rate?: number }).rate;
  } catch {
    return undefined;
  }
}

/** When the fit is over and the layers have had time to balance, which they do as e^{−2mt}. */
function balancedBy(of: State, problem: Problem): number {
  const without = solve({ ...problem, network: network({ ...problem.network, weightDecay: 0 }) }, PRECISION);
  const rates = { u: power(of.rateU), w: power(of.rateW) };
  const decay = { u: decayAt(of.decayU), w: of.decayEach ? decayAt(of.decayW) : decayAt(of.decayU) };
  const m = isShallow(of) ? rates.u * decay.u + rates.w * decay.w : (2 * rates.u * decay.u) / depthOf(of);
  return Math.max(2 * endOf(without), 5 / m);
}

/** What the discrete steps do, in words. */
function outcomeOf({ descent, exact, plan }: Solved): string {
  if (descent === undefined || plan === undefined) return "";
  const first = descent.loss[0]!;
  const highest = descent.loss.reduce((most, value) => Math.max(most, value), first);
  const size = `step size ${plan.stepSize}`;
  if (descent.status !== "completed") return `${size}: diverges`;
  // Under weight decay the loss of the flow itself may rise.
  if (highest > 1.01 * exact.loss.reduce((most, value) => Math.max(most, value), first))
    return `${size}: the loss rises to ${(highest / first).toPrecision(3)} times its start`;
  return `${size}: completed`;
}

/** Events in words: how many neurons do what, and when the first does. */
function eventsOf(events: readonly NeuronEvent[]): string {
  if (events.length === 0) return "no neuron reaches its kink";
  const parts = (["crosses", "dies", "returns"] as const).flatMap((kind) => {
    const of = events.filter((event) => event.kind === kind);
    return of.length === 0
      ? []
      : [`${of.length} ${of.length === 1 ? kind : plurals[kind]} (first at ${of[0]!.t.toPrecision(3)})`];
  });
  return parts.join(", ");
}

const plurals = { crosses: "cross", dies: "die", returns: "return" } as const;

/** The words for a reader who does not know the verdicts of the library. */
export const verdicts: Readonly<Record<Regime["regime"], string>> = {
  kernel: "lazy: a kernel machine",
  "feature-learning": "rich: it learns features",
  static: "static: nothing moves",
  undetermined: "undetermined",
};

const digits = (value: number): string => value.toPrecision(6);

/** Numbers and verdicts, by the names of their places on the page; empty where there is none of a network. */
export const facts: Readonly<Record<string, (of: Solved) => string>> = {
  regime: ({ found }) => found.regime,
  kernelChange: ({ found }) => digits(found.kernelChange),
  sides: ({ found: { halves } }) =>
    halves === undefined ? "" : `x > 0: ${halves.positive.regime}, x < 0: ${halves.negative.regime}`,
  dominant: ({ learned }) => learned.dominant,
  present: ({ learned }) => learned.present.join(", ") || "none",
  rate: ({ rate }) => (rate === undefined ? "" : digits(rate)),
  plateau: ({ flow, state }) =>
    flow.method === "exact" && !hasKink(state) ? digits(plateau(flow as Parameters<typeof plateau>[0])) : "",
  output: ({ end }) => ("output" in end ? digits(end.output) : ""),
  slopes: ({ end }) => ("slopes" in end ? `x > 0: ${digits(end.slopes.positive)}, x < 0: ${digits(end.slopes.negative)}` : ""),
  events: ({ flow }) => ("events" in flow ? eventsOf(flow.events) : ""),
  descent: outcomeOf,
};
