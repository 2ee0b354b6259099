/**
 * What an integration keeps, the beginnings of its steps, and how it is read in between: a step is repeated.
 */
import type { Stepper } from "./stepper.ts";

/** The beginnings of the steps, in room that doubles. */
export class Kept {
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

/**
 * A step is repeated in so many pieces, so that the polynomials are more accurate than the step by a factor
 * of about 2⁸.
 */
const PIECES = 2;

/**
 * Reads the solution at any time by repeating the step it lies in; the last one is remembered. The pieces of
 * a step end within its error of where the step ended, and that difference is spread over the step.
 */
export function reader(
  kept: Kept,
  makeStepper: () => Stepper,
  final: Float64Array,
  end: number,
): (t: number, out: Float64Array) => void {
  let pieces: { readonly stepper: Stepper; readonly y: Float64Array }[] | undefined;
  const gap = new Float64Array(final.length);
  let ready = -1;
  let h = 0;
  const repeat = (i: number): void => {
    const from = kept.start(i);
    const last = i + 1 === kept.count;
    h = (last ? end : kept.start(i + 1)) - from;
    pieces ??= Array.from({ length: PIECES }, () => ({ stepper: makeStepper(), y: new Float64Array(final.length) }));
    let start: Float64Array = kept.state(i);
    for (const [p, { stepper, y }] of pieces.entries()) {
      y.set(start);
      const t = from + (p / PIECES) * h;
      stepper.begin(t, y);
      stepper.attempt(t, y, h / PIECES);
      stepper.connect(t, y, h / PIECES);
      start = stepper.next;
    }
    const goal = last ? final : kept.state(i + 1);
    for (let j = 0; j < gap.length; j++) gap[j] = goal[j]! - start[j]!;
    ready = i;
  };
  return (t, out) => {
    if (t >= end || kept.count === 0) {
      out.set(final);
      return;
    }
    const i = kept.stepAt(t);
    const from = kept.start(i);
    if (t === from) {
      out.set(kept.state(i));
      return;
    }
    if (i !== ready) repeat(i);
    const share = (t - from) / h;
    const p = Math.min(PIECES - 1, Math.floor(share * PIECES));
    const { stepper, y } = pieces![p]!;
    stepper.between(y, share * PIECES - p, out);
    for (let j = 0; j < gap.length; j++) out[j]! += share * gap[j]!;
  };
}
