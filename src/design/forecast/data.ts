/** What the data are along the leading directions of the inputs. */
import type { Matrix } from "ml-matrix";
import { matrixFrom } from "../../numerics/matrices.ts";
import { timesMatrix } from "../../numerics/products.ts";
import type { Support } from "../../numerics/support.ts";
import type { Described } from "./description.ts";

/** The data along the directions that a forecast keeps. */
export interface LeadingData {
  readonly variances: Float64Array;
  readonly correlation: Float64Array;
  /** Rows whose kernel is compared: those of the probe, or √variance along each direction. */
  readonly probe: Float64Array;
  /** E[y²], and what of it the kept directions can explain. */
  readonly yy: number;
  readonly explained: number;
  /** E|x|², of all directions, and the share of it that is kept. */
  readonly size: number;
  readonly kept: number;
  /** Whether all directions with variance are kept. */
  readonly whole: boolean;
  /** All inputs, kept or not. */
  readonly inputs: number;
}

export function leadingData(described: Described, support: Support): LeadingData {
  const { task, probe, activation, depth, directions } = described;
  // Two linear layers are solved along all directions.
  const most = activation === "linear" && depth === 2 ? Infinity : directions;
  const { variances: all } = support;
  const order = leadingOrder(support).slice(0, most);
  const k = order.length;
  const variances = Float64Array.from(order, (a) => all[a]!);
  const correlation = rowsAlong(support, order, task.yx);
  const size = all.reduce((sum, variance) => sum + variance, 0);
  const axes = new Float64Array(k * k);
  for (let a = 0; a < k; a++) axes[a * k + a] = Math.sqrt(variances[a]!);
  return {
    variances,
    correlation,
    probe: probe === undefined ? axes : rowsAlong(support, order, matrixFrom(probe)),
    yy: task.yy,
    explained: explainedBy(variances, correlation),
    size,
    kept: variances.reduce((sum, variance) => sum + variance, 0) / size,
    whole: k === all.length,
    inputs: task.xx.rows,
  };
}

/** The directions of a support, that of the largest variance first. */
export function leadingOrder({ variances }: Support): number[] {
  return Array.from(variances.keys()).sort((a, b) => variances[b]! - variances[a]!);
}

/** The rows of a matrix along directions of a support, one row after the other. */
export function rowsAlong({ directions }: Support, order: readonly number[], rows: Matrix): Float64Array {
  const along = directions === undefined ? rows : timesMatrix(rows, directions);
  const k = order.length;
  return Float64Array.from({ length: rows.rows * k }, (_, i) => along.get(Math.floor(i / k), order[i % k]!));
}

/** The same along fewer directions. */
export function leadingOf(data: LeadingData, most: number): LeadingData {
  const all = data.variances.length;
  if (all <= most) return data;
  const variances = data.variances.slice(0, most);
  const correlation = data.correlation.slice(0, most);
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  return {
    ...data,
    variances,
    correlation,
    probe: Float64Array.from({ length: (data.probe.length / all) * most }, (_, i) => {
      const row = Math.floor(i / most);
      return data.probe[row * all + (i - row * most)]!;
    }),
    explained: explainedBy(variances, correlation),
    kept: (data.kept * sum(variances)) / sum(data.variances),
    whole: false,
  };
}

/** Σ xy²/variance. */
function explainedBy(variances: Float64Array, correlation: Float64Array): number {
  return correlation.reduce((total, xy, a) => total + (xy * xy) / variances[a]!, 0);
}
