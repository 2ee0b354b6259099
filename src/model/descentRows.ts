/** Descents as the functions that take flows read them: what is known of one are its recorded rows. */
import { attempt, refuse } from "../door/arguments.ts";
import type { AnyLayers } from "./flow.ts";
import type { Halves } from "./halves.ts";
import type { Problem } from "./problem.ts";
import { hasColumn, readTrajectory } from "./readTrajectory.ts";
import type { Strided } from "./strided.ts";
import type { Columns } from "./trajectory.ts";

/** What `gradientDescent` returns for any problem: one row a recorded step. */
export type AnyDescent = Columns & {
  /** The number of each recorded step. */
  readonly step: Float64Array;
  /** The coefficient of the fitted function, or of several inputs and outputs its matrix. */
  readonly output?: Float64Array | Strided;
  /** Of a network with a kink at 0, the slopes of the fitted function. */
  readonly slopes?: Halves<Float64Array>;
  /** γ²B, of one direction. */
  readonly kernel?: Float64Array;
  /** |u|² or W₂W₂ᵀ, where they are recorded. */
  readonly uu?: Float64Array | Strided;
  /** |w|² or W₁ᵀW₁. */
  readonly ww?: Float64Array | Strided;
  /** u·w or W₂W₁. */
  readonly uw?: Float64Array | Strided;
  /** What was trained. */
  readonly problem: Problem;
  /** The layers at a recorded row, where the descent knows them. */
  weights?(row: number): AnyLayers;
};

/** Whether it is a descent: steps and columns, and the problem that was trained. */
export function isDescent(value: unknown): value is AnyDescent {
  return attempt(() => {
    const has = ["step", "t", "normProduct"].every((name) => hasColumn(value, name));
    return has && typeof (value as AnyDescent).problem === "object";
  }, false);
}

/**
 * A descent with its columns in the library's own form, also after structuredClone or JSON; other values as
 * they are.
 */
export function readDescent<T extends object>(value: T): T {
  return isDescent(value) ? readTrajectory("descent", value) : value;
}

/** How far a time may be from that of its row: the rounding of step·stepSize. */
const SAME = 1e-9;

/** The row that was recorded at time t. */
export function rowAt({ t: times }: AnyDescent, t: number): number {
  let nearest = 0;
  for (const [row, time] of times.entries()) if (Math.abs(time - t) < Math.abs(times[nearest]! - t)) nearest = row;
  return Math.abs(times[nearest]! - t) <= SAME * Math.abs(t)
    ? nearest
    : refuse("t", t, `the nearest recorded step is at ${times[nearest]}, so pass one of descent.t`);
}
