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
  /** `"aborted"` if the signal ended it early. */
  readonly status: "completed" | "aborted";
  /** The grid, without observables that are functions, so that the diagram can be cloned. */
  readonly grid: Grid;
  /** The values of the columns. */
  readonly x: Float64Array;
  /** The values of the completed rows. */
  readonly y: Float64Array;
  /**
   * The fields by name, of shape [rows, columns]. For exponents: the codes `phase` (`phaseNames`),
   * `stability` (`stabilityNames`), `mechanisms` (`presenceNames`), the `margin`, and the exponents rate,
   * kernel, overlap, output, angle. For scalings of any depth: the code `phase`, and `r`. For networks: the
   * code `regime` (`regimeNames`), and the observables. For ReLU networks: `regime`, `kernelChange`, the
   * fractions of neurons that `died` and `crossed`, and `inputMovement`, ‖w∞ − w₀‖/‖w₀‖.
   */
  readonly fields: { readonly [name: string]: Strided };
  /** The axis titles of the fields, by name. */
  readonly titles: { readonly [name: string]: string };
  /**
   * The lines between phases, from frame to frame or closed. For exponents they are exact straight pieces.
   * For networks they are curves through exact points, one at each crossing with a line of a fine grid. With
   * `draws` they are points at which the verdict on the median changes, with an error of 10⁻⁶ of a cell; for
   * ReLU networks, of 1/32 of a cell.
   */
  readonly boundaries: readonly Boundary[];
  /** The named parametrizations, for a diagram of exponents, each at the point with the same training. */
  readonly named: readonly NamedPoint[];
}

/**
 * A phase diagram over two exponents of a scaling, or two hyperparameters of a concrete network.
 *
 * @param grid - The parameters along x and y, the fixed parameters, and the observables: plain JSON, except
 * for functions among the observables.
 * @param options - `onProgress` is called after every row; `signal` stops the computation and keeps the
 * completed rows.
 * @throws FeatureLearningError `"invalid-argument"`: an invalid part of the grid; `"aborted"`: the signal was
 * aborted before the first row.
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
 * @example A user-defined observable
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
 * @throws FeatureLearningError `"invalid-argument"`: results that are not those of all chunks of the grid,
 * each once.
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
  const isPlain = (observable: AnyObservable): observable is PlainObservable =>
    typeof observable !== "function" && !Object.hasOwn(Object(observable), "measure");
  return { ...grid, measure: Array.from(grid.measure).filter(isPlain) };
}
