import { readChoice, readNumber, readPair, readRecord, refuse, reject } from "../door/arguments.ts";
import type { LayerScale } from "../initial/readScale.ts";
import { readScale } from "../initial/readScale.ts";
import { readTask, type Task } from "../model/task.ts";

/** Where a network is wanted: at least one of these. */
export interface DesignTarget {
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
  readonly target: DesignTarget;
  readonly task: Task;
  readonly given: Given;
  readonly loss: "mse" | "half-mse";
  readonly fraction: number;
}

export interface Given {
  readonly outputScale: number | undefined;
  readonly rates: { readonly u: number; readonly w: number } | undefined;
  readonly scale: { readonly u: number; readonly w: number } | undefined;
  readonly width: number;
  readonly overlap: number | undefined;
}

const TARGETS = { kernelRatio: { above: 0 }, learningTime: { above: 0 }, plateau: { above: 0 }, balance: {} } as const;

export function readBrief(value: unknown): Brief {
  const given = readRecord("options", value, ["target", "task", "given", "loss", "excessLossFraction"]);
  const fraction = readNumber("excessLossFraction", given.excessLossFraction ?? 0.5, { above: 0 });
  if (fraction >= 1) reject(`excessLossFraction is ${fraction}; pass a number below 1`);
  return {
    target: readTarget(given.target),
    task: readTask("task", given.task ?? { xx: 1, xy: 1, yy: 1 }),
    given: readGiven(given.given ?? {}),
    loss: readChoice("loss", given.loss ?? "mse", ["mse", "half-mse"]),
    fraction,
  };
}

function readTarget(value: unknown): DesignTarget {
  const names = Object.keys(TARGETS) as (keyof DesignTarget)[];
  const record = readRecord("target", value, names);
  const wanted = names.filter((name) => record[name] !== undefined);
  if (wanted.length === 0) reject(`target is empty; pass one or more of ${names.join(", ")}`);
  return Object.fromEntries(wanted.map((name) => [name, readNumber(`target.${name}`, record[name], TARGETS[name])]));
}

function readGiven(value: unknown): Given {
  const record = readRecord("given", value, ["outputScale", "learningRates", "scale", "width", "overlap"]);
  const optional = <T>(field: unknown, read: () => T): T | undefined => (field === undefined ? undefined : read());
  const outputScale = optional(record.outputScale, () => readNumber("given.outputScale", record.outputScale));
  if (outputScale === 0) reject("given.outputScale is 0; pass another number: at 0 nothing learns");
  const scale = optional(record.scale, () => readScale(record.scale));
  for (const layer of ["u", "w"] as const) if (scale?.[layer] === 0) refuse(`given.scale.${layer}`, 0, "pass a number above 0");
  const overlap = optional(record.overlap, () => readNumber("given.overlap", record.overlap, { above: -1, max: 1 }));
  return {
    outputScale,
    rates: optional(record.learningRates, () => readPair("given.learningRates", record.learningRates, { above: 0 })),
    scale,
    width: readNumber("given.width", record.width ?? 1000, { min: 1, max: 1e15, integer: true }),
    overlap,
  };
}
