import { readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { ChannelDef, Datum, Panel, PlotSpec } from "./grammar.ts";
import { numberAxis } from "./numberAxis.ts";
import { seriesChannel } from "./plotTrajectory.ts";
import { finite, type PlottableLike, readColumn, readSeries } from "./quantities.ts";
import { type PlotOptions, readPlain, specOf } from "./theme.ts";
import { timeChannel } from "./time.ts";

/**
 * What the layers of a deep network do while it trains, a line a pair of adjacent layers: how they turn, and
 * how their norms change.
 *
 * @param pairs - What `recordLayers().trajectories()` returns: trajectories by the names of the pairs.
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
export function plotLayers(pairs: Readonly<Record<string, PlottableLike>>, options: PlotOptions = {}): PlotSpec {
  return named("plotLayers", () => {
    const { width, height, ...look } = readPlain(options);
    const series = readSeries("pairs", readRecord("pairs", pairs));
    const data = series.flatMap(([pair, one]) => {
      const alignment = readColumn(`pairs.${pair}`, one, "alignment");
      const normProduct = readColumn(`pairs.${pair}`, one, "normProduct");
      return Array.from(one.t, (step, i): Datum => {
        const growth = Math.log(normProduct[i]!) - Math.log(normProduct[0]!);
        return { series: pair, t: step, alignment: Math.abs(alignment[i]!), growth: finite(growth) };
      });
    });
    const panel = (y: ChannelDef): Panel => ({
      width,
      height,
      layer: [
        {
          data: { name: "layers" },
          mark: { type: "line" },
          encoding: { x: timeChannel("linear", "step"), y, color: seriesChannel(series.map(([pair]) => pair)) },
        },
      ],
    });
    const axis = numberAxis({ grid: true });
    const panels = [
      panel({ field: "alignment", type: "quantitative", title: "alignment |cos ζ|", scale: { domain: [0, 1] }, axis }),
      panel({ field: "growth", type: "quantitative", title: "growth of norms Δ ln(|u||w|)", scale: { zero: true }, axis }),
    ];
    const names = series.map(([pair]) => pair).join(", ");
    return specOf(
      { width, height, ...look },
      `alignment and growth of norms of ${names} against the step`,
      { layers: data },
      panels,
    );
  });
}
