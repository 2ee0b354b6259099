import { named } from "../door/error.ts";
import { withJson } from "../door/json.ts";
import { Strided } from "../model/strided.ts";
import type { Boundary } from "./boundaries.ts";
import { type Grid, readGrid } from "./grid.ts";
import { type ChunkResult, gather, rowsOf } from "./job.ts";
import type { NamedPoint } from "./named.ts";
import type { AnyObservable, PlainObservable } from "./observableTypes.ts";
import type { ReadGrid } from "./readGrid.ts";
import { type RunOptions, runUnits } from "./run.ts";

/** A phase diagram: fields over a grid, and the boundaries between its phases. */
export interface PhaseDiagram {
  readonly status: "completed" | "aborted";
  /** The grid, without the functions among its observables, so that the diagram can be cloned. */
  readonly grid: Grid;
  /** The columns. */
  readonly x: Float64Array;
  /** The rows that are there. */
  readonly y: Float64Array;
  /**
   * By name, of shape [rows, columns]. Of exponents: codes `phase` (`phaseNames`), `stability`
   * (`stabilityNames`), `mechanisms` (`presenceNames`), the `margin`, and the exponents rate, kernel,
   * overlap, output, angle. Of scalings of any depth: the code `phase`, and `r`. Of networks: the code
   * `regime` (`regimeNames`), and what was asked for. Of ReLU networks: `regime`, `kernelChange`, the fractions of
   * neurons that `died` and `crossed`, and `inputMovement`, ‖w∞ − w₀‖/‖w₀‖.
   */
  readonly fields: { readonly [name: string]: Strided };
  /** What the fields are called on an axis, by their names. */
  readonly titles: { readonly [name: string]: string };
  /**
   * The lines between phases, from frame to frame or closed. Of exponents they are exact straight pieces. Of
   * networks they are curves through exact points, one wherever they cross a line of a fine grid; with
   * `draws`, points where the verdict on the median changes, to 10⁻⁶ of a cell; of ReLU networks to 1/32 of
   * one.
   */
  readonly boundaries: readonly Boundary[];
  /**
   * The parametrizations that the literature names, where the diagram is of exponents: each where its
   * training is that of the point.
   */
  readonly named: readonly NamedPoint[];
}

/**
 * A phase diagram over two exponents of a scaling, or two hyperparameters of a concrete network.
 *
 * @param grid - What varies along x and y, what stays, and what is measured: plain JSON, but for functions
 * among the observables.
 * @param options - `onProgress` after every row; `signal` to stop, keeping the rows there are.
 * @throws FeatureLearningError `"invalid-argument"`: a part of the grid that cannot be; `"aborted"`: the
 * signal ended it before the first row.
 *
 * @example
 * ```ts
 * import { phaseDiagram, phaseNames } from "feature-learning/sweep";
 *
 * // Output scale ~ d^x and rates ~ d^y at width d, standard deviations of order 1.
 * const { fields, boundaries } = phaseDiagram({
 *   of: "exponents",
 *   x: { parameter: "outputScale", from: -1.5, to: 0, count: 4 },
 *   y: { parameter: "learningRates", from: -1, to: 1, count: 3 },
 * });
 * console.log(phaseNames[fields["phase"]!.get(1, 2)]); // kernel
 * console.log(boundaries[0]!.condition, boundaries[0]!.points); // e_k = 0 [ [ -1, -1 ], [ -1, 1 ] ]
 * ```
 *
 * @example An observable of your own
 * ```ts
 * import { phaseDiagram } from "feature-learning/sweep";
 *
 * const { fields } = phaseDiagram({
 *   of: "networks",
 *   x: { parameter: "width", from: 10, to: 1000, count: 3, spacing: "logarithmic" },
 *   y: { parameter: "scale", from: 0.1, to: 1, count: 2, spacing: "logarithmic" },
 *   measure: [{ name: "learned by", timeTo: { excessLossFraction: 0.01 } }],
 * });
 * console.log(fields["learned by"]!.get(0, 1).toFixed(3)); // 0.487
 * ```
 */
export function phaseDiagram(grid: Grid<AnyObservable>, options: RunOptions = {}): PhaseDiagram {
  return named("phaseDiagram", () => {
    const read = readGrid(grid, "one thread");
    const { values, done } = runUnits(rowsOf(read), options);
    return diagramOf(grid, read, values, done);
  });
}

/**
 * A phase diagram from the results of its chunks, in any order.
 *
 * @throws FeatureLearningError `"invalid-argument"`: results that are not all of the grid's, each once.
 *
 * @example
 * ```ts
 * import { assembleDiagram, chunksOf, phaseDiagram, runChunk } from "feature-learning/sweep";
 *
 * const grid = {
 *   of: "networks",
 *   x: { parameter: "width", from: 1, to: 1e6, count: 7, spacing: "logarithmic" },
 *   y: { parameter: "scale", from: 0.01, to: 1, count: 5, spacing: "logarithmic" },
 * } as const;
 * const diagram = assembleDiagram(grid, chunksOf(grid, 2).map(runChunk));
 * console.log(diagram.fields["rate"]!.get(4, 6) === phaseDiagram(grid).fields["rate"]!.get(4, 6)); // true
 * ```
 */
export function assembleDiagram(grid: Grid, results: readonly ChunkResult[]): PhaseDiagram {
  return named("assembleDiagram", () => {
    const read = readGrid(grid, "JSON");
    const job = rowsOf(read);
    return diagramOf(grid, read, gather(job, results), job.units);
  });
}

function diagramOf(grid: Grid<AnyObservable>, read: ReadGrid, values: Float64Array, rows: number): PhaseDiagram {
  const { x, y, fields, titles, boundaries, named } = read;
  const { length: columns } = x;
  const arrays = fields.map((_, f) => {
    const field = new Float64Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      const from = (row * fields.length + f) * columns;
      field.set(values.subarray(from, from + columns), row * columns);
    }
    return new Strided(field, [rows, columns]);
  });
  return withJson({
    status: rows === y.length ? "completed" : "aborted",
    grid: withoutFunctions(grid),
    x,
    y: y.slice(0, rows),
    fields: Object.fromEntries(fields.map((name, f) => [name, arrays[f]!])),
    titles: Object.fromEntries(fields.map((name, f) => [name, titles[f]!])),
    boundaries: boundaries((row, column) => arrays[0]!.get(row, column), rows),
    named: named(),
  });
}

function withoutFunctions(grid: Grid<AnyObservable>): Grid {
  if (grid.of !== "networks" || grid.measure === undefined) return grid as Grid;
  const isPlain = (one: AnyObservable): one is PlainObservable =>
    typeof one !== "function" && !Object.hasOwn(Object(one), "measure");
  return { ...grid, measure: Array.from(grid.measure).filter(isPlain) };
}
