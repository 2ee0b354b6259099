import { type AbortSignalLike, readWatch } from "../door/abort.ts";
import { readBoolean, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { type Random, randomFrom, type Seed } from "../door/seeds.ts";
import { readLayerSchedules, readSchedule } from "../model/readSchedule.ts";
import type { LayerSchedules, Schedule, ScheduleLike } from "../model/schedule.ts";
import { readMomentum } from "./momentum.ts";
import { readSteps, snapped } from "./stepCount.ts";

/** How gradient descent runs; weight decay is the network's. */
export interface DescentOptions {
  /** The step size, above 0; each layer's rate multiplies it. */
  readonly stepSize: number;
  /** How many steps, ≥ 0: a whole number, but for the rounding of a quotient such as 0.3/0.1. */
  readonly steps: number;
  /** μ in v ← μv + gradient, θ ← θ − step·rate·v, from 0 (default) to below 1. */
  readonly momentum?: number | undefined;
  /** Nesterov's momentum: θ ← θ − step·rate·(gradient + μv) (default false). */
  readonly nesterov?: boolean | undefined;
  /**
   * A factor on the step size, by the time step·stepSize: one schedule for both layers, or one each. A step
   * that begins at one of the schedule's `breaks`, up to rounding, has the factor after it.
   */
  readonly schedule?: ScheduleLike | LayerSchedules<ScheduleLike> | undefined;
  /**
   * Mini-batches of this size, drawn without replacement and anew in every epoch; the last of an epoch may be
   * smaller.
   */
  readonly batch?: { readonly size: number; readonly seed: Seed } | undefined;
  /** Fresh normal noise of this standard deviation on every target in every step. */
  readonly labelNoise?: { readonly std: number; readonly seed: Seed } | undefined;
  /** Keep every k-th step (default 1: all of them). */
  readonly recordEvery?: number | undefined;
  /** Keep so many steps in every factor of 10, instead of every k-th. */
  readonly recordPerDecade?: number | undefined;
  /** Told every million steps; of several inputs and outputs about every 10⁸ multiplications. */
  readonly onProgress?: ((progress: { readonly step: number; readonly steps: number }) => void) | undefined;
  /** Ends the descent where it stands, seen whenever progress is told: status `"aborted"`. */
  readonly signal?: AbortSignalLike | undefined;
}

/** The options as they are read. */
export interface Plan {
  readonly stepSize: number;
  readonly steps: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly schedules: LayerSchedules | undefined;
  /** Both layers follow the same schedule. */
  readonly together: boolean;
  readonly batch: { readonly size: number; readonly random: Random } | undefined;
  readonly noise: { readonly std: number; readonly random: Random } | undefined;
  /** The step to be kept after this one. */
  readonly nextRecord: (step: number) => number;
  /** How many rows at most are kept: exactly so many by a run that is completed under recordEvery. */
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

/** So many rows fit a column of every kind. */
const MAX_ROWS = 1e8;

export function readPlan(options: unknown): Plan {
  const given = readRecord("options", options, NAMES);
  const stepSize = readNumber("stepSize", given.stepSize, { above: 0 });
  const steps = readSteps(given.steps);
  const momentum = readMomentum(given.momentum);
  return {
    stepSize,
    steps,
    momentum,
    nesterov: readBoolean("nesterov", given.nesterov ?? false),
    ...readSchedules(given.schedule),
    batch: readBatch(given.batch),
    noise: readNoise(given.labelNoise),
    ...readRecording(steps, given.recordEvery, given.recordPerDecade),
    ...readWatch<{ readonly step: number; readonly steps: number }>(given.onProgress, given.signal, "{ step, steps }"),
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

/** The schedule as steps see it: 57 steps of 0.01 end at 0.57, although 57·0.01 is rounded to less. */
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
    if (steps / stride > MAX_ROWS) refuse("recordEvery", stride, `pass one for at most ${MAX_ROWS} rows, or recordPerDecade`);
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
