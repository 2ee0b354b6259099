import { type AbortSignalLike, readWatch } from "../door/abort.ts";
import { readBoolean, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { type Random, randomFrom, type Seed } from "../door/seeds.ts";
import { readLayerSchedules, readSchedule } from "../model/readSchedule.ts";
import type { LayerSchedules, Schedule, ScheduleLike } from "../model/schedule.ts";
import { readMomentum } from "./momentum.ts";
import { readSteps, snapped } from "./stepCount.ts";

/** The options of gradient descent. Weight decay is a property of the network. */
export interface DescentOptions {
  /** The step size, above 0. It is multiplied by each layer's learning rate. */
  readonly stepSize: number;
  /** The number of steps ≥ 0, an integer up to the rounding of a quotient such as 0.3/0.1. */
  readonly steps: number;
  /** μ in v ← μv + gradient, θ ← θ − step·rate·v, from 0 (default) to below 1. */
  readonly momentum?: number | undefined;
  /** Nesterov's momentum: θ ← θ − step·rate·(gradient + μv) (default false). */
  readonly nesterov?: boolean | undefined;
  /**
   * A factor on the step size as a function of the time step·stepSize: one schedule for both layers, or one
   * for each. A step that begins at one of the schedule's `breaks`, up to rounding, has the factor after the
   * break.
   */
  readonly schedule?: ScheduleLike | LayerSchedules<ScheduleLike> | undefined;
  /**
   * Mini-batches of this size, drawn without replacement in a new order in every epoch. The last batch of an
   * epoch may be smaller.
   */
  readonly batch?: { readonly size: number; readonly seed: Seed } | undefined;
  /** New normal noise of this standard deviation on every target in every step. */
  readonly labelNoise?: { readonly std: number; readonly seed: Seed } | undefined;
  /** Keep every k-th step (default 1: all of them). */
  readonly recordEvery?: number | undefined;
  /** Keep this many steps per factor of 10, instead of every k-th. */
  readonly recordPerDecade?: number | undefined;
  /** Called once per million steps; with several inputs or outputs, about once per 10⁸ multiplications. */
  readonly onProgress?: ((progress: { readonly step: number; readonly steps: number }) => void) | undefined;
  /** Ends the descent with status `"aborted"`. It is checked whenever progress is reported. */
  readonly signal?: AbortSignalLike | undefined;
}

/** The checked options. */
export interface Plan {
  readonly stepSize: number;
  readonly steps: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly schedules: LayerSchedules | undefined;
  /** Whether both layers follow the same schedule. */
  readonly together: boolean;
  readonly batch: { readonly size: number; readonly random: Random } | undefined;
  readonly noise: { readonly std: number; readonly random: Random } | undefined;
  /** The next step to keep after this one. */
  readonly nextRecord: (step: number) => number;
  /** The largest number of rows that are kept. A completed run with recordEvery keeps exactly this number. */
  readonly rows: number;
  readonly onProgress: DescentOptions["onProgress"];
  readonly signal: AbortSignalLike | undefined;
}

const NAMES = [
  "stepSize",
  "steps",
  "momentum",
  "nesterov",
  "schedule",
  "batch",
  "labelNoise",
  "recordEvery",
  "recordPerDecade",
  "onProgress",
  "signal",
] as const;

/** The largest number of rows for which every column fits in memory. */
const MAX_ROWS = 1e8;

export function readPlan(options: unknown): Plan {
  const fields = readRecord("options", options, NAMES);
  const stepSize = readNumber("stepSize", fields.stepSize, { above: 0 });
  const steps = readSteps(fields.steps);
  const momentum = readMomentum(fields.momentum);
  return {
    stepSize,
    steps,
    momentum,
    nesterov: readBoolean("nesterov", fields.nesterov ?? false),
    ...readSchedules(fields.schedule),
    batch: readBatch(fields.batch),
    noise: readNoise(fields.labelNoise),
    ...readRecording(steps, fields.recordEvery, fields.recordPerDecade),
    ...readWatch<{ readonly step: number; readonly steps: number }>(fields.onProgress, fields.signal, "{ step, steps }"),
  };
}

function readSchedules(schedule: unknown): Pick<Plan, "schedules" | "together"> {
  if (schedule === undefined) return { schedules: undefined, together: true };
  const isPair = typeof schedule !== "function" && Object.keys(readRecord("schedule", schedule)).some(isLayer);
  if (isPair) {
    const { u, w } = readLayerSchedules(schedule, "schedule");
    return { schedules: { u: atSteps(u), w: atSteps(w) }, together: false };
  }
  const both = atSteps(readSchedule(schedule));
  return { schedules: { u: both, w: both }, together: true };
}

const isLayer = (key: string): boolean => key === "u" || key === "w";

/** The schedule at the times of steps: 57 steps of 0.01 end at 0.57, although 57·0.01 is rounded down. */
function atSteps(schedule: Schedule): Schedule {
  const breaks = schedule.breaks ?? [];
  if (breaks.length === 0) return schedule;
  const meant = (t: number): number => breaks.find((jump) => snapped(t / jump) === 1) ?? t;
  return { ...schedule, factor: (t) => schedule.factor(meant(t)) };
}

function readBatch(batch: unknown): Plan["batch"] {
  if (batch === undefined) return undefined;
  const { size, seed } = readRecord("batch", batch, ["size", "seed"]);
  return {
    size: readNumber("batch.size", size, { min: 1, integer: true }),
    random: randomFrom(seed, "mini-batches"),
  };
}

function readNoise(noise: unknown): Plan["noise"] {
  if (noise === undefined) return undefined;
  const { std, seed } = readRecord("labelNoise", noise, ["std", "seed"]);
  return { std: readNumber("labelNoise.std", std, { min: 0 }), random: randomFrom(seed, "label noise") };
}

function readRecording(steps: number, every: unknown, perDecade: unknown): Pick<Plan, "nextRecord" | "rows"> {
  if (every !== undefined && perDecade !== undefined) reject("recordEvery and recordPerDecade are both given; pass one");
  if (perDecade === undefined) {
    const stride = readNumber("recordEvery", every ?? 1, { min: 1, integer: true });
    if (steps / stride > MAX_ROWS)
      refuse("recordEvery", stride, `pass a larger recordEvery, for at most ${MAX_ROWS} rows, or recordPerDecade`);
    return { nextRecord: (step) => Math.min(steps, step + stride), rows: Math.ceil(steps / stride) + 1 };
  }
  const count = readNumber("recordPerDecade", perDecade, { min: 1, max: 1e6, integer: true });
  const nextRecord = (step: number): number => {
    // The first step of the grid 10^(j/count) after this one.
    let j = step === 0 ? 0 : Math.floor(count * Math.log10(step));
    while (Math.round(10 ** (j / count)) <= step) j++;
    return Math.min(steps, Math.round(10 ** (j / count)));
  };
  return { nextRecord, rows: steps + 1 };
}
