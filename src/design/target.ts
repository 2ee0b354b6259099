import { readChoice, readNumber, readPair, readRecord, refuse, reject, unmet } from "../door/arguments.ts";
import type { LayerScale } from "../initial/readScale.ts";
import { readScale } from "../initial/readScale.ts";
import { isWeights, readInitial } from "../model/readInitial.ts";
import { readTask, type Task } from "../model/task.ts";
import { unexplained } from "../model/unexplained.ts";
import type { OrderParameters, WeightsLike } from "../model/weights.ts";
import type { Shape, TimeGoals } from "./shape.ts";

/** Where a network is wanted: at least one of these. */
export interface DesignTarget {
  /**
   * The largest relative change of the kernel on the way, as `regime` measures it: 0.1 or less for a kernel
   * machine, 0.5 for a network halfway to feature learning. It stands for `kernelRatio`.
   */
  readonly kernelChange?: number;
  /**
   * The kernel at the end over the initial one, as `regime` measures it: 1 for a kernel machine, above 3 for
   * a plateau without overlap.
   */
  readonly kernelRatio?: number;
  /**
   * The time after which half of the loss that training can remove is gone (or `excessLossFraction` of it is
   * left), in the flow's time.
   */
  readonly learningTime?: number;
  /** The loss at a time, above what is left at the end: `{ time: 5, loss: 0.1 }`. It stands for `learningTime`. */
  readonly lossAt?: { readonly time: number; readonly loss: number };
  /** How long learning waits, as `plateau` measures it, above 0. */
  readonly plateau?: number;
  /**
   * δ = uu/η_u − ww/η_w, as in a snapshot: conserved, so the initial and the final balance of the layers in
   * one.
   */
  readonly balance?: number;
}

/** What a design may not choose. */
export interface DesignGiven {
  /** γ, not 0. */
  readonly outputScale?: number;
  /** η_u and η_w, or one number for both, inverse time. */
  readonly learningRates?: number | { readonly u: number; readonly w: number };
  /** Standard deviations σ_u and σ_w of the initial layers, or one number for both. */
  readonly scale?: LayerScale;
  /** The number of hidden neurons (default 1000); uu = width·σ_u² and ww = width·σ_w². */
  readonly width?: number;
  /**
   * 2hS₀/B₀, `start` in a regime's `place`: above −1, at most 1, above 0 where S₀ and S∞ are of one sign
   * (default 0: independent layers).
   */
  readonly overlap?: number;
  /**
   * A concrete start, in place of scale, width and overlap: weights or order parameters. The output scale, the
   * learning rates, or both are found for it.
   */
  readonly initial?: WeightsLike | OrderParameters;
}

/** What `design` takes. */
export interface DesignOptions {
  readonly target: DesignTarget;
  /** What is learned (default xx = xy = yy = 1); it must correlate. */
  readonly task?: Task;
  readonly given?: DesignGiven;
  readonly loss?: "mse" | "half-mse";
  /** The share of the excess loss that is left after the learning time (default ½). */
  readonly excessLossFraction?: number;
}

/** The same, read. */
export interface Brief {
  /** As it was passed. */
  readonly target: DesignTarget;
  readonly goals: Goals;
  readonly task: Task;
  readonly given: Given;
  readonly loss: "mse" | "half-mse";
  readonly fraction: number;
}

/** What the target asks of a network's shape, rate and balance. */
export interface Goals extends TimeGoals {
  /** B∞/B₀ − 1, and which target asks for it. */
  readonly growth?: number;
  readonly kernel: "kernelRatio" | "kernelChange";
  readonly balance?: number;
}

export interface Given {
  readonly outputScale: number | undefined;
  readonly rates: { readonly u: number; readonly w: number } | undefined;
  readonly scale: { readonly u: number; readonly w: number } | undefined;
  readonly width: number;
  readonly overlap: number | undefined;
  readonly initial: WeightsLike | OrderParameters | undefined;
}

const TARGETS = {
  kernelChange: { above: 0 },
  kernelRatio: { above: 0 },
  learningTime: { above: 0 },
  plateau: { above: 0 },
  balance: {},
} as const;

export function readBrief(value: unknown): Brief {
  const given = readRecord("options", value, ["target", "task", "given", "loss", "excessLossFraction"]);
  const fraction = readNumber("excessLossFraction", given.excessLossFraction ?? 0.5, { above: 0 });
  if (fraction >= 1) reject(`excessLossFraction is ${fraction}; pass a number below 1`);
  const target = readTarget(given.target);
  const task = readTask("task", given.task ?? { xx: 1, xy: 1, yy: 1 });
  const loss = readChoice("loss", given.loss ?? "mse", ["mse", "half-mse"]);
  return {
    target,
    goals: goalsOf(target, fraction, task, loss === "mse" ? 1 : 0.5),
    task,
    given: readGiven(given.given ?? {}),
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

/** The excess loss starts at k·xy²/xx·(1 − s/e)², so that a loss is a share of it that depends on the shape. */
function goalsOf(target: DesignTarget, fraction: number, task: Task, k: number): Goals {
  const { kernelChange, kernelRatio, learningTime, lossAt, plateau, balance } = target;
  const growth = kernelChange ?? (kernelRatio === undefined ? undefined : kernelRatio - 1);
  const time = learningTime ?? lossAt?.time;
  return {
    ...(growth === undefined ? {} : { growth }),
    ...(time === undefined ? {} : { learningTime: time }),
    ...(plateau === undefined ? {} : { plateau }),
    ...(balance === undefined ? {} : { balance }),
    kernel: kernelChange === undefined ? "kernelRatio" : "kernelChange",
    learning: lossAt === undefined ? "learningTime" : "lossAt",
    shareLeft: lossAt === undefined ? () => fraction : leftAt(lossAt.loss),
  };

  function leftAt(loss: number): (shape: Shape) => number {
    const least = k * unexplained(task);
    const most = k * task.xy * (task.xy / task.xx);
    if (!(loss > least)) unmet(`no network of this kind has a loss of ${loss}: at the end ${least} is left`, "ask for more");
    return ({ start, end }) => (loss - least) / most / (1 - start / end) ** 2;
  }
}

function readGiven(value: unknown): Given {
  const names = ["outputScale", "learningRates", "scale", "width", "overlap", "initial"] as const;
  const record = readRecord("given", value, names);
  const optional = <T>(field: unknown, read: () => T): T | undefined => (field === undefined ? undefined : read());
  const outputScale = optional(record.outputScale, () => readNumber("given.outputScale", record.outputScale));
  if (outputScale === 0) reject("given.outputScale is 0; pass another number: at 0 nothing learns");
  for (const name of ["scale", "width", "overlap"] as const)
    if (record.initial !== undefined && record[name] !== undefined)
      reject(`given has initial and ${name}; leave ${name} out, initial decides it`);
  const scale = optional(record.scale, () => readScale(record.scale));
  for (const layer of ["u", "w"] as const) if (scale?.[layer] === 0) refuse(`given.scale.${layer}`, 0, "pass a number above 0");
  const overlap = optional(record.overlap, () => readNumber("given.overlap", record.overlap, { above: -1, max: 1 }));
  return {
    outputScale,
    rates: optional(record.learningRates, () => readPair("given.learningRates", record.learningRates, { above: 0 })),
    scale,
    width: readNumber("given.width", record.width ?? 1000, { min: 1, max: 1e15, integer: true }),
    overlap,
    initial: optional(record.initial, () => readStart(record.initial)),
  };
}

/**
 * Weights, or the order parameters alone: what else a snapshot carries holds for the rates and the output
 * scale of its own network.
 */
function readStart(value: unknown): WeightsLike | OrderParameters {
  const initial = readInitial("given.initial", value);
  if (isWeights(initial)) return initial;
  const { uu, ww, uw, area } = initial;
  return area === undefined ? { uu, ww, uw } : { uu, ww, uw, area };
}
