/** Computes the result of a problem as a record, which the command writes as text, JSON or a table. */
import { readBoolean } from "../../door/arguments.ts";
import { FeatureLearningError, named } from "../../door/error.ts";
import { plateau } from "../../flow/plateau.ts";
import { type HalfLineWeightTrajectory, type MatrixWeightTrajectory, sample } from "../../flow/sample.ts";
import { solve } from "../../flow/solve.ts";
import { halfLife, timesTo } from "../../flow/timesTo.ts";
import { type MechanismOptions, mechanisms } from "../../mechanisms/mechanisms.ts";
import type { Mechanisms } from "../../mechanisms/report.ts";
import type { AnyFlow, ExactFamily, HalfLineFlow, NeuronEvent, Target, WithWeights } from "../../model/flow.ts";
import type { HalfLineTrajectory } from "../../model/halfLineSnapshot.ts";
import type { DepthTrajectory, MatrixTrajectory, Trajectory, WeightTrajectory } from "../../model/trajectory.ts";
import { type Regime, type RegimeOptions, regime } from "../../regimes/regime.ts";
import type { Ask } from "./problemFile.ts";
import type { ReadProblemFile } from "./readProblemFile.ts";
import { evenTimes } from "./timesText.ts";

/** The times at which a target is met. */
export interface TargetTimes {
  readonly target: Target;
  /** All times, in order; empty if the target is never met. */
  readonly times: readonly number[];
}

/** The solution of a problem. */
export interface SolveResult {
  /** The id of the problem. */
  readonly id?: string | number;
  /** The method of the solution. */
  readonly method: "exact" | "integrated";
  /** The reason for this method. */
  readonly because: string;
  /** The name of the closed form; absent when integrated. */
  readonly family?: ExactFamily;
  /** The rates of convergence (inverse time), the fastest first; absent when integrated. */
  readonly rates?: Float64Array;
  /** How the integration ended; absent when exact. */
  readonly status?: string;
  /** The last time at which the solution exists. */
  readonly until: number;
  /** Remarks on the problem, one sentence each. */
  readonly notes?: readonly string[];
  /** The network at time 0. */
  readonly start: ReturnType<AnyFlow["at"]>;
  /** The network at `until`: the limit t → ∞ of an exact solution. */
  readonly end: ReturnType<AnyFlow["at"]>;
  readonly regime?: Regime;
  readonly mechanisms?: Mechanisms;
  /** The time at which half of the excess loss remains; Infinity if it is never reached. */
  readonly halfLife?: number;
  /** The length of the initial plateau, in the flow's time. */
  readonly plateau?: number;
  readonly timesTo?: readonly TargetTimes[];
  /** The solution at the requested times, one column per field. */
  readonly trajectory?:
    | DepthTrajectory
    | Trajectory
    | WeightTrajectory
    | MatrixTrajectory
    | MatrixWeightTrajectory
    | HalfLineTrajectory
    | HalfLineWeightTrajectory;
  /** The times at which neurons reach their kink, for a network with a kink at 0. */
  readonly events?: readonly NeuronEvent[];
}

/** A problem that was not solved. */
export interface SolveFailure {
  /** The id of the problem, if it could be read. */
  readonly id?: string | number;
  readonly error: {
    /** As in `FeatureLearningError`; `"unexpected"` for an error of another kind, which is a bug. */
    readonly code: FeatureLearningError["code"] | "unexpected";
    readonly message: string;
  };
}

/** The output of the command for a problem. */
export type ResultFile = SolveResult | SolveFailure;

const DEFAULTS: Ask = { regime: true, mechanisms: true, halfLife: true };

/** Solves a checked problem. With `sampled`, the result has a trajectory even if no times were requested. */
export function solveFile(read: ReadProblemFile, sampled = false): SolveResult {
  const { id, problem, options, ask: asked } = read;
  const flow = solve(problem, options) as AnyFlow;
  const ask = asked ?? DEFAULTS;
  const { family, rates, status, notes, until } = flow;
  const { events } = flow as Partial<HalfLineFlow>;
  const times = read.times ?? (sampled ? evenTimes : undefined);
  return {
    ...(id === undefined ? {} : { id }),
    method: flow.method,
    because: flow.because,
    ...(family === undefined ? {} : { family }),
    ...(rates === undefined ? {} : { rates }),
    ...(status === undefined ? {} : { status }),
    until,
    ...(notes === undefined ? {} : { notes }),
    ...(events === undefined ? {} : { events }),
    start: flow.at(0),
    end: flow.at(until),
    ...asks(ask.regime, "regime", (chosen) => ({ regime: regime(flow, chosen as RegimeOptions) })),
    ...asks(ask.mechanisms, "mechanisms", (given) => ({ mechanisms: mechanisms(flow, given as MechanismOptions) })),
    ...asks(ask.halfLife, "halfLife", () => ({ halfLife: halfLife(flow) })),
    ...(asked === undefined ? plateauWhereKnown(flow) : asks(ask.plateau, "plateau", () => ({ plateau: plateau(flow) }))),
    ...(ask.timesTo === undefined ? {} : { timesTo: ask.timesTo.map((target) => ({ target, times: timesTo(flow, target) })) }),
    ...(times === undefined ? {} : { trajectory: sampleOf(flow, times.of(flow), ask.weights) }),
  };
}

/** The result of `compute` if the quantity is requested by `true` or by options. */
function asks<T extends object>(asked: unknown, name: string, compute: (options: object) => T): Partial<T> {
  if (asked === undefined) return {};
  if (typeof asked === "object" && asked !== null) return compute(asked);
  return named("solve", () => readBoolean(`ask.${name}`, asked)) ? compute({}) : {};
}

/** The plateau of a closed form of one direction, at any depth; undefined for other flows. */
function plateauWhereKnown(flow: AnyFlow): { readonly plateau?: number } {
  if (flow.family !== "one-direction" && flow.family !== "depth") return {};
  try {
    return { plateau: plateau(flow) };
  } catch (error) {
    if (error instanceof FeatureLearningError && error.code === "out-of-range") return {};
    throw error;
  }
}

function sampleOf(flow: AnyFlow, times: Float64Array, weights: unknown): NonNullable<SolveResult["trajectory"]> {
  if (weights === undefined || !named("solve", () => readBoolean("ask.weights", weights))) return sample(flow, times);
  return sample(flow as WithWeights<AnyFlow> as never, times, { weights: true }) as WeightTrajectory | MatrixWeightTrajectory;
}
