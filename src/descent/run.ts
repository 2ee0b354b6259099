/**
 * The loop of gradient descent for any kind of state. It takes steps, stores the recorded states one after
 * the other in a buffer, and ends when nothing moves any more, the weights overflow, or the signal is
 * aborted.
 */
import { attempt, refuse } from "../door/arguments.ts";
import type { Plan } from "./descentOptions.ts";
import { DIVERGES, type Pace, RESTS } from "./walk.ts";

/** Layers that take steps. */
export interface Stepped {
  /** The current state of the layers. */
  readonly state: Float64Array;
  /** Takes step n → n + 1. */
  advance(n: number): Pace;
  /** Progress is reported, and the signal is checked, once per this number of steps. */
  readonly stride: number;
}

/** The recorded steps and the states at them. Row i starts at i·size. */
export interface Run {
  readonly steps: Float64Array;
  readonly states: Float64Array;
  readonly size: number;
  readonly status: "completed" | "diverged" | "aborted";
}

/** The state with index i of a run, as a view. */
export function stateOf({ states, size }: Run, i: number): Float64Array {
  return states.subarray(i * size, (i + 1) * size);
}

export function runOf(walk: Stepped, plan: Plan): Run {
  const kept = recorder(walk.state.length, plan.rows);
  const status = stepThrough(walk, plan, kept.keep);
  return { ...kept.finish(), size: walk.state.length, status };
}

function stepThrough(
  walk: Stepped,
  { steps, nextRecord, onProgress, signal }: Plan,
  keep: (step: number, state: Float64Array) => void,
): Run["status"] {
  const { state, stride } = walk;
  keep(0, state);
  let record = nextRecord(0);
  for (let n = 0; n < steps; ) {
    const pace = walk.advance(n);
    if (pace === DIVERGES) {
      keep(n, state);
      return "diverged";
    }
    n++;
    if (pace === RESTS) {
      for (; record < steps; record = nextRecord(record)) keep(record, state);
      keep(steps, state);
      return "completed";
    }
    if (n === record) {
      keep(n, state);
      record = nextRecord(n);
    }
    if (n % stride === 0) {
      onProgress?.({ step: n, steps });
      if (signal?.aborted === true) {
        keep(n, state);
        return "aborted";
      }
    }
  }
  return "completed";
}

interface Recorder {
  keep(step: number, state: Float64Array): void;
  finish(): { readonly steps: Float64Array; readonly states: Float64Array };
}

/** The initial capacity in rows. */
const FIRST = 64;

/** Stores rows in a buffer that doubles when full, up to the number of rows of a completed run. */
function recorder(size: number, most: number): Recorder {
  let room = Math.min(most, FIRST);
  let steps = new Float64Array(room);
  let states = new Float64Array(room * size);
  let count = 0;
  const grow = (): void => {
    room = Math.min(most, 2 * room);
    steps = moreRoom(steps, room);
    states = moreRoom(states, room * size);
  };
  return {
    keep(step, state) {
      if (count > 0 && steps[count - 1] === step) return;
      if (count === room) grow();
      steps[count] = step;
      states.set(state, count * size);
      count++;
    },
    finish: () => ({
      steps: count === room ? steps : steps.slice(0, count),
      states: count === room ? states : states.slice(0, count * size),
    }),
  };
}

function moreRoom(values: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger =
    attempt(() => new Float64Array(length), undefined) ??
    refuse("the number of recorded numbers", length, "more than fit in memory, so pass recordEvery or recordPerDecade");
  larger.set(values);
  return larger;
}
