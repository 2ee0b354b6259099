/** What the data are along the leading directions of the inputs. */
import type { Support } from "../../numerics/support.ts";
import type { Described } from "./description.ts";

/** The data along the directions that a surrogate keeps. */
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
  /** All inputs, kept or not. */
  readonly inputs: number;
}

export function leadingData({ task, probe, directions: most }: Described, support: Support): LeadingData {
  const { variances: all, directions } = support;
  const order = Array.from(all.keys())
    .sort((a, b) => all[b]! - all[a]!)
    .slice(0, most);
  const k = order.length;
  const n = task.xx.rows;
  const along = (a: number, row: ArrayLike<number>): number => {
    if (directions === undefined) return row[a]!;
    let sum = 0;
    for (let j = 0; j < n; j++) sum += directions.get(j, a) * row[j]!;
    return sum;
  };
  const yx = task.yx.to1DArray();
  const variances = Float64Array.from(order, (a) => all[a]!);
  const correlation = Float64Array.from(order, (a) => along(a, yx));
  const size = all.reduce((sum, variance) => sum + variance, 0);
  const rows = new Float64Array((probe?.rows ?? k) * k);
  if (probe === undefined) for (let a = 0; a < k; a++) rows[a * k + a] = Math.sqrt(variances[a]!);
  else
    for (let i = 0; i < probe.rows; i++) {
      const row = probe.data.subarray(i * n, (i + 1) * n);
      for (const [a, from] of order.entries()) rows[i * k + a] = along(from, row);
    }
  return {
    variances,
    correlation,
    probe: rows,
    yy: task.yy,
    explained: explainedBy(variances, correlation),
    size,
    kept: variances.reduce((sum, variance) => sum + variance, 0) / size,
    inputs: n,
  };
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
  };
}

/** Σ xy²/variance. */
function explainedBy(variances: Float64Array, correlation: Float64Array): number {
  return correlation.reduce((total, xy, a) => total + (xy * xy) / variances[a]!, 0);
}
