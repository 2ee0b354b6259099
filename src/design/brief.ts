/** Reads the options of `design`: the target and the fixed quantities. */
import { readChoice, readNumber, readPair, readRecord, refuse, reject } from "../door/arguments.ts";
import { readScale } from "../initial/readScale.ts";
import type { Hyperparameters } from "../model/hyperparameters.ts";
import { isWeights, readInitial } from "../model/readInitial.ts";
import { readTask, type Task } from "../model/task.ts";
import type { OrderParameters, WeightsLike } from "../model/weights.ts";
import { type Goals, goalsOf } from "./goals.ts";
import type { DesignTarget } from "./target.ts";

/** The checked options of `design`. */
export interface Brief {
  /** The target in the form in which it was passed. */
  readonly target: DesignTarget;
  readonly goals: Goals;
  readonly task: Task;
  readonly given: Given;
  readonly loss: "mse" | "half-mse";
  readonly fraction: number;
}

/** The fixed hyperparameters and the fixed start; fields that `design` is to find are undefined. */
export interface Given {
  readonly outputScale: number | undefined;
  readonly learningRates: Hyperparameters["learningRates"] | undefined;
  readonly scale: Hyperparameters["scale"] | undefined;
  readonly width: number;
  readonly overlap: number | undefined;
  readonly initial: WeightsLike | OrderParameters | undefined;
}

const TARGETS = {
  kernelRatio: { above: 0 },
  learningTime: { above: 0 },
  plateau: { above: 0 },
  balance: {},
  kernelChange: { above: 0 },
} as const;

export function readBrief(value: unknown): Brief {
  const fields = readRecord("options", value, ["target", "task", "given", "loss", "excessLossFraction"]);
  const fraction = readNumber("excessLossFraction", fields.excessLossFraction ?? 0.5, { above: 0 });
  if (fraction >= 1) reject(`excessLossFraction is ${fraction}; pass a number below 1`);
  const target = readTarget(fields.target);
  const task = readTask("task", fields.task ?? { xx: 1, xy: 1, yy: 1 });
  const loss = readChoice("loss", fields.loss ?? "mse", ["mse", "half-mse"]);
  return {
    target,
    goals: goalsOf(target, fraction, task, loss === "mse" ? 1 : 0.5),
    task,
    given: readGiven(fields.given ?? {}),
    loss,
    fraction,
  };
}

function readTarget(value: unknown): DesignTarget {
  const numbers = Object.keys(TARGETS) as (keyof typeof TARGETS)[];
  const record = readRecord("target", value, [...numbers, "lossAt"]);
  const wanted = numbers.filter((name) => record[name] !== undefined);
  const lossAt = record.lossAt === undefined ? {} : { lossAt: readLossAt(record.lossAt) };
  if (wanted.length === 0 && record.lossAt === undefined)
    reject(`target is empty; pass one or more of ${[...numbers, "lossAt"].join(", ")}`);
  for (const pair of [["kernelChange", "kernelRatio"] as const, ["learningTime", "lossAt"] as const])
    if (pair.every((name) => record[name] !== undefined)) reject(`target has ${pair.join(" and ")}; pass one of them`);
  const read = wanted.map((name) => [name, readNumber(`target.${name}`, record[name], TARGETS[name])]);
  return { ...(Object.fromEntries(read) as DesignTarget), ...lossAt };
}

function readLossAt(value: unknown): { time: number; loss: number } {
  const { time, loss } = readRecord("target.lossAt", value, ["time", "loss"]);
  return {
    time: readNumber("target.lossAt.time", time, { above: 0 }),
    loss: readNumber("target.lossAt.loss", loss, { above: 0 }),
  };
}

function readGiven(value: unknown): Given {
  const names = ["outputScale", "learningRates", "scale", "width", "overlap", "initial"] as const;
  const record = readRecord("given", value, names);
  const optional = <T>(field: unknown, read: () => T): T | undefined => (field === undefined ? undefined : read());
  const outputScale = optional(record.outputScale, () => readNumber("given.outputScale", record.outputScale));
  if (outputScale === 0) reject("given.outputScale is 0, and then nothing is learned; pass another number");
  for (const name of ["scale", "width", "overlap"] as const)
    if (record.initial !== undefined && record[name] !== undefined)
      reject(`given has initial and ${name}; leave ${name} out, because initial determines it`);
  const scale = optional(record.scale, () => readScale(record.scale));
  for (const layer of ["u", "w"] as const) if (scale?.[layer] === 0) refuse(`given.scale.${layer}`, 0, "pass a number above 0");
  const overlap = optional(record.overlap, () => readNumber("given.overlap", record.overlap, { above: -1, max: 1 }));
  return {
    outputScale,
    learningRates: optional(record.learningRates, () => readPair("given.learningRates", record.learningRates, { above: 0 })),
    scale,
    width: readNumber("given.width", record.width ?? 1000, { min: 1, max: 1e15, integer: true }),
    overlap,
    initial: optional(record.initial, () => readStart(record.initial)),
  };
}

/**
 * Weights, or order parameters without the other fields of a snapshot, which belong to the learning rates and
 * the output scale of the snapshot's network.
 */
function readStart(value: unknown): WeightsLike | OrderParameters {
  const initial = readInitial("given.initial", value);
  if (isWeights(initial)) return initial;
  const { uu, ww, uw, area } = initial;
  return area === undefined ? { uu, ww, uw } : { uu, ww, uw, area };
}
