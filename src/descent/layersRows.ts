/**
 * The recorded rows of reduced layers: the output γW₂W₁ along all inputs, and the numbers common to all
 * networks,
 *
 *     alignment = ‖W₂W₁‖/‖W₂‖‖W₁‖     outputSize² = E|f(x)|²
 *     kernelSize = E[tr K(x, x)] = γ²(η_u n_y E|W₁x|² + η_w ‖W₂‖² E|x|²)
 */
import type { Matrix } from "ml-matrix";
import { attempt, refuse } from "../door/arguments.ts";
import { Strided } from "../model/strided.ts";
import { normOf } from "../numerics/norm.ts";
import type { LayersBegun } from "./layersBegin.ts";
import { type LayersShape, outputOf } from "./layersWalk.ts";
import { type Run, stateOf } from "./run.ts";

/** The columns with one number per row, in the order in which they are written. */
export const columnNames = ["loss", "excessLoss", "alignment", "normProduct", "kernelSize", "outputSize"] as const;

export type LayersColumns = { readonly [Name in (typeof columnNames)[number]]: Float64Array };

/** The columns of a run and its outputs, [rows, m, k]. */
export function recordOf(begun: LayersBegun, run: Run, shape: LayersShape): LayersColumns & { readonly output: Strided } {
  const count = run.steps.length;
  const { m } = shape;
  const k = begun.state.task.xx.rows;
  const output = strided([count, m, k]);
  const columns = columnNames.map(() => new Float64Array(count));
  const observe = observer(begun, shape);
  const along = alongAll(begun.state.support.directions, shape.r, k);
  for (let n = 0; n < count; n++) along(observe(stateOf(run, n), columns, n), output.row(n));
  return { ...(Object.fromEntries(columnNames.map((name, c) => [name, columns[c]!])) as LayersColumns), output };
}

/** A new block of numbers along these axes. */
export function strided(shape: readonly number[]): Strided {
  const count = shape.reduce((size, length) => size * length, 1);
  const data =
    attempt(() => new Float64Array(count), undefined) ??
    refuse("the number of recorded numbers", count, "more than fit in memory, so pass recordEvery or recordPerDecade");
  return new Strided(data, shape);
}

/** Products of layers smaller than this are computed in units of it. */
const SMALL = 2 ** -1000;

/** Writes row n of the columns, and returns the output on the inputs' span, which the next row overwrites. */
function observer(
  { state, objective }: LayersBegun,
  shape: LayersShape,
): (layers: Float64Array, columns: readonly Float64Array[], n: number) => Float64Array {
  const { network, support } = state;
  const { outputScale: gamma, learningRates: rates } = network;
  const { m, r, d } = shape;
  const inner = d * m;
  const deviations = Float64Array.from(support.variances, Math.sqrt);
  const spread = normOf(deviations);
  const [forW1, forW2] = [gamma * Math.sqrt(rates.u * m), gamma * Math.sqrt(rates.w)];
  const product = new Float64Array(m * r);
  const output = new Float64Array(m * r);
  const scaled = new Float64Array(d * r);
  const spreadOf = (matrix: Float64Array): number => {
    const part = scaled.subarray(0, matrix.length);
    for (let i = 0; i < part.length; i++) part[i] = matrix[i]! * deviations[i % r]!;
    return normOf(part);
  };
  return (layers, columns, n) => {
    const [W2, W1] = [layers.subarray(0, inner), layers.subarray(inner, inner + d * r)];
    const [sizeOfW2, sizeOfW1] = [normOf(W2), normOf(W1)];
    const norms = sizeOfW2 * sizeOfW1;
    // The product of small layers would underflow.
    const up = norms < SMALL && sizeOfW2 < 1 ? 1 / SMALL : 1;
    outputOf(up, layers, shape, product);
    outputOf(gamma, layers, shape, output);
    const kernel = Math.hypot(forW1 * spreadOf(W1), forW2 * sizeOfW2 * spread);
    columns[0]![n] = objective.loss(output);
    columns[1]![n] = objective.excess(output);
    const productOfNorms = up * sizeOfW2 * sizeOfW1;
    columns[2]![n] = productOfNorms > 0 ? Math.min(1, normOf(product) / productOfNorms) : 0;
    columns[3]![n] = norms;
    columns[4]![n] = kernel * kernel;
    columns[5]![n] = spreadOf(output);
    return output;
  };
}

/** Converts rows in coordinates of the inputs' span to rows along all k inputs. */
export function alongAll(directions: Matrix | undefined, r: number, k: number): (rows: Float64Array, out: Float64Array) => void {
  if (directions === undefined) return (rows, out) => out.set(rows);
  const table = Float64Array.from(directions.transpose().to1DArray());
  return (rows, out) => {
    out.fill(0);
    for (let i = 0; i < rows.length; i++) {
      const to = Math.floor(i / r) * k;
      const from = (i % r) * k;
      for (let j = 0; j < k; j++) out[to + j]! += rows[i]! * table[from + j]!;
    }
  };
}
