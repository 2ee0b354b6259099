import { readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { ChannelDef, Datum, Layer, PlotSpec } from "./grammar.ts";
import { numberAxis } from "./numberAxis.ts";
import { seriesChannel } from "./plotTrajectory.ts";
import { columnOf, type Plottable, type PlottableLike, readColumn, readSeries } from "./quantities.ts";
import { optionNames, type PlotOptions, readPlotOptions, seriesColours, specOf } from "./theme.ts";

/**
 * The plane of the angle ζ between the layers and the product of their norms, in which a network moves along
 * a curve of conserved area, |u||w| = √Γ/sin ζ: turning moves it sideways, rescaling upwards. The grey curves
 * are the areas of every decade; a ring is the first row, a dot the last. Rows with a zero layer have no
 * place on the logarithmic axis. Of several inputs and outputs ζ is the angle whose cosine is the alignment
 * ‖W₂W₁‖_F/(‖W₂‖_F‖W₁‖_F), and the area is not conserved.
 *
 * @param trajectories - One trajectory, or several by name.
 * @throws FeatureLearningError `"invalid-argument"`: no trajectory, an invalid option.
 *
 * @example
 * ```ts
 * import { exactFlow, linearTimes, network, sample, taskFromMoments } from "feature-learning";
 * import { plotAngleNorm } from "feature-learning/plot";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 0.1, ww: 0.1, uw: 0 } });
 * const { datasets } = plotAngleNorm(sample(flow, linearTimes(flow)));
 * console.log(datasets["starts"]); // [ { series: '', angle: 1.5707963267948966, norms: 0.1 } ]
 * ```
 */
export function plotAngleNorm(
  trajectories: PlottableLike | Readonly<Record<string, PlottableLike>>,
  options: PlotOptions = {},
): PlotSpec {
  return named("plotAngleNorm", () => {
    const look = readPlotOptions(readRecord("options", options, optionNames), { width: 400, height: 300 });
    const series = readSeries("trajectories", trajectories);
    const paths = series.map(([name, one]) => {
      const argument = name === "" ? "trajectories" : `trajectories.${name}`;
      const normProduct = readColumn(argument, one, "normProduct");
      const rows = Array.from(
        anglesOf(argument, one),
        (angle, order): Datum => ({ series: name, order, angle, norms: normProduct[order]! }),
      );
      return rows.filter(({ norms }) => Number(norms) > 0 && Number.isFinite(norms));
    });
    const ends = (at: 0 | -1): Datum[] =>
      paths.flatMap((path) =>
        path
          .slice(at)
          .slice(0, 1)
          .map(({ series: name, angle, norms }): Datum => ({ series: name!, angle: angle!, norms: norms! })),
      );
    const all = paths.flat();
    const norms = all.map((row) => Number(row["norms"]));
    const [low, high] = [norms.reduce((a, b) => Math.min(a, b), Infinity), norms.reduce((a, b) => Math.max(a, b), 0)];
    // Whole decades, with room for a path that lies on their border.
    const decade = (value: number, round: (x: number) => number): number =>
      Number(`1e${Math.min(308, Math.max(-307, round(Math.log10(value))))}`);
    const [bottom, top] = high > 0 ? [decade(low / 1.1, Math.floor), decade(high * 1.1, Math.ceil)] : [0.1, 10];
    const x: ChannelDef = {
      field: "angle",
      type: "quantitative",
      title: "angle between the layers ζ (rad)",
      scale: { domain: [0, Math.PI], nice: false },
      axis: {
        grid: false,
        values: [0, 1, 2, 3, 4].map((i) => (i * Math.PI) / 4),
        labelExpr: "['0','π/4','π/2','3π/4','π'][round(4 * datum.value / PI)]",
      },
    };
    const y: ChannelDef = {
      field: "norms",
      type: "quantitative",
      title: "product of norms |u||w|",
      scale: { type: "log", domain: [bottom, top], nice: false },
      axis: numberAxis({ logarithmic: true }),
    };
    const names = series.map(([name]) => name);
    const color = names.length > 1 ? { color: seriesChannel(names) } : {};
    const own = names.length > 1 ? {} : { color: seriesColours[0]! };
    const order = { field: "order", type: "quantitative" as const };
    const point = (name: string, filled: boolean): Layer => ({
      data: { name },
      mark: { type: "point", filled, size: 90, opacity: 1, strokeWidth: 2.5, ...own },
      encoding: { x, y, ...color },
    });
    const layer: Layer[] = [
      {
        data: { name: "areas" },
        mark: { type: "line", clip: true, color: look.surface.quiet, opacity: 0.5, strokeWidth: 1 },
        encoding: { x, y, detail: { field: "area", type: "nominal" }, order },
      },
      { data: { name: "paths" }, mark: { type: "line", strokeWidth: 3, ...own }, encoding: { x, y, ...color, order } },
      point("starts", false),
      point("ends", true),
    ];
    const described = "the product of the layers' norms against the angle between them, on curves of conserved area";
    const datasets = { areas: areaCurves(bottom, top), paths: all, starts: ends(0), ends: ends(-1) };
    return specOf(look, described, datasets, [{ width: look.width, height: look.height, layer }]);
  });
}

/** ζ; of layers that are matrices the angle whose cosine is their alignment. */
function anglesOf(argument: string, trajectory: Plottable): Float64Array {
  return (
    columnOf(trajectory, "angle") ?? readColumn(argument, trajectory, "alignment").map((cosine) => Math.acos(Math.min(1, cosine)))
  );
}

/** |u||w| = √Γ/sin ζ, one curve a decade of √Γ, at most twelve of them. */
function areaCurves(bottom: number, top: number): Datum[] {
  const decades = Math.ceil(Math.log10(top)) - Math.floor(Math.log10(bottom));
  const stride = Math.max(1, Math.ceil(decades / 12));
  const first = Math.floor(Math.log10(bottom)) - 3;
  const levels = Array.from({ length: Math.ceil((decades + 4) / stride) }, (_, i) => first + i * stride);
  const angles = Array.from({ length: 181 }, (_, i) => (Math.PI * (i + 0.5)) / 181);
  return levels.flatMap((level) =>
    angles
      .map((angle, order): Datum => ({ area: `1e${level}`, order, angle, norms: 10 ** level / Math.sin(angle) }))
      .filter(({ norms }) => Number(norms) > bottom / 4 && Number(norms) < top * 4),
  );
}
