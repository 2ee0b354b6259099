/**
 * Steps near a kink or a jump of f, whose place is unknown. A step that is rejected ends at a wall: what made
 * it fail lies before the wall. The next steps halve the way to the wall, until the last piece is so short
 * that the kink in it does no harm. Then the steps resume their old size.
 *
 * Where f jumps and points back at the jump from both sides, no step gets away from it: the flow rests at the
 * jump, if the two directions are opposite, or else slides along it.
 */
import { bisect } from "../../numerics/bisect.ts";
import { largestOf, type Stepper } from "./stepper.ts";

/**
 * After so many walls, one right behind the other, the flow counts as held by a jump if f alternates between
 * two values.
 */
const CROWD = 12;

/** After so many it counts as held whatever f does, perhaps by several jumps at once. */
const LARGE_CROWD = 200;

/** A flow that is not held moves by more than this share of what its speed would have given. */
const FREE = 0.9;

/** Two walls are one right behind the other within so many of the pieces in which they were passed. */
const NEAR = 1000;

export class Wall {
  private end = -Infinity;
  private length = 0;
  private error = 0;
  private free = 0;
  private crowd = 0;
  private passedAt = -Infinity;
  private piece = 0;
  private turns = 0;
  private speed = 0;
  private first: { readonly t: number; readonly y: Float64Array } | undefined;
  private before: Float64Array | undefined;

  /** The length of the next step from t, which would be h. */
  limit(t: number, h: number): number {
    const gap = this.end - t;
    if (!(gap > 0)) return h;
    // The error at a kink goes as h².
    const ahead = this.error * (gap / this.length) ** 2;
    return ahead <= 0.8 ? gap : Math.min(h, gap / 2);
  }

  /**
   * A step of length h from t was rejected; `error` is relative to what is allowed, `free` the length that
   * steps would have had.
   */
  rejected(t: number, h: number, error: number, free: number): void {
    if (!(this.end > t)) this.free = free;
    this.end = t + h;
    this.length = h;
    this.error = error;
  }

  /**
   * A step from t to `next` was accepted. Returns the length that the next one can have, if a wall has been
   * passed.
   */
  accepted(t: number, next: number, stepper: Stepper): number | undefined {
    const active = this.end > t;
    if (active || next - this.passedAt <= NEAR * this.piece) this.see(stepper);
    if (!active || next < this.end) return undefined;
    const piece = next - t;
    // Nor is it a crowd where steps move by rounding alone.
    const moves = piece * this.speed > 1000 * Number.EPSILON * largestOf(stepper.next);
    this.crowd = moves && next - this.passedAt <= NEAR * Math.max(piece, this.piece) ? this.crowd + 1 : 0;
    if (this.crowd === 0) {
      this.turns = 0;
      this.first = { t: next, y: stepper.next.slice() };
    }
    this.passedAt = next;
    this.piece = piece;
    this.end = -Infinity;
    return this.free > 10 * piece ? this.free / 2 : undefined;
  }

  /** Whether there is a wall ahead of t. */
  isAhead(t: number): boolean {
    return this.end > t;
  }

  /** Whether the flow slides along a jump of f. */
  slides(t: number, y: Float64Array): boolean {
    if (this.crowd >= CROWD && this.turns >= CROWD) return true;
    if (this.crowd < LARGE_CROWD || this.first === undefined) return false;
    const path = (t - this.first.t) * this.speed;
    if (distance(y, this.first.y) <= FREE * path) return true;
    // Many kinks, passed one by one.
    this.crowd = 0;
    this.first = { t, y: y.slice() };
    return false;
  }

  /** Looks at a step for a jump of f, and whether it undoes the one before. */
  private see({ slope, endSlope }: Stepper): void {
    const [a, b] = [largestOf(slope), largestOf(endSlope)];
    const jump = distance(slope, endSlope);
    this.speed = Math.max(a, b);
    if (jump <= 1e-3 * Math.max(a, b)) return;
    const undone = this.before !== undefined && distance(endSlope, this.before) <= 0.1 * jump;
    this.turns = undone ? this.turns + 1 : 1;
    this.before = slope.slice();
  }
}

function distance(a: Float64Array, b: Float64Array): number {
  return largestOf(a.map((value, i) => value - b[i]!));
}

/**
 * Whether f jumps within a step along its own slope, and points straight back from beyond the jump: then the
 * flow rests there. Where f goes smoothly through 0 it is small on both sides.
 */
export function pointsBack(
  field: (y: Float64Array, out: Float64Array) => void,
  y: Float64Array,
  slope: Float64Array,
  step: number,
): boolean {
  const values = new Float64Array(y.length);
  const at = (share: number): Float64Array => {
    field(
      y.map((value, i) => value + share * step * slope[i]!),
      values,
    );
    return values;
  };
  if (!areOpposite(slope, at(1))) return false;
  const beyond = largestOf(values);
  const { last, first } = bisect((share) => !areOpposite(slope, at(share)), 0, 1);
  return largestOf(at(last)) > 1e-3 * largestOf(slope) && largestOf(at(first)) > 1e-3 * beyond;
}

function areOpposite(a: Float64Array, b: Float64Array): boolean {
  const [sizeA, sizeB] = [largestOf(a), largestOf(b)];
  return sizeA > 0 && sizeB > 0 && largestOf(a.map((value, i) => value / sizeA + b[i]! / sizeB)) < 1e-3;
}
