/**
 * Combines solved stages into one flow. At the time between two stages the later one applies. A target is met
 * when a stage meets it. A fraction of the excess loss refers to the initial excess loss of the first stage.
 */
import { requireTime } from "../door/arguments.ts";
import { FeatureLearningError } from "../door/error.ts";
import type { DeepMatrixSnapshot } from "../model/deepMatrices.ts";
import type { DepthSnapshot } from "../model/depth.ts";
import type { HalfLineFlow, Target } from "../model/flow.ts";
import type { HalfLineSnapshot } from "../model/halfLineSnapshot.ts";
import type { MatrixSnapshot } from "../model/matrixSnapshot.ts";
import { notesOf } from "../model/notes.ts";
import {
  crossings,
  deepMatrices,
  depths,
  fill,
  halfLines,
  isDeepMatrixFlow,
  isDepthFlow,
  isHalfLineFlow,
  isMatrixFlow,
  lastFiniteTime,
  looks,
  matrices,
  turns,
  turnsOf,
} from "../model/protocol.ts";
import { atTime, type Snapshot, writeFields } from "../model/snapshot.ts";
import type { AnyStage } from "./chainStages.ts";
import { lookTimes } from "./lookTimes.ts";
import { isClosedForm, whenMet } from "./whenMet.ts";

/** A function that returns the stage at a time, for a method of the flow. */
export function stageFinder(stages: readonly AnyStage[], method: string): (t: number) => AnyStage {
  const { until } = stages.at(-1)!;
  return (t) => {
    requireTime(method, t);
    if (t > until) throw new FeatureLearningError("out-of-range", `${method}: t is ${t}; the chain ends at ${until}.`);
    return t < 0 ? stages[0]! : stages.findLast((stage) => stage.from <= t)!;
  };
}

type AnySeen = Snapshot | MatrixSnapshot | DepthSnapshot | DeepMatrixSnapshot | HalfLineSnapshot;

/** The chain without its weights. */
export function assembled(stages: readonly AnyStage[]): object {
  const [first, last] = [stages[0]!, stages.at(-1)!];
  const stageAt = stageFinder(stages, "at");
  const at = (t: number): AnySeen => {
    const stage = stageAt(t);
    return atTime<AnySeen>(stage.flow.at(t - stage.from), t);
  };
  const { status } = last.flow;
  return {
    method: stages.every(({ flow }) => flow.method === "exact") ? "exact" : "integrated",
    because: `${last.flow.because}, task by task`,
    problem: first.flow.problem,
    ...notesOf(...stages.map(({ flow }) => flow)),
    from: first.flow.from,
    until: last.until,
    ...(status === undefined ? {} : { status }),
    stages,
    limit: at(lastTime(last)),
    at,
    ...(stages.every(({ flow }) => isClosedForm(flow)) ? { [turns]: stages.flatMap(turnsIn) } : {}),
    [looks]: (count: number) => looksAt(stages, count),
    [crossings]: (target: Target) => stages.flatMap((stage) => crossingsIn(stage, target, first, stage === last)),
    ...(isMatrixFlow(first.flow)
      ? { [matrices]: first.flow[matrices] }
      : isHalfLineFlow(first.flow)
        ? { ...halvesOf(stages), [halfLines]: first.flow[halfLines] }
        : isDepthFlow(first.flow)
          ? { [depths]: first.flow[depths] }
          : isDeepMatrixFlow(first.flow)
            ? { [deepMatrices]: first.flow[deepMatrices] }
            : {
                [fill](times: Float64Array, values: Float64Array): void {
                  for (let i = 0; i < times.length; i++) writeFields(at(times[i]!) as Snapshot, values, i, times.length);
                },
              }),
  };
}

/** The sides and the events of stages with a kink at 0. */
function halvesOf(stages: readonly AnyStage[]): object {
  const half = (side: "positive" | "negative"): object =>
    assembled(stages.map(({ from, until, flow }) => ({ from, until, flow: (flow as HalfLineFlow).halves[side] })));
  const events = stages.flatMap(({ from, until, flow }) =>
    (flow as HalfLineFlow).events.map((event) => ({ ...event, t: from + event.t })).filter(({ t }) => t <= until),
  );
  return { halves: { positive: half("positive"), negative: half("negative") }, events };
}

/** The end; for several inputs or outputs whose weights grow for ever, the last step. */
function lastTime({ from, until, flow }: AnyStage): number {
  const last = isMatrixFlow(flow) && until === Infinity ? lastFiniteTime(flow) : undefined;
  return last === undefined ? until : from + last;
}

/** The times at which a stage's overlap may turn back, in the chain's time. */
function turnsIn({ from, until, flow }: AnyStage): number[] {
  const inside = turnsOf(flow).map((t) => from + t);
  return [...(from > 0 ? [from] : []), ...inside.filter((t) => t > from && t < until)];
}

function looksAt(stages: readonly AnyStage[], count: number): Float64Array {
  const times = stages.flatMap(({ from, until, flow }) =>
    Array.from(lookTimes(flow, count), (t) => from + t).filter((t) => t >= from && t < until),
  );
  return Float64Array.from([...times, lastTime(stages.at(-1)!)]);
}

/** A stage's crossings, in the chain's time. Loss fractions are of the first stage's initial excess loss. */
function crossingsIn(stage: AnyStage, target: Target, first: AnyStage, isLast: boolean): number[] {
  const local = "excessLossFraction" in target ? fractionIn(stage, target.excessLossFraction, first) : target;
  const length = stage.until - stage.from;
  return whenMet(stage.flow, local)
    .filter((t) => t < length || (isLast && t === length))
    .map((t) => stage.from + t);
}

function fractionIn(stage: AnyStage, fraction: number, first: AnyStage): Target {
  if (stage === first) return { excessLossFraction: fraction };
  const share = first.flow.at(0).excessLoss / stage.flow.at(0).excessLoss;
  return { excessLossFraction: Number.isFinite(share) ? fraction * share : Infinity };
}
