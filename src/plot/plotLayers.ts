import { readBoolean, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type AxisOptions, cutOff, readAxes, withDomain } from "./axes.ts";
import type { Datum, Layer, Panel, PlotSpec, ScaleDef } from "./grammar.ts";
import { numberAxis } from "./numberAxis.ts";
import { seriesChannel } from "./plotTrajectory.ts";
import { finite, type PlottableLike, readColumn, readSeries } from "./quantities.ts";
import { linesOf, pointerOf } from "./shown.ts";
import { optionNames, type PlotOptions, type PointerOptions, pictureWidth, readPlotOptions, specOf } from "./theme.ts";
import { thinned } from "./thinned.ts";
import { hasPlace, readTimeAxis, type TimeAxis, timeChannel } from "./time.ts";

/** The options of {@link plotLayers}. */
export interface LayersPlotOptions extends PlotOptions, PointerOptions {
  /** The scale of the axis of steps (default linear). */
  readonly time?: TimeAxis | undefined;
  /** The domains of the axes. */
  readonly axes?: Readonly<Partial<Record<"t" | "alignment" | "growth", Omit<AxisOptions, "scale">>>> | undefined;
}

/**
 * The layers of a deep network during training, with one line per pair of adjacent layers: their alignment,
 * and the growth of their norms.
 *
 * @param pairs - The result of `recordLayers().trajectories()`: trajectories by the names of the pairs.
 * @throws FeatureLearningError `"invalid-argument"`: no trajectories, an invalid option.
 *
 * @example
 * ```ts
 * import { recordLayers } from "feature-learning/deep";
 * import { plotLayers } from "feature-learning/plot";
 *
 * const recorder = recordLayers();
 * for (const [step, angle] of [0.1, 0.6, 1.2].entries())
 *   recorder.record(step, { first: [[1], [0]], second: [[Math.sin(angle), Math.cos(angle)]] });
 * console.log(plotLayers(recorder.trajectories()).datasets["layers"]!.length); // 3
 * ```
 */
export function plotLayers(pairs: Readonly<Record<string, PlottableLike>>, options: LayersPlotOptions = {}): PlotSpec {
  return named("plotLayers", () => {
    const chosen = readRecord("options", options, [...optionNames, "time", "axes", "tooltips"]);
    const look = readPlotOptions(chosen);
    const axes = readAxes(chosen.axes, ["t", "alignment", "growth"]);
    const withTooltips = chosen.tooltips === undefined || readBoolean("tooltips", chosen.tooltips);
    const series = readSeries("pairs", readRecord("pairs", pairs));
    const time = chosen.time === undefined ? "linear" : readTimeAxis(chosen.time, []);
    const data = series.flatMap(([pair, trajectory]) => {
      const alignment = readColumn(`pairs.${pair}`, trajectory, "alignment");
      const normProduct = readColumn(`pairs.${pair}`, trajectory, "normProduct");
      const rows = Array.from(trajectory.t, (step, i): Datum => {
        const growth = Math.log(normProduct[i]!) - Math.log(normProduct[0]!);
        return { series: pair, t: step, alignment: finite(Math.abs(alignment[i]!)), growth: finite(growth) };
      });
      const placed = rows.filter(({ t }) => hasPlace(Number(t), time));
      return thinned(placed, { fields: ["alignment", "growth"], time, strips: look.width });
    });
    const names = series.map(([pair]) => pair);
    const x = timeChannel(time, { title: "step", axes });
    const color = seriesChannel(names, pictureWidth(look, 2));
    const datasets: PlotSpec["datasets"] = {
      layers: data,
      "growth frame": [{ growth: -LEAST_GROWTH }, { growth: LEAST_GROWTH }],
    };
    const fields = [
      { field: "alignment", title: "alignment |cos ζ|" },
      { field: "growth", title: "growth of norms Δ ln(|u||w|)" },
    ];
    const panel = (index: 0 | 1, scale: ScaleDef): Panel => {
      const { field, title } = fields[index]!;
      const axis = numberAxis({ grid: true });
      const y = withDomain({ field, type: "quantitative", title, scale, axis }, axes[field]);
      const lines = linesOf("layers", data, field, { x, y, color });
      Object.assign(datasets, lines.datasets);
      const frame: Layer = { data: { name: "growth frame" }, mark: { type: "rule", ...cutOff(y), opacity: 0 }, encoding: { y } };
      const pointer = withTooltips ? [pointerOf("layers", index, x, look.surface, fields, true)] : [];
      const layer = [...(field === "growth" ? [frame] : []), ...lines.layers, ...pointer];
      return { width: look.width, height: look.height, layer };
    };
    const panels = [panel(0, { domain: [0, 1] }), panel(1, { zero: true })];
    return specOf(look, `alignment and growth of norms of ${names.join(", ")} against the step`, datasets, panels);
  });
}

/** The smallest range of the axis, so that a negligible growth of norms looks small. */
const LEAST_GROWTH = 0.1;
