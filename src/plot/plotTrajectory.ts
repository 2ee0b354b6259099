import { readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { Datum, Layer, Panel, PlotSpec } from "./grammar.ts";
import {
  columnOf,
  finite,
  KERNEL,
  OUTPUT,
  type Plottable,
  type PlottableLike,
  type Quantity,
  quantityAxis,
  readQuantities,
  readSeries,
} from "./quantities.ts";
import { optionNames, type PlotOptions, readPlotOptions, seriesColours, specOf } from "./theme.ts";
import { hasPlace, readTimeAxis, type TimeAxis, timeChannel } from "./time.ts";

/** What {@link plotTrajectory} takes. */
export interface TrajectoryPlotOptions extends PlotOptions {
  /** A panel each (default loss, output, kernel and alignment, as far as they are known; of several inputs and
   * outputs their sizes). */
  readonly quantities?: readonly Quantity[] | undefined;
  /**
   * How time runs (default: logarithmic where half of the times lie in the first tenth; then t = 0 has no
   * place).
   */
  readonly time?: TimeAxis | undefined;
}

/**
 * One trajectory, or several by name, against time: a panel a quantity, logarithmic where values above 0 span
 * more than 1½ decades. t = ∞ is left out, and so is t = 0 on a logarithmic axis.
 *
 * @param trajectories - What `sample`, `gradientDescent` or `trajectoryOf` returns, or a record of several,
 * by the names to show.
 * @returns A Vega-Lite specification.
 * @throws FeatureLearningError `"invalid-argument"`: no trajectory, a quantity that it does not know,
 * an invalid option.
 *
 * @example
 * ```ts
 * import { exactFlow, linearTimes, network, sample, taskFromMoments } from "feature-learning";
 * import { plotTrajectory } from "feature-learning/plot";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 0.01, ww: 0.01, uw: 0 } });
 * const spec = plotTrajectory(sample(flow, linearTimes(flow)), { quantities: ["loss", "kernel"] });
 * console.log(spec.concat.map(({ layer }) => layer[0]!.encoding.y!.title)); // [ 'loss L', 'kernel γ²B' ]
 * ```
 */
export function plotTrajectory(
  trajectories: PlottableLike | Readonly<Record<string, PlottableLike>>,
  options: TrajectoryPlotOptions = {},
): PlotSpec {
  return named("plotTrajectory", () => {
    const given = readRecord("options", options, [...optionNames, "quantities", "time"]);
    const look = readPlotOptions(given);
    const series = readSeries("trajectories", trajectories);
    const quantities = readQuantities(given.quantities, series, ["loss", OUTPUT, KERNEL, "alignment"]);
    const time = readTimeAxis(
      given.time,
      series.map(([, { t }]) => t),
    );
    const data = rowsOf(series, quantities, time);
    const names = series.map(([name]) => name);
    const panels = quantities.map((name): Panel => {
      const line: Layer = {
        data: { name: "trajectories" },
        mark: { type: "line", ...(names.length === 1 ? { color: seriesColours[0]! } : {}) },
        encoding: {
          x: timeChannel(time),
          y: quantityAxis(name, data, name),
          ...(names.length === 1 ? {} : { color: seriesChannel(names) }),
          order: { field: "t", type: "quantitative" },
        },
      };
      return { width: look.width, height: look.height, layer: [line] };
    });
    const described = `${quantities.join(", ")} against time${names.length > 1 ? `, of ${names.join(", ")}` : ""}`;
    return specOf(look, described, { trajectories: data }, panels);
  });
}

/** One row a time. */
export function rowsOf(series: readonly (readonly [string, Plottable])[], names: readonly Quantity[], time: TimeAxis): Datum[] {
  return series.flatMap(([name, trajectory]) => {
    const columns = names.map((quantity) => columnOf(trajectory, quantity)!);
    const rows: Datum[] = [];
    for (const [i, t] of trajectory.t.entries()) {
      if (!hasPlace(t, time)) continue;
      const row: Datum = name === "" ? { t } : { series: name, t };
      for (const [q, quantity] of names.entries()) row[quantity] = finite(columns[q]![i]!);
      rows.push(row);
    }
    return rows;
  });
}

/** Colours for several lines, with their legend above. */
export function seriesChannel(names: readonly string[], field = "series"): NonNullable<Layer["encoding"]["color"]> {
  const few = names.length <= seriesColours.length;
  return {
    field,
    type: few ? "nominal" : "ordinal",
    title: null,
    sort: null,
    scale: { domain: [...names], ...(few ? { range: seriesColours.slice(0, names.length) } : { scheme: "viridis" as const }) },
    legend: { orient: "top", title: null },
  };
}
