/**
 * The stored states of an integration, and the evaluation between them by repeating a step. For a large
 * system only every n-th state is kept, so that memory stays bounded. The steps from there on are repeated,
 * too, with bit-identical results.
 */
import type { Stepper } from "./stepper.ts";

/** The largest total of numbers that are kept: 512 MiB. */
export const MOST_KEPT: number = 2 ** 26;

/** The approximate size of the blocks in which states are kept. */
const BLOCK = 2 ** 13;

/** The beginnings of the steps and their lengths; the states at every `stride`-th of them. */
export class Kept {
  count = 0;
  /** One of this number of states is kept; a power of 2. */
  stride = 1;
  /** From this step on the steps are implicit. */
  stiffFrom: number = Infinity;
  private t: Float64Array = new Float64Array(64);
  private h: Float64Array = new Float64Array(64);
  private readonly blocks: Float64Array[] = [];
  private readonly n: number;
  private readonly perBlock: number;
  private readonly most: number;

  /** States of n numbers, at most `numbers` of them together, but not fewer than two states. */
  constructor(n: number, numbers: number) {
    this.n = n;
    this.perBlock = Math.max(1, Math.floor(BLOCK / Math.max(1, n)));
    this.most = Math.max(2, Math.floor(numbers / Math.max(1, n)));
  }

  /** A step of length h begins at (t, y). */
  add(t: number, y: Float64Array, h: number): void {
    if (this.count === this.t.length) {
      this.t = grown(this.t);
      this.h = grown(this.h);
    }
    this.t[this.count] = t;
    this.h[this.count] = h;
    if (this.count % this.stride === 0) {
      if (this.count / this.stride === this.most) this.thin();
      if (this.count % this.stride === 0) this.slot(this.count / this.stride).set(y);
    }
    this.count++;
  }

  /** Removes every second state. */
  private thin(): void {
    for (let i = 1; 2 * i < this.most; i++) this.slot(i).set(this.slot(2 * i));
    this.stride *= 2;
  }

  /** The position of the i-th kept state. */
  private slot(i: number): Float64Array {
    const block = Math.floor(i / this.perBlock);
    while (this.blocks.length <= block) this.blocks.push(new Float64Array(this.perBlock * this.n));
    const from = (i % this.perBlock) * this.n;
    return this.blocks[block]!.subarray(from, from + this.n);
  }

  /** The beginnings of the steps before the end, and the end. */
  times(end: number): Float64Array {
    let { count } = this;
    while (count > 0 && this.t[count - 1]! >= end) count--;
    const all = new Float64Array(count + 1);
    all.set(this.t.subarray(0, count));
    all[count] = end;
    return all;
  }

  /** The state at the beginning of step i, a multiple of `stride`. */
  state(i: number): Float64Array {
    return this.slot(i / this.stride);
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

  /** The length of step i. */
  length(i: number): number {
    return this.h[i]!;
  }
}

function grown(array: Float64Array): Float64Array {
  const larger = new Float64Array(2 * array.length);
  larger.set(array);
  return larger;
}

/**
 * A repeated step is divided into this number of pieces, so that the polynomials are more accurate than the
 * step by a factor of about 2⁸.
 */
const PIECES = 2;

/**
 * Evaluates the solution at any time by repeating the step that contains it. The last step is cached. The end
 * of the pieces differs from the end of the original step by its error, and this difference is distributed
 * over the step.
 */
export function reader(
  kept: Kept,
  makeStepper: (isStiff: boolean) => Stepper,
  final: Float64Array,
  end: number,
): (t: number, out: Float64Array) => void {
  type Pieces = { readonly stepper: Stepper; readonly y: Float64Array }[];
  const piecesOf = new Map<boolean, Pieces>();
  let pieces: Pieces | undefined;
  let gap: Float64Array | undefined;
  let ready = -1;
  let h = 0;
  const beginning = beginnings(kept);
  const piecesAt = (i: number): Pieces => {
    const isStiff = i >= kept.stiffFrom;
    const known = piecesOf.get(isStiff);
    if (known !== undefined) return known;
    const made = Array.from({ length: PIECES }, () => ({ stepper: makeStepper(isStiff), y: new Float64Array(final.length) }));
    piecesOf.set(isStiff, made);
    return made;
  };
  const repeat = (i: number): void => {
    const from = kept.start(i);
    const last = i + 1 === kept.count;
    h = (last ? end : kept.start(i + 1)) - from;
    pieces = piecesAt(i);
    gap ??= new Float64Array(final.length);
    const first = pieces[0]!;
    const stepperFor = (step: number): Stepper => piecesAt(step)[0]!.stepper;
    first.y.set(beginning(i, stepperFor));
    const goal = last ? final : beginning(i + 1, stepperFor);
    let start = first.y;
    for (const [p, { stepper, y }] of pieces.entries()) {
      if (p > 0) y.set(start);
      const t = from + (p / PIECES) * h;
      stepper.begin(t, y);
      stepper.attempt(t, y, h / PIECES);
      stepper.connect(t, y, h / PIECES);
      start = stepper.next;
    }
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
    if (i !== ready && (t > from || i % kept.stride !== 0)) repeat(i);
    if (t === from) {
      out.set(i === ready ? pieces![0]!.y : kept.state(i));
      return;
    }
    const share = (t - from) / h;
    const p = Math.min(PIECES - 1, Math.floor(share * PIECES));
    const { stepper, y } = pieces![p]!;
    stepper.between(y, share * PIECES - p, out);
    addShare(share, gap!, out);
  };
}

function addShare(share: number, gap: Float64Array, out: Float64Array): void {
  for (let j = 0; j < gap.length; j++) out[j]! += share * gap[j]!;
}

/**
 * The state at the beginning of step i: the kept one, or computed by repeating steps from the nearest kept
 * state before it. The next call overwrites the array.
 */
function beginnings(kept: Kept): (i: number, stepperFor: (step: number) => Stepper) => Float64Array {
  let y: Float64Array | undefined;
  let reached = -1;
  return (i, stepperFor) => {
    const near = i - (i % kept.stride);
    if (near === i) return kept.state(i);
    if (y === undefined || reached < near || reached > i) {
      y = Float64Array.from(kept.state(near));
      reached = near;
    }
    for (; reached < i; reached++) {
      const t = kept.start(reached);
      const stepper = stepperFor(reached);
      stepper.begin(t, y);
      stepper.attempt(t, y, kept.length(reached));
      y.set(stepper.next);
    }
    return y;
  };
}
