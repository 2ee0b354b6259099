/**
 * The exact loss landscape in two dimensions, at any width. For a linear network of two layers, with
 *
 *     p = |√η_w u + √η_u w|,   q = |√η_w u − √η_u w|,   4hγ⁻¹ · output = p² − q²,   h = √(η_uη_w)
 *
 * the curves of equal loss are hyperbolas p² − q² = const, and a flow moves on p·q = const.
 */
import { readRecord, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type AxisOptions, cutOff, readAxes, withDomain } from "./axes.ts";
import type { ChannelDef, Datum, Layer, PlotSpec } from "./grammar.ts";
import { numberAxis, numberLabel } from "./numberAxis.ts";
import { type Landscape, type PlainProblem, readPlain } from "./plainProblem.ts";
import { seriesChannel } from "./plotTrajectory.ts";
import { type PlottableLike, readColumn, readSeries } from "./quantities.ts";
import { optionNames, type PlotOptions, pictureWidth, readPlotOptions, seriesColours, specOf } from "./theme.ts";

/** The options of {@link plotLandscape}. */
export interface LandscapePlotOptions extends PlotOptions {
  /** The domains of the axes (default: the range of the paths). */
  readonly axes?: Readonly<Partial<Record<"aligned" | "opposed", Omit<AxisOptions, "scale">>>> | undefined;
}

/**
 * The loss landscape with the path of a flow or a descent, or several paths by name. The axes are the layers'
 * aligned part |√η_w u + √η_u w| and opposed part |√η_w u − √η_u w|, which determine the loss at any width.
 * The coloured curves have equal excess loss, and the thick one is the minimum. A ring marks the first row, a
 * dot the last.
 *
 * @param problem - The network and its task, such as `flow.problem`. The network must be linear, with a
 * squared loss.
 * @param trajectories - One trajectory, or several by name, with columns uu, ww and uw.
 * @throws FeatureLearningError `"invalid-argument"`: a problem of another kind, a frozen layer, a trajectory
 * without these columns, an invalid option.
 *
 * @example
 * ```ts
 * import { exactFlow, linearTimes, network, sample, taskFromMoments } from "feature-learning";
 * import { plotLandscape } from "feature-learning/plot";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 0.1, ww: 0.1, uw: -0.05 } });
 * const { datasets } = plotLandscape(flow.problem, sample(flow, linearTimes(flow)));
 * console.log(Number(datasets["starts"]![0]!["opposed"]).toFixed(3)); // 0.548
 * ```
 */
export function plotLandscape(
  problem: Landscape,
  trajectories: PlottableLike | Readonly<Record<string, PlottableLike>>,
  options: LandscapePlotOptions = {},
): PlotSpec {
  return named("plotLandscape", () => {
    const fields = readRecord("options", options, [...optionNames, "axes"]);
    const look = readPlotOptions(fields, { width: 400, height: 360 });
    const axes = readAxes(fields.axes, ["aligned", "opposed"]);
    const plain = readPlain("problem", problem);
    if (plain.gamma === 0 || plain.xx === 0) reject("problem has the same loss everywhere");
    const series = readSeries("trajectories", trajectories);
    const paths = series.map(([name, trajectory]) => {
      const argument = name === "" ? "trajectories" : `trajectories.${name}`;
      const [uu, ww, uw] = (["uu", "ww", "uw"] as const).map((column) => readColumn(argument, trajectory, column)) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      const rows = Array.from(
        uu,
        (_, order): Datum => ({ series: name, order, ...partsOf(plain, uu[order]!, ww[order]!, uw[order]!) }),
      );
      return rows.filter(({ aligned, opposed }) => Number.isFinite(aligned) && Number.isFinite(opposed));
    });
    const all = paths.flat();
    const reach = (field: string): number => all.reduce((most, row) => Math.max(most, Number(row[field])), 0);
    const side = 1.15 * (Math.max(reach("aligned"), reach("opposed")) || 1);
    const axis = (field: "aligned" | "opposed", title: string): ChannelDef =>
      withDomain(
        { field, type: "quantitative", title, scale: { domain: [0, side], nice: false }, axis: numberAxis() },
        axes[field],
      );
    const [x, y] = [axis("opposed", "opposed part |√η_w u − √η_u w|"), axis("aligned", "aligned part |√η_w u + √η_u w|")];
    const box = { opposed: x.scale!.domain as number[], aligned: y.scale!.domain as number[] };
    const levels = levelsOf(plain, box);
    const curves = levels.flatMap((level) => curvesOf(plain, level, box));
    const names = series.map(([name]) => name);
    const color = names.length > 1 ? { color: seriesChannel(names, pictureWidth(look, 1)) } : {};
    const colouring = names.length > 1 ? {} : { color: seriesColours[0]! };
    const order = { field: "order", type: "quantitative" } as const;
    const detail = { field: "curve", type: "nominal" } as const;
    const clip = cutOff(x, y);
    const loss: ChannelDef = {
      field: "loss",
      type: "quantitative",
      title: "excess loss",
      scale: { type: "log", scheme: "viridis" },
      legend: { orient: "right", title: "excess loss", labelExpr: numberLabel },
    };
    const ends = (at: 0 | -1): Datum[] => paths.flatMap((path) => path.slice(at).slice(0, 1));
    const point = (name: string, filled: boolean): Layer => ({
      data: { name },
      mark: { type: "point", filled, size: 90, opacity: 1, strokeWidth: 2.5, ...colouring },
      encoding: { x, y, ...color },
    });
    const layer: Layer[] = [
      {
        data: { name: "levels" },
        mark: { type: "line", ...clip, strokeWidth: 1.5 },
        encoding: { x, y, stroke: loss, detail, order },
      },
      {
        data: { name: "minimum" },
        mark: { type: "line", ...clip, color: look.surface.quiet, strokeWidth: 4, opacity: 0.7 },
        encoding: { x, y, detail, order },
      },
      {
        data: { name: "paths" },
        mark: { type: "line", ...clip, strokeWidth: 3, ...colouring },
        encoding: { x, y, ...color, order },
      },
      point("starts", false),
      point("ends", true),
    ];
    const datasets = { levels: curves, minimum: curvesOf(plain, 0, box), paths: all, starts: ends(0), ends: ends(-1) };
    const panel = { width: look.width, height: look.height, layer };
    const told = names.length > 1 ? ` of ${names.join(", ")}` : "";
    return specOf(look, `the loss over the aligned and the opposed part of the layers, and the path${told}`, datasets, [panel]);
  });
}

/** p and q. If the layers are nearly parallel, the smaller one is a difference of large numbers. */
function partsOf({ rates }: PlainProblem, uu: number, ww: number, uw: number): { aligned: number; opposed: number } {
  const [a, b] = [rates.w * uu, rates.u * ww];
  const cross = 2 * Math.sqrt(rates.u * rates.w) * uw;
  return { aligned: Math.sqrt(Math.max(0, a + b + cross)), opposed: Math.sqrt(Math.max(0, a + b - cross)) };
}

type PlaneBox = Readonly<Record<"aligned" | "opposed", readonly number[]>>;

/** The excess loss k·xx·(γS − xy/xx)² at p² − q² = 4hS. */
function lossAt({ gamma, k, rates, xx, xy }: PlainProblem, difference: number): number {
  return k * xx * ((gamma * difference) / (4 * Math.sqrt(rates.u * rates.w)) - xy / xx) ** 2;
}

const LEVELS = 9;

/** Levels in factors of 3 below the largest loss in the panel. */
function levelsOf(problem: PlainProblem, { aligned, opposed }: PlaneBox): number[] {
  const corners = [aligned[1]! ** 2 - opposed[0]! ** 2, aligned[0]! ** 2 - opposed[1]! ** 2];
  const most = Math.max(...corners.map((corner) => lossAt(problem, corner)));
  return Array.from({ length: LEVELS }, (_, i) => most / 3 ** (i + 0.5));
}

const POINTS = 81;

/** The parts of the one or two hyperbolas of a level that are in the panel. */
function curvesOf({ gamma, k, rates, xx, xy }: PlainProblem, loss: number, { aligned, opposed }: PlaneBox): Datum[] {
  const away = Math.sqrt(loss / (k * xx));
  const targets = loss === 0 ? [xy / xx] : [xy / xx - away, xy / xx + away];
  const farthest = Math.max(aligned[1]!, opposed[1]!);
  return targets.flatMap((target, side) => {
    const difference = (4 * Math.sqrt(rates.u * rates.w) * target) / gamma;
    // p² − q² = d. With p = √d·cosh or q = √−d·cosh the points are evenly distributed.
    const root = Math.sqrt(Math.abs(difference));
    if (root > farthest) return [];
    const most = root > 0 ? Math.acosh(farthest / root) : farthest;
    return Array.from({ length: POINTS }, (_, order): Datum => {
      const along = (most * order) / (POINTS - 1);
      const [large, small] = root > 0 ? [root * Math.cosh(along), root * Math.sinh(along)] : [along, along];
      const [p, q] = difference >= 0 ? [large, small] : [small, large];
      return { curve: `${loss} ${side}`, order, loss, aligned: p, opposed: q };
    });
  });
}
