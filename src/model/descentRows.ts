/** Reads descents for the functions that take flows. Only the recorded rows of a descent are known. */
import { attempt, refuse } from "../door/arguments.ts";
import type { AnyLayers } from "./flow.ts";
import type { Halves } from "./halves.ts";
import type { Problem } from "./problem.ts";
import { hasColumn, readTrajectory } from "./readTrajectory.ts";
import type { Strided } from "./strided.ts";
import type { Columns } from "./trajectory.ts";

/** The result of `gradientDescent` for any problem, one row per recorded step. */
export type AnyDescent = Columns & {
  /** The number of each recorded step. */
  readonly step: Float64Array;
  /** The coefficient of the fitted function; a matrix for several inputs or outputs. */
  readonly output?: Float64Array | Strided;
  /** The slopes of the fitted function, for a network with a kink at 0. */
  readonly slopes?: Halves<Float64Array>;
  /** γ²B, for one direction. */
  readonly kernel?: Float64Array;
  /** |u|² or W₂W₂ᵀ, if recorded. */
  readonly uu?: Float64Array | Strided;
  /** |w|² or W₁ᵀW₁. */
  readonly ww?: Float64Array | Strided;
  /** u·w or W₂W₁. */
  readonly uw?: Float64Array | Strided;
  /** The problem that was trained. */
  readonly problem: Problem;
  /** The layers at a recorded row, if the descent has them. */
  weights?(row: number): AnyLayers;
};

/** Whether the value is a descent: it has steps, columns and the problem that was trained. */
export function isDescent(value: unknown): value is AnyDescent {
  return attempt(() => {
    const has = ["step", "t", "normProduct"].every((name) => hasColumn(value, name));
    return has && typeof (value as AnyDescent).problem === "object";
  }, false);
}

/**
 * A descent with its columns as typed arrays, also after structuredClone or JSON. Other values are returned
 * unchanged.
 */
export function readDescent<T extends object>(value: T): T {
  return isDescent(value) ? readTrajectory("descent", value) : value;
}

/** The relative difference allowed between a time and that of its row: the rounding of step·stepSize. */
const SAME = 1e-9;

/** The row that was recorded at time t. */
export function rowAt({ t: times }: AnyDescent, t: number): number {
  let nearest = 0;
  for (const [row, time] of times.entries()) if (Math.abs(time - t) < Math.abs(times[nearest]! - t)) nearest = row;
  return Math.abs(times[nearest]! - t) <= SAME * Math.abs(t)
    ? nearest
    : refuse("t", t, `the nearest recorded step is at ${times[nearest]}, so pass one of descent.t`);
}
