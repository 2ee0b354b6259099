/**
 * Step sizes near a kink or a jump of f, whose position is unknown. The end of a rejected step is called a
 * wall; the kink lies before the wall. The next steps halve the distance to the wall, until the last piece is
 * so short that the kink in it is harmless. Then the steps return to their previous size.
 *
 * If f jumps and points back at the jump from both sides, no step leaves the jump. The flow rests there if
 * the two directions are opposite, and otherwise slides along the jump.
 */
import { bisect } from "../../numerics/bisect.ts";
import { largestOf, type Stepper } from "./stepper.ts";

/**
 * After this number of consecutive close walls, the flow counts as held by a jump if f alternates between two
 * values.
 */
const CROWD = 12;

/** After this number it counts as held in any case, perhaps by several jumps at once. */
const LARGE_CROWD = 200;

/** A flow that is not held moves by more than this share of the distance that its speed implies. */
const FREE = 0.9;

/** Two walls are close if their distance is at most this number of the pieces in which they were passed. */
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

  /** The length of the next step from t, given its planned length h. */
  limit(t: number, h: number): number {
    const gap = this.end - t;
    if (!(gap > 0)) return h;
    // The error at a kink is proportional to h².
    const ahead = this.error * (gap / this.length) ** 2;
    return ahead <= 0.8 ? gap : Math.min(h, gap / 2);
  }

  /**
   * Reports that a step of length h from t was rejected. `error` is relative to the tolerance; `free` is the
   * length of steps without the kink.
   */
  rejected(t: number, h: number, error: number, free: number): void {
    if (!(this.end > t)) this.free = free;
    this.end = t + h;
    this.length = h;
    this.error = error;
  }

  /**
   * Reports that a step from t to `next` was accepted. Returns the length of the next step if a wall has been
   * passed.
   */
  accepted(t: number, next: number, stepper: Stepper): number | undefined {
    const active = this.end > t;
    if (active || next - this.passedAt <= NEAR * this.piece) this.see(stepper);
    if (!active || next < this.end) return undefined;
    const piece = next - t;
    // Walls do not count if steps move only by rounding.
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
    // The flow passed many kinks one by one.
    this.crowd = 0;
    this.first = { t, y: y.slice() };
    return false;
  }

  /** Checks a step for a jump of f, and whether it reverses the step before. */
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
 * Whether f jumps within a step along its slope and points straight back beyond the jump, so that the flow
 * rests there. If f passes smoothly through 0, it is small on both sides.
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
