/**
 * From y(t₀) to y(t₁) in steps whose error is what was asked for. A step of error e (1 is what is allowed) is followed by one
 *
 *     h' = h · 0.9 · e^{−0.7/q} · e_before^{0.4/q}
 *
 * times as long, the PI control of [Gustafsson1991]; q is the order of the estimate. Only the beginnings of the steps are kept: to look
 * in between, a step is repeated.
 */
import type { AbortSignalLike } from "../../door/abort.ts";
import { bisect } from "../../numerics/bisect.ts";
import { dormandPrince54 } from "./dormandPrince54.ts";
import { dormandPrince853 } from "./dormandPrince853.ts";
import { largestOf, type Stepper, type System, stepperOf } from "./stepper.ts";
import type { Tableau } from "./tableau.ts";

/** The methods by name. */
export const methods: Readonly<Record<"dop853" | "dopri5", Tableau>> = { dop853: dormandPrince853, dopri5: dormandPrince54 };

/** How an integration ended: four ways that were asked for, and four that were not. */
export type IntegrationStatus =
  | "completed"
  | "converged"
  | "loss-below"
  | "out-of-range"
  | "aborted"
  | "max-steps"
  | "not-finite"
  | "step-too-small";

/** What is told while an integration runs. */
export interface IntegrationProgress {
  /** The time that is reached. */
  readonly t: number;
  /** The time to reach; Infinity where the flow runs until it has converged. */
  readonly until: number;
  /** Steps so far. */
  readonly steps: number;
}

/** Stops where `value` reaches 0 from above. */
export interface StopEvent {
  readonly status: "loss-below" | "out-of-range" | "converged";
  readonly value: (t: number, y: Float64Array) => number;
}

export interface IntegrationOptions {
  readonly until: number;
  readonly rtol: number;
  readonly atol: number;
  readonly maxSteps: number;
  readonly method: keyof typeof methods;
  /** Stop where what remains of the flow is a tenth of the tolerance; for systems that do not depend on t. */
  readonly converge: boolean;
  /** Times at which f may jump: no step goes over one. */
  readonly breaks: readonly number[];
  readonly events: readonly StopEvent[];
  readonly onProgress: ((progress: IntegrationProgress) => void) | undefined;
  readonly signal: AbortSignalLike | undefined;
}

export interface Integration {
  readonly status: IntegrationStatus;
  /** The time at which it ended. */
  readonly end: number;
  readonly steps: number;
  readonly rejected: number;
  readonly evaluations: number;
  /** When each step began, and the end. */
  readonly times: Float64Array;
  /** Writes y(t) to `out`; y(end) for later times. */
  read(t: number, out: Float64Array): void;
}

/** Progress is told, and an abort seen, every so many steps. */
const STRIDE = 64;

export function integrate(system: System, initial: Float64Array, options: IntegrationOptions): Integration {
  const { until, rtol, atol, maxSteps, events } = options;
  const { dimension: n } = system;
  const tableau = methods[options.method];
  const stepper = stepperOf(tableau, system);
  const kept = new Kept(n);
  const size = system.size ?? largestOf;
  // Weights whose product underflows have no size: then a turn is as good as its own.
  const allowed = (y: Float64Array): number => {
    const unit = system.unit?.(y) ?? 1;
    return unit > 0 ? (atol + rtol * size(y)) / unit : atol + rtol;
  };
  const scaleOf = (y: Float64Array): number => size(y) / (system.unit?.(y) ?? 1) || 1;
  const breaks = [...options.breaks.filter((time) => time > 0 && time < until), until];
  const y = Float64Array.from(initial);
  let t = 0;
  let steps = 0;
  let rejected = 0;
  let failures = 0;
  let before = 1;
  const finish = (status: IntegrationStatus, end: number): Integration => ({
    status,
    end,
    steps,
    rejected,
    evaluations: stepper.evaluations,
    times: kept.times(end),
    read: reader(kept, () => stepperOf(tableau, system), y.slice(), end),
  });

  const met = events.find((event) => event.value(0, y) <= 0);
  if (met !== undefined) return finish(met.status, 0);
  stepper.begin(0, y);
  let tolerance = allowed(y);
  let speed = largestOf(stepper.slope);
  if (!Number.isFinite(speed) || !Number.isFinite(tolerance)) return finish("not-finite", 0);
  let h = firstStep(system, stepper.slope, y, scaleOf(y), until);
  if (options.converge && speed === 0) return finish("converged", 0);

  for (;;) {
    if (t >= until) return finish("completed", until);
    if (steps >= maxSteps) return finish("max-steps", t);
    const barrier = breaks.find((time) => time > t)!;
    const left = barrier - t;
    const size1 = h > 0.99 * left ? left : h > left / 2 ? left / 2 : h;
    if (!(size1 > 4 * Number.EPSILON * t) || size1 === 0) return finish(failures > 0 ? "not-finite" : "step-too-small", t);

    const error = stepper.attempt(t, y, size1) / tolerance;
    if (!Number.isFinite(error + largestOf(stepper.next) + largestOf(stepper.endSlope))) {
      failures++;
      rejected++;
      h = size1 / 10;
      if (failures > 40) return finish("not-finite", t);
      continue;
    }
    const long = tooLong(stepper, y, size1, tolerance);
    if (error > 1 || long > 1) {
      rejected++;
      failures = 0;
      h = size1 * Math.max(0.1, Math.min(0.9 * error ** (-1 / tableau.errorOrder), 0.9 / long));
      continue;
    }
    const next = size1 === left ? barrier : t + size1;
    kept.add(t, y);
    steps++;
    failures = 0;
    const crossed = events.find((event) => event.value(next, stepper.next) <= 0);
    if (crossed !== undefined) {
      stepper.connect(t, y, size1);
      const from = y.slice();
      const { first: x } = bisect(
        (share) => {
          stepper.between(from, share, y);
          return crossed.value(t + share * size1, y) > 0;
        },
        0,
        1,
      );
      stepper.between(from, x, y);
      return finish(crossed.status, t + x * size1);
    }
    y.set(stepper.next);
    t = next;
    // Over a jump of f the slope is another one.
    if (next === barrier && next < until) stepper.begin(t, y);
    else stepper.accept();
    const floor = Math.max(error, 1e-10);
    const factor = 0.9 * floor ** (-0.7 / tableau.errorOrder) * before ** (0.4 / tableau.errorOrder);
    h = Math.min(1.7e308, Math.max(h, size1) * Math.min(6, Math.max(0.2, factor)));
    before = Math.max(error, 1e-4);
    tolerance = allowed(y);

    const faster = speed;
    speed = largestOf(stepper.slope);
    if (options.converge) {
      const measured = Math.log(faster / speed) / size1;
      const rate = Math.min(measured, system.slowest?.(y) ?? Infinity);
      if (speed === 0 || (rate > 0 && speed / rate <= 0.1 * tolerance)) return finish("converged", t);
    }
    if (steps % STRIDE === 0) {
      options.onProgress?.({ t, until, steps });
      if (options.signal?.aborted === true) return finish("aborted", t);
    }
  }
}

/** Over a step longer than this, in relaxation times, the polynomial between its ends swings far beyond them. */
const RELAXATIONS = 2;

/** By how much a step is longer than that, where it moves by more than rounding can see. */
function tooLong({ next, slope, endSlope }: Stepper, y: Float64Array, h: number, tolerance: number): number {
  let moved = 0;
  let bent = 0;
  for (let i = 0; i < y.length; i++) {
    moved = Math.max(moved, Math.abs(next[i]! - y[i]!));
    bent = Math.max(bent, Math.abs(endSlope[i]! - slope[i]!));
  }
  return moved > 0.1 * tolerance ? (h * bent) / moved / RELAXATIONS : 0;
}

/** A first step: over it y would move by a tenth of its size, or f by half of itself, whichever comes first. */
function firstStep(system: System, slope: Float64Array, y: Float64Array, size: number, until: number): number {
  const speed = largestOf(slope);
  if (speed === 0) return Math.min(until, 1);
  const trial = Math.min(until, (0.001 * size) / speed);
  const ahead = y.map((value, i) => value + trial * slope[i]!);
  const there = new Float64Array(y.length);
  system.derivative(trial, ahead, there);
  const bent = largestOf(there.map((value, i) => value - slope[i]!)) / speed;
  return Math.min(until, 100 * trial, bent > 0 ? (0.5 * trial) / bent : Infinity);
}

/** The beginnings of the steps, in room that doubles. */
class Kept {
  count = 0;
  private t: Float64Array = new Float64Array(64);
  private y: Float64Array;
  private readonly n: number;

  constructor(n: number) {
    this.n = n;
    this.y = new Float64Array(64 * n);
  }

  add(t: number, y: Float64Array): void {
    if (this.count === this.t.length) {
      this.t = grown(this.t);
      this.y = grown(this.y);
    }
    this.t[this.count] = t;
    this.y.set(y, this.count * this.n);
    this.count++;
  }

  times(end: number): Float64Array {
    const all = new Float64Array(this.count + 1);
    all.set(this.t.subarray(0, this.count));
    all[this.count] = end;
    return all;
  }

  state(i: number): Float64Array {
    return this.y.subarray(i * this.n, (i + 1) * this.n);
  }

  /** The step that begins at or before t. */
  stepAt(t: number): number {
    let low = 0;
    let high = this.count;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.t[middle]! <= t) low = middle;
      else high = middle;
    }
    return low;
  }

  start(i: number): number {
    return this.t[i]!;
  }
}

function grown(array: Float64Array): Float64Array {
  const larger = new Float64Array(2 * array.length);
  larger.set(array);
  return larger;
}

/** Reads the solution at any time by repeating the step it lies in; the last one is remembered. */
function reader(
  kept: Kept,
  makeStepper: () => Stepper,
  final: Float64Array,
  end: number,
): (t: number, out: Float64Array) => void {
  let stepper: Stepper | undefined;
  let ready = -1;
  let h = 0;
  return (t, out) => {
    if (t >= end || kept.count === 0) {
      out.set(final);
      return;
    }
    const i = kept.stepAt(t);
    const y = kept.state(i);
    const from = kept.start(i);
    if (t === from) {
      out.set(y);
      return;
    }
    stepper ??= makeStepper();
    if (i !== ready) {
      h = (i + 1 < kept.count ? kept.start(i + 1) : end) - from;
      stepper.begin(from, y);
      stepper.attempt(from, y, h);
      stepper.connect(from, y, h);
      ready = i;
    }
    stepper.between(y, (t - from) / h, out);
  };
}
