/**
 * Decides whether an integration has come to rest: its remaining change is below a goal, and no direction
 * grows. The check is expensive (see {@link outlookOf}), so it is made when the speed suggests rest, and
 * repeated only when the remaining modes can have decayed.
 *
 * At a saddle some direction grows, and the flow leaves unless its component in that direction is exactly 0.
 * After 750 growth times any nonzero double would have become visible, so a flow that is still there is at
 * rest.
 */
import { outlookOf } from "./outlook.ts";
import type { System } from "./stepper.ts";

/** The largest number of steps between two checks. */
const MOST_STEPS = 30;

/** e^750 exceeds the ratio of the largest to the smallest double. */
const GROWTH_TIMES = 750;

/** In so many growth times, rounding error grows beyond the default tolerance. */
const LONG_HELD = 15;

export class Rest {
  private readonly field: (y: Float64Array, out: Float64Array) => void;
  private readonly left: Float64Array | undefined;
  private readonly slope: Float64Array;
  private t = 0;
  private next = -Infinity;
  private since = Infinity;
  private growth = 0;
  private seen = 0;
  private readonly system: System;

  constructor(system: System) {
    const { rest, derivative, dimension } = system;
    this.system = system;
    this.field = rest?.derivative ?? ((y, out) => derivative(this.t, y, out));
    this.left = rest?.left === undefined ? undefined : new Float64Array(dimension).fill(Infinity);
    this.slope = new Float64Array(dimension);
  }

  /** Whether nothing moves at this speed, now or under later schedules. */
  stands(t: number, y: Float64Array, speed: number, goal: number): boolean {
    if (speed !== 0 || this.follows(t, y, goal)) return false;
    if (this.left === undefined) return true;
    this.system.rest?.left?.(t, this.left);
    this.field(y, this.slope);
    return this.slope.every((value, i) => value === 0 || this.left![i] === 0);
  }

  /**
   * Since when the flow has been at rest where some direction grows, if that is
   * so long that rounding error along it would have grown beyond the tolerance, and yet the last step moved
   * by less than that.
   */
  heldSince(t: number, moved: number, tolerance: number): number | undefined {
    return (t - this.since) * this.growth > LONG_HELD && moved <= tolerance ? this.since : undefined;
  }

  /** When the flow that has been found at rest at time t came to rest. */
  begunAt(t: number): number {
    return Math.min(this.since, t);
  }

  /** Whether the fixed point itself still moves by more than the goal. */
  private follows(t: number, y: Float64Array, goal: number): boolean {
    const { rest, unit } = this.system;
    return (rest?.hidden?.(t, y) ?? 0) > goal * (unit?.(y, t) ?? 1);
  }

  /**
   * Whether the flow has reached rest at (t, y), where its speed decays at a measured rate over a step of
   * length h. The speed of implicit steps near rest is rounding, and says nothing.
   */
  reached(
    t: number,
    y: Float64Array,
    speed: number,
    measured: number,
    h: number,
    scale: number,
    goal: number,
    isStiff: boolean,
  ): boolean {
    if (this.follows(t, y, goal)) return false;
    if (this.stands(t, y, speed, goal)) return true;
    if (t < this.next) return false;
    this.t = t;
    const slow = isStiff || (measured > 0 && speed / measured <= goal) || speed * h <= 16 * Number.EPSILON * scale;
    if (this.left === undefined && !slow) {
      this.seen = 0;
      return false;
    }
    let moves = (_i: number): boolean => true;
    if (this.left !== undefined) {
      this.system.rest?.left?.(t, this.left);
      this.field(y, this.slope);
      const far = this.left.map((left, i) => (left === 0 ? 0 : left * Math.abs(this.slope[i]!)));
      moves = (i) => !(far[i]! <= goal / 2);
    }
    const { remaining, wait, growth } = outlookOf(this.field, this.system.rest?.metric, moves, y, scale, goal);
    if (!(remaining <= goal)) {
      this.seen = 0;
      this.since = Infinity;
      // An eigenvalue near the rounding error may suggest a very long time.
      this.next = t + Math.max(h, Math.min(0.5 * wait, MOST_STEPS * h));
      return false;
    }
    if (!(growth > 0)) {
      // Differences of f across a jump look like a fast decay, but not a few steps later.
      this.seen++;
      return this.system.rough !== true || this.seen >= 3;
    }
    this.since = Math.min(this.since, t);
    this.growth = growth;
    // A remaining residual also makes directions grow, but more and more slowly.
    if (t >= this.since + GROWTH_TIMES / growth) return true;
    this.next = Math.min(this.since + GROWTH_TIMES / growth, t + MOST_STEPS * h);
    return false;
  }
}
