import { readBoolean, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type AxisOptions, readAxes } from "./axes.ts";
import type { Layer, Panel, PlotSpec } from "./grammar.ts";
import { type KernelViewOptions, kernelViewNames, readKernelView } from "./kernelView.ts";
import { legendOf } from "./legend.ts";
import { KERNEL, OUTPUT, type PlottableLike, type Quantity, quantityNames, readQuantities, readSeries } from "./quantities.ts";
import { groundOf, linesOf, onlyColour, pointerOf, rowsOf, shownAxis, shownOf } from "./shown.ts";
import {
  optionNames,
  type PlotOptions,
  type PointerOptions,
  pictureWidth,
  readPlotOptions,
  seriesColours,
  specOf,
} from "./theme.ts";
import { thinned } from "./thinned.ts";
import { readTimeAxis, type TimeAxis, timeChannel } from "./time.ts";

/** The options of {@link plotTrajectory}. */
export interface TrajectoryPlotOptions extends PlotOptions, KernelViewOptions, PointerOptions {
  /**
   * The quantities, one panel each (default: those of loss, output, kernel and alignment that are known; with
   * several inputs and outputs the sizes of output and kernel).
   */
  readonly quantities?: readonly Quantity[] | undefined;
  /**
   * The scale of the time axis (default: logarithmic if half of the times are in the first tenth; t = 0 is
   * then left out).
   */
  readonly time?: TimeAxis | undefined;
  /** The domains and scales of axes, by the names of the quantities; `t` has only a domain. */
  readonly axes?: Readonly<Partial<Record<Quantity | "t", AxisOptions>>> | undefined;
}

/**
 * One trajectory, or several by name, against time, with one panel per quantity. An axis is logarithmic if
 * its positive values span more than 1½ decades. t = ∞ is left out, and so is t = 0 on a logarithmic axis.
 * The kernel is drawn relative to its first value, with a grey band in which a network counts as lazy.
 *
 * @param trajectories - The result of `sample`, `gradientDescent` or `trajectoryOf`, or a record of several,
 * by the names to show.
 * @returns A Vega-Lite specification.
 * @throws FeatureLearningError `"invalid-argument"`: no trajectory, a quantity that it does not have, an
 * invalid option.
 *
 * @example
 * ```ts
 * import { exactFlow, linearTimes, network, sample, taskFromMoments } from "feature-learning";
 * import { plotTrajectory } from "feature-learning/plot";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 0.01, ww: 0.01, uw: 0 } });
 * const spec = plotTrajectory(sample(flow, linearTimes(flow)), { quantities: ["loss", "kernel"] });
 * console.log(spec.concat.map(({ layer }) => layer[0]!.encoding.y!.title)); // [ 'loss L', 'kernel over its start' ]
 * ```
 */
export function plotTrajectory(
  trajectories: PlottableLike | Readonly<Record<string, PlottableLike>>,
  options: TrajectoryPlotOptions = {},
): PlotSpec {
  return named("plotTrajectory", () => {
    const names = [...optionNames, "quantities", "time", "axes", "tooltips", ...kernelViewNames] as const;
    const chosen = readRecord("options", options, names);
    const look = readPlotOptions(chosen);
    const series = readSeries("trajectories", trajectories);
    const quantities = readQuantities(chosen.quantities, series, ["loss", OUTPUT, KERNEL, "alignment"]);
    const times = series.map(([, { t }]) => t);
    const time = readTimeAxis(chosen.time, times);
    const axes = readAxes(chosen.axes, ["t", ...quantityNames]);
    const view = readKernelView(chosen);
    const withTooltips = chosen.tooltips === undefined || readBoolean("tooltips", chosen.tooltips);
    const shown = shownOf(quantities, series, view);
    const labels = series.map(([name]) => name);
    const fields = shown.map(({ field }) => field);
    // More than two rows per pixel cannot be distinguished.
    const data = labels.flatMap((label, s) =>
      thinned(rowsOf(label, times[s]!, shown, s, { time, axes }), { fields, time, strips: look.width }),
    );
    const datasets: PlotSpec["datasets"] = { trajectories: data };
    const x = timeChannel(time, { axes });
    const isAlone = labels.length === 1;
    const colour = isAlone ? {} : { color: seriesChannel(labels, pictureWidth(look, quantities.length)) };
    const panels = shown.map((quantity, i): Panel => {
      const y = shownAxis(quantity, data, axes);
      const ground = groundOf(quantity, data, y, { ...look, ...view });
      const lines = linesOf("trajectories", data, quantity.field, { x, y, ...colour }, isAlone ? { color: onlyColour } : {});
      Object.assign(datasets, ground.datasets, lines.datasets);
      const pointer = withTooltips ? [pointerOf("trajectories", i, x, look.surface, shown, !isAlone)] : [];
      return { width: look.width, height: look.height, layer: [...ground.layers, ...lines.layers, ...pointer] };
    });
    const described = `${quantities.join(", ")} against time${isAlone ? "" : `, of ${labels.join(", ")}`}`;
    return specOf(look, described, datasets, panels);
  });
}

/** Colours for several lines, with their legend above a picture of this width. */
export function seriesChannel(names: readonly string[], width: number): NonNullable<Layer["encoding"]["color"]> {
  const few = names.length <= seriesColours.length;
  return {
    field: "series",
    type: few ? "nominal" : "ordinal",
    title: null,
    sort: null,
    scale: { domain: [...names], ...(few ? { range: seriesColours.slice(0, names.length) } : { scheme: "viridis" as const }) },
    legend: { orient: "top", title: null, ...legendOf(names, width) },
  };
}
