import { attempt, readNumber, readRecord, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type AxisOptions, readAxes } from "./axes.ts";
import type { ChannelDef, Datum, Layer, PlotSpec } from "./grammar.ts";
import { numberAxis } from "./numberAxis.ts";
import { type Landscape, type PlainProblem, readPlain } from "./plainProblem.ts";
import { seriesChannel } from "./plotTrajectory.ts";
import { columnOf, type Plottable, type PlottableLike, readColumn, readSeries } from "./quantities.ts";
import { optionNames, type PlotOptions, pictureWidth, readPlotOptions, seriesColours, specOf } from "./theme.ts";

/** The options of {@link plotAngleNorm}. */
export interface AngleNormPlotOptions extends PlotOptions {
  /** The domains of the axes. */
  readonly axes?: Readonly<Partial<Record<"angle" | "norms", Omit<AxisOptions, "scale">>>> | undefined;
  /**
   * A problem, such as `flow.problem`, whose gradient flow is drawn as arrows, for layers with the balance
   * δ = |u|²/η_u − |w|²/η_w (default 0). The network must be linear, with a squared loss.
   */
  readonly field?: (Landscape & { readonly balance?: number | undefined }) | undefined;
}

/**
 * The plane of the angle ζ between the layers and the product of their norms. A network moves along a curve
 * of constant area, |u||w| = √Γ/sin ζ; turning moves it sideways, rescaling upwards. The grey curves have the
 * areas of every decade. A ring marks the first row, a dot the last. Rows with a zero layer are not drawn on
 * the logarithmic axis. With several inputs or outputs ζ is the angle whose cosine is the alignment
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
  options: AngleNormPlotOptions = {},
): PlotSpec {
  return named("plotAngleNorm", () => {
    const fields = readRecord("options", options, [...optionNames, "axes", "field"]);
    const look = readPlotOptions(fields, { width: 400, height: 300 });
    const axes = readAxes(fields.axes, ["angle", "norms"]);
    if (axes["norms"]?.domain !== undefined && !(axes["norms"].domain[0] > 0))
      reject(`axes.norms.domain starts at ${axes["norms"].domain[0]}; the axis is logarithmic, so start it above 0`);
    const series = readSeries("trajectories", trajectories);
    const paths = series.map(([name, trajectory]) => {
      const argument = name === "" ? "trajectories" : `trajectories.${name}`;
      const normProduct = readColumn(argument, trajectory, "normProduct");
      const rows = Array.from(
        anglesOf(argument, trajectory),
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
    // Whole decades, with a margin for a path on the border of a decade.
    const decade = (value: number, round: (x: number) => number): number =>
      Number(`1e${Math.min(308, Math.max(-307, round(Math.log10(value))))}`);
    const wholeDecades: [number, number] = high > 0 ? [decade(low / 1.1, Math.floor), decade(high * 1.1, Math.ceil)] : [0.1, 10];
    const [bottom, top] = axes["norms"]?.domain ?? wholeDecades;
    const [left, right] = axes["angle"]?.domain ?? [0, Math.PI];
    const x: ChannelDef = {
      field: "angle",
      type: "quantitative",
      title: "angle between the layers ζ (rad)",
      scale: { domain: [left, right], nice: false },
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
    const color = names.length > 1 ? { color: seriesChannel(names, pictureWidth(look, 1)) } : {};
    const colouring = names.length > 1 ? {} : { color: seriesColours[0]! };
    const order = { field: "order", type: "quantitative" as const };
    const point = (name: string, filled: boolean): Layer => ({
      data: { name },
      mark: { type: "point", filled, size: 90, opacity: 1, strokeWidth: 2.5, ...colouring },
      encoding: { x, y, ...color },
    });
    const arrows =
      fields.field === undefined ? [] : fieldOf(readField(fields.field), { x: [left, right], y: [bottom, top] }, look);
    const layer: Layer[] = [
      {
        data: { name: "areas" },
        mark: { type: "line", clip: true, color: look.surface.quiet, opacity: 0.5, strokeWidth: 1 },
        encoding: { x, y, detail: { field: "area", type: "nominal" }, order },
      },
      ...(arrows.length > 0 ? [arrowLayer(x, y, look.surface.quiet)] : []),
      {
        data: { name: "paths" },
        mark: { type: "line", clip: true, strokeWidth: 3, ...colouring },
        encoding: { x, y, ...color, order },
      },
      point("starts", false),
      point("ends", true),
    ];
    const described = "the product of the layers' norms against the angle between them, on curves of conserved area";
    const datasets = {
      areas: areaCurves(bottom, top),
      paths: all,
      starts: ends(0),
      ends: ends(-1),
      ...(arrows.length > 0 ? { arrows } : {}),
    };
    return specOf(look, described, datasets, [{ width: look.width, height: look.height, layer }]);
  });
}

/** ζ; for layers that are matrices, the angle whose cosine is their alignment. */
function anglesOf(argument: string, trajectory: Plottable): Float64Array {
  return (
    columnOf(trajectory, "angle") ?? readColumn(argument, trajectory, "alignment").map((cosine) => Math.acos(Math.min(1, cosine)))
  );
}

/** |u||w| = √Γ/sin ζ, one curve per decade of √Γ, at most twelve. */
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

/** The problem whose arrows are drawn, with the balance of the layers. */
function readField(value: unknown): PlainProblem & { readonly balance: number } {
  const balance = attempt(() => (value as { balance?: unknown }).balance, undefined);
  const plain = readPlain("field", value);
  if (plain.hasDecay) reject("field has weight decay, under which the arrows depend on more than angle and norms");
  return { ...plain, balance: readNumber("field.balance", balance ?? 0) };
}

/** Arrows along the gradient flow, in pixels of the panel. */
function fieldOf(
  problem: PlainProblem & { readonly balance: number },
  box: { readonly x: readonly [number, number]; readonly y: readonly [number, number] },
  { width, height }: { readonly width: number; readonly height: number },
): Datum[] {
  const { gamma, k, rates, xx, xy, balance } = problem;
  const [columns, rows] = [Math.max(2, Math.round(width / 32)), Math.max(2, Math.round(height / 32))];
  const [from, to] = box.y.map(Math.log) as [number, number];
  const arrows: Datum[] = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const angle = box.x[0] + ((column + 0.5) / columns) * (box.x[1] - box.x[0]);
      const logNorms = from + ((row + 0.5) / rows) * (to - from);
      const norms = Math.exp(logNorms);
      const overlap = norms * Math.cos(angle);
      // S' = 2kγ·g·B with B = η_w|u|² + η_u|w|²; the area is conserved.
      const kernel = Math.sqrt(rates.u * rates.w) * Math.hypot(balance * Math.sqrt(rates.u * rates.w), 2 * norms);
      const pull = 2 * k * gamma * (xy - gamma * xx * overlap) * (kernel / norms);
      const across = -Math.sin(angle) * pull * (width / (box.x[1] - box.x[0]));
      const up = Math.cos(angle) * pull * (height / (to - from));
      if (!(Math.hypot(across, up) > 0)) continue;
      arrows.push({ angle, norms, turn: (Math.atan2(across, up) * 180) / Math.PI });
    }
  return arrows;
}

function arrowLayer(x: ChannelDef, y: ChannelDef, color: string): Layer {
  const mark = { type: "point", shape: "arrow", filled: true, color, size: 170, opacity: 0.6 } as const;
  return { data: { name: "arrows" }, mark, encoding: { x, y, angle: { field: "turn", type: "quantitative", scale: null } } };
}
