/**
 * Integrates from y(t₀) to y(t₁) in steps with a given error. After a step of length h with error e, in units
 * of the tolerance, the next step has the length
 *
 *     h' = h · 0.9 · e^{−0.7/q} · e_before^{0.4/q}
 *
 * which is the PI control of [Gustafsson1991]; q is the order of the error estimate. Only the states at the
 * beginning of steps are kept, and for a large system only every n-th. Values in between are computed by
 * repeating a step.
 */
import type { AbortSignalLike } from "../../door/abort.ts";
import { bisect } from "../../numerics/bisect.ts";
import { dormandPrince54 } from "./dormandPrince54.ts";
import { dormandPrince853 } from "./dormandPrince853.ts";
import { MOST_STIFF, STIFF_ORDER, stiffStepperOf } from "./extrapolation.ts";
import { Kept, MOST_KEPT, reader } from "./kept.ts";
import { Rest } from "./rest.ts";
import { largestOf, type Stepper, type System, stepperOf } from "./stepper.ts";
import type { Tableau } from "./tableau.ts";
import { pointsBack, Wall } from "./wall.ts";

/** The methods by name. */
export const methods: Readonly<Record<"dop853" | "dopri5", Tableau>> = { dop853: dormandPrince853, dopri5: dormandPrince54 };

/** How an integration ended: five regular ends, and six failures or interruptions. */
export type IntegrationStatus =
  | "completed"
  | "converged"
  | "unbounded"
  | "loss-below"
  | "out-of-range"
  | "aborted"
  | "max-steps"
  | "not-finite"
  | "step-too-small"
  | "sliding"
  | "saddle";

/** The progress of an integration. */
export interface IntegrationProgress {
  /** The current time. */
  readonly t: number;
  /** The last time; Infinity if the flow runs until it has converged. */
  readonly until: number;
  /** Steps so far. */
  readonly steps: number;
}

/** Stops when `value` reaches 0 from above. */
export interface StopEvent {
  readonly status: "loss-below" | "out-of-range" | "converged";
  readonly value: (t: number, y: Float64Array) => number;
}

/** Whether a state at rest is a saddle that the flow leaves. */
export type Waits = (y: Float64Array, still?: boolean) => boolean;

export interface IntegrationOptions {
  readonly until: number;
  readonly rtol: number;
  readonly atol: number;
  readonly maxSteps: number;
  readonly method: keyof typeof methods;
  /** Stop when the remaining change of the state, in units of its size, is below a tenth of the tolerance. */
  readonly converge: boolean;
  /**
   * Whether a state goes to infinity, for a loss without a minimum: the residual is below a share of that at
   * output 0.
   */
  readonly escapes?: ((y: Float64Array, share: number) => boolean) | undefined;
  /**
   * Whether a state grows without end as a power of the time, so that it need not be followed any further.
   * `isLong`: after many steps.
   */
  readonly creeps?: ((t: number, y: Float64Array, isLong: boolean) => boolean) | undefined;
  /**
   * Whether a state at rest is a saddle that the flow leaves, although rounding holds the integration there;
   * with `still`, although its speed is 0 from the start.
   */
  readonly waits?: Waits | undefined;
  /** Times at which f may jump. No step crosses them. */
  readonly breaks: readonly number[];
  readonly events: readonly StopEvent[];
  /** The largest total of numbers that are kept (default 2²⁶). Fewer states are kept for a large system. */
  readonly numbersKept?: number;
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
  /** The time at which each step began, and the end. */
  readonly times: Float64Array;
  /** Writes y(t) to `out`; y(end) for later times. */
  read(t: number, out: Float64Array): void;
}

/**
 * The share of the tolerance that h times the defect of a step may reach if f may have kinks, because defects
 * add up.
 */
const DEFECT = 0.5;

/** Beyond this time, speeds underflow and times overflow. */
const END_OF_TIME = 1e290;

/** After this many steps a flow that grows without end is not followed any further. */
const PATIENCE = 10_000;

/** Progress is reported, and the signal is checked, once per this number of steps. */
const STRIDE = 64;

/** The smallest step, relative to the time. */
const LEAST = 16 * Number.EPSILON;

/**
 * A step that is longer than the one before by this factor is checked like a step near a kink, because in
 * about one of two thousand problems its error estimate vanishes by chance.
 */
const LEAP = 4;

export function integrate(system: System, initial: Float64Array, options: IntegrationOptions): Integration {
  const { until, rtol, atol, maxSteps, events } = options;
  const { dimension: n } = system;
  const tableau = methods[options.method];
  const explicit = stepperOf(tableau, system);
  let stepper: Stepper = explicit;
  let { errorOrder } = tableau;
  const kept = new Kept(n, options.numbersKept ?? MOST_KEPT);
  const size = (at: number, state: Float64Array): number => system.size?.(state, at) ?? largestOf(state);
  // If the product of the weights underflows, their size is 0, and a turn is measured in its own units.
  const allowed = (t: number, y: Float64Array): number => {
    const unit = system.unit?.(y, t) ?? 1;
    return unit > 0 ? (atol + rtol * size(t, y)) / unit : atol + rtol;
  };
  const scaleOf = (t: number, y: Float64Array): number => size(t, y) / (system.unit?.(y, t) ?? 1) || 1;
  const patience = Math.min(PATIENCE, maxSteps);
  const mayCreep = options.creeps !== undefined && system.mayBeStiff === true && n <= MOST_STIFF;
  const rest = options.converge ? new Rest(system) : undefined;
  const wall = system.rough === true ? new Wall() : undefined;
  const breaks = [...options.breaks.filter((time) => time > 0 && time < until), until];
  const y = Float64Array.from(initial);
  let t = 0;
  let steps = 0;
  let rejected = 0;
  let failures = 0;
  let before = 1;
  let last = Infinity;
  const firstSize = size(0, y);
  // Whether the weights are 0 in double precision.
  const vanished = (share: number): boolean => {
    const currentSize = size(t, y);
    return currentSize < share * firstSize || (currentSize < 1e-290 && currentSize < 1e-3 * firstSize);
  };
  const escapes = (share: number): boolean => options.escapes?.(y, share) === true;
  // The reader uses the buffers of the integration.
  let idle: Stepper | undefined = explicit;
  const nextStepper = (isStiff: boolean): Stepper => {
    if (isStiff) return stiffStepperOf(system);
    const next = idle ?? stepperOf(tableau, system);
    idle = undefined;
    return next;
  };
  const finish = (status: IntegrationStatus, end: number): Integration => ({
    status,
    end,
    steps,
    rejected,
    evaluations: stepper.evaluations,
    times: kept.times(end),
    read: reader(kept, nextStepper, y.slice(), end),
  });

  const atRest = (time: number): Integration =>
    options.waits?.(y) === true ? finish("saddle", rest?.begunAt(time) ?? time) : finish("converged", time);

  const restsAtJump = (step: number): boolean =>
    step * largestOf(stepper.slope) <= tolerance &&
    (system.rest?.hidden?.(t, y) ?? 0) <= tolerance * (system.unit?.(y, t) ?? 1) &&
    pointsBack((ahead, out) => system.derivative(t, ahead, out), y, stepper.slope, step);

  const met = events.find((event) => event.value(0, y) <= 0);
  if (met !== undefined) return finish(met.status, 0);
  stepper.begin(0, y);
  let tolerance = allowed(0, y);
  let speed = largestOf(stepper.slope);
  if (!Number.isFinite(speed) || !Number.isFinite(tolerance)) return finish("not-finite", 0);
  let h = firstStep(system, stepper.slope, y, scaleOf(0, y), until);
  if (rest?.stands(0, y, speed, 0.1 * tolerance) === true)
    return options.waits?.(y, true) === true ? finish("saddle", 0) : finish("converged", 0);

  for (;;) {
    // The sum of steps differs from the time by rounding.
    if (until - t <= LEAST * t) {
      const held = rest?.heldSince(t, speed * last, tolerance);
      return held !== undefined && options.waits?.(y) === true ? finish("saddle", held) : finish("completed", until);
    }
    if (t > END_OF_TIME) return finish(escapes(1e-9) ? "unbounded" : vanished(1e-90) ? "converged" : "out-of-range", t);
    if (steps >= maxSteps) return finish(until === Infinity && escapes(1e-3) ? "unbounded" : "max-steps", t);
    const barrier = breaks.find((time) => time > t)!;
    const remaining = barrier - t;
    const free = h > 0.99 * remaining ? remaining : h > remaining / 2 ? remaining / 2 : h;
    const size1 = wall === undefined ? free : Math.min(remaining, Math.max(wall.limit(t, free), LEAST * t));
    if (!(size1 > 4 * Number.EPSILON * t) || size1 === 0) return finish(failures > 0 ? "not-finite" : "step-too-small", t);

    const error = stepper.attempt(t, y, size1) / tolerance;
    if (!Number.isFinite(error + largestOf(stepper.next) + largestOf(stepper.endSlope))) {
      failures++;
      rejected++;
      h = size1 / 10;
      if (failures > 40) return finish("not-finite", t);
      continue;
    }
    // A step cannot be shorter than the distance of two neighbouring doubles.
    const shortest = wall !== undefined && size1 <= 4 * LEAST * t;
    const isStiff = stepper !== explicit;
    const long = shortest || isStiff ? 0 : tooLong(stepper, y, size1, tolerance);
    let worst = error;
    if ((wall !== undefined || size1 > LEAP * last) && error <= 1 && !(long > 1)) {
      stepper.connect(t, y, size1);
      // The polynomial's coefficients amplify the rounding of f by a few hundred.
      const rounding = 512 * Number.EPSILON * (largestOf(y) + size1 * speed);
      worst = Math.max(error, (stepper.defect(t, y, size1) - rounding) / (DEFECT * tolerance));
    }
    if ((worst > 1 && !shortest) || long > 1) {
      rejected++;
      failures = 0;
      wall?.rejected(t, size1, Math.max(worst, long), h);
      h = size1 * Math.max(0.1, Math.min(0.9 * worst ** (-1 / errorOrder), 0.9 / long));
      continue;
    }
    if (wall?.isAhead(t) === true && restsAtJump(size1)) return finish("converged", t);
    const next = size1 === remaining ? barrier : t + size1;
    kept.add(t, y, size1);
    steps++;
    failures = 0;
    last = size1;
    const crossed = events.filter((event) => event.value(next, stepper.next) <= 0);
    if (crossed.length > 0) {
      stepper.connect(t, y, size1);
      const from = y.slice();
      const shareOf = ({ value }: StopEvent): number =>
        bisect(
          (share) => {
            stepper.between(from, share, y);
            return value(t + share * size1, y) > 0;
          },
          0,
          1,
        ).first;
      // If a step has several events, the first one is used.
      const [first] = crossed.map((event) => ({ event, x: shareOf(event) })).sort((a, b) => a.x - b.x);
      const { event, x } = first!;
      // The step is repeated to end at the event, because its end is more accurate than the polynomial.
      stepper.attempt(t, from, x * size1);
      y.set(stepper.next);
      return finish(event.status === "out-of-range" && vanished(1e-271) ? "converged" : event.status, t + x * size1);
    }
    const resumed = wall?.accepted(t, next, stepper);
    y.set(stepper.next);
    t = next;
    if (wall?.slides(t, y) === true) return finish("sliding", t);
    // After a jump of f the slope is a different one.
    if (next === barrier && next < until) stepper.begin(t, y);
    else stepper.accept();
    const floor = Math.max(worst, 1e-10);
    const factor = 0.9 * floor ** (-0.7 / errorOrder) * before ** (0.4 / errorOrder);
    h = Math.min(1.7e308, Math.max(h, size1) * Math.min(6, Math.max(0.2, factor)));
    h = Math.max(h, resumed ?? 0);
    before = Math.max(worst, 1e-4);
    tolerance = allowed(t, y);

    const faster = speed;
    speed = largestOf(stepper.slope);
    if (rest !== undefined) {
      if (speed === 0 && escapes(1e-9)) {
        if (until === Infinity) return finish("unbounded", t);
        kept.add(t, y, until - t);
        return finish("completed", until);
      }
      if (vanished(1e-271) || (speed < 1e-300 && vanished(1e-90))) return finish("converged", t);
      const measured = Math.log(faster / speed) / size1;
      const rests = mayCreep
        ? !isStiff && rest.stands(t, y, speed, 0.1 * tolerance)
        : rest.reached(t, y, speed, measured, size1, scaleOf(t, y), 0.1 * tolerance, isStiff);
      if (rests) return atRest(t);
    }
    if (isStiff && until === Infinity && options.creeps?.(t, y, steps >= patience) === true) return finish("unbounded", t);
    if (!isStiff && steps >= LONG_WORK && steps % STRIDE === 0 && h < SHORT * t && isStiffAt(system, y, h)) {
      const implicit = stiffStepperOf(system);
      implicit.evaluations = stepper.evaluations;
      implicit.begin(t, y);
      [stepper, errorOrder, before] = [implicit, STIFF_ORDER, 1];
      kept.stiffFrom = kept.count;
    }
    if (steps % STRIDE === 0) {
      options.onProgress?.({ t, until, steps });
      if (options.signal?.aborted === true) return finish("aborted", t);
    }
  }
}

/** Whether a system is stiff is asked after so many steps, of less than this share of the time. */
const LONG_WORK = 1500;
const SHORT = 1e-3;

/** Whether the fastest component forces steps of this length. */
function isStiffAt(system: System, y: Float64Array, h: number): boolean {
  if (system.mayBeStiff !== true || system.dimension > MOST_STIFF) return false;
  return h * stiffStepperOf(system).fastest(y) > 0.5;
}

/**
 * In a step longer than this, in relaxation times, the polynomial overshoots the values at the ends of the
 * step.
 */
const RELAXATIONS = 2;

/** The factor by which a step is longer than that, if it moves by more than rounding. */
function tooLong({ next, slope, endSlope }: Stepper, y: Float64Array, h: number, tolerance: number): number {
  let moved = 0;
  let bent = 0;
  for (let i = 0; i < y.length; i++) {
    moved = Math.max(moved, Math.abs(next[i]! - y[i]!));
    bent = Math.max(bent, Math.abs(endSlope[i]! - slope[i]!));
  }
  return moved > 0.1 * tolerance ? (h * bent) / moved / RELAXATIONS : 0;
}

/**
 * The first step: the length over which y changes by a tenth of its size, or f by half, whichever is shorter.
 */
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
