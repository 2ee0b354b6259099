import { attempt, readRecord, refuse, reject } from "../door/arguments.ts";
import { readVector, type VectorLike } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { type AxisOptions, cutOff, readAxes, withDomain } from "./axes.ts";
import type { ChannelDef, Datum, Layer, PlotSpec } from "./grammar.ts";
import { numberAxis } from "./numberAxis.ts";
import { seriesChannel } from "./plotTrajectory.ts";
import { optionNames, type PlotOptions, pictureWidth, readPlotOptions, seriesColours, specOf } from "./theme.ts";

/** A fitted function of one input: f(x) = output·x, or a slope on each side of 0. */
export type Fitted = { readonly output: number } | { readonly slopes: { readonly positive: number; readonly negative: number } };

/** The options of {@link plotFit}. */
export interface FitPlotOptions extends PlotOptions {
  /** The domains of the axes. */
  readonly axes?: Readonly<Partial<Record<"x" | "y", Omit<AxisOptions, "scale">>>> | undefined;
}

/** The largest number of samples that are drawn. Of more samples, an evenly spaced subset is drawn. */
const MOST_SAMPLES = 1000;

/**
 * The fitted function over the data, at one time or at several by name: snapshots of one input direction, or
 * of a ReLU network, which has a slope on each side of 0.
 *
 * @param data - Samples { x, y }, such as `task.samples`.
 * @param fits - A snapshot, or several by name. Only `output` or `slopes` is used.
 * @throws FeatureLearningError `"invalid-argument"`: no samples, x and y of different lengths, no snapshot,
 * an invalid option.
 *
 * @example
 * ```ts
 * import { exactFlow, network, taskFromSamples } from "feature-learning";
 * import { plotFit } from "feature-learning/plot";
 *
 * const task = taskFromSamples([-1, 0, 1, 2], [-2.1, 0.1, 1.8, 4.2]);
 * const flow = exactFlow({ network: network(), task, initial: { uu: 0.1, ww: 0.1, uw: 0 } });
 * const spec = plotFit(task.samples!, { start: flow.at(0), "t = 0.2": flow.at(0.2), end: flow.limit });
 * console.log(spec.datasets["fits"]!.length); // 9
 * ```
 */
export function plotFit(
  data: { readonly x: VectorLike; readonly y: VectorLike },
  fits: Fitted | Readonly<Record<string, Fitted>>,
  options: FitPlotOptions = {},
): PlotSpec {
  return named("plotFit", () => {
    const fields = readRecord("options", options, [...optionNames, "axes"]);
    const look = readPlotOptions(fields, { width: 400, height: 300 });
    const axes = readAxes(fields.axes, ["x", "y"]);
    const samples = readRecord("data", data, ["x", "y"]);
    const [xs, ys] = [readVector("data.x", samples.x), readVector("data.y", samples.y)];
    if (xs.length !== ys.length) reject(`data.x has ${xs.length} samples and data.y has ${ys.length}; pass as many`);
    const alone = slopesOf(fits);
    const named =
      alone === undefined ? Object.entries(readRecord("fits", fits) as Record<string, unknown>) : [["", fits] as const];
    if (named.length === 0) refuse("fits", fits, "pass a snapshot, or several by name");
    const [left, right] = [Math.min(0, ...bounds(xs)), Math.max(0, ...bounds(xs))];
    const [low, high] = left < right ? [left, right] : [-1, 1];
    const lines = named.flatMap(([name, fit]) => {
      const slopes = slopesOf(fit) ?? refuse(name === "" ? "fits" : `fits.${name}`, fit, "pass a snapshot with output or slopes");
      // Adding 0 turns −0 into 0.
      const value = (x: number): number => (x < 0 ? slopes.negative : slopes.positive) * x + 0;
      return [low, 0, high].map((x): Datum => ({ series: name, x, y: value(x) }));
    });
    const step = Math.ceil(xs.length / MOST_SAMPLES);
    const dots = Array.from({ length: Math.ceil(xs.length / step) }, (_, i): Datum => ({ x: xs[i * step]!, y: ys[i * step]! }));
    const axis = (field: "x" | "y", title: string): ChannelDef =>
      withDomain({ field, type: "quantitative", title, scale: { zero: false }, axis: numberAxis({ grid: true }) }, axes[field]);
    const [x, y] = [axis("x", "input x"), axis("y", "target y, fitted f(x)")];
    const labels = named.map(([name]) => name);
    const color = labels.length > 1 ? { color: seriesChannel(labels, pictureWidth(look, 1)) } : {};
    const colouring = labels.length > 1 ? {} : { color: seriesColours[0]! };
    const clip = cutOff(x, y);
    const layer: Layer[] = [
      {
        data: { name: "samples" },
        mark: {
          type: "point",
          filled: true,
          color: look.surface.quiet,
          size: 24,
          opacity: dots.length > 200 ? 0.35 : 0.7,
          ...clip,
        },
        encoding: { x, y },
      },
      { data: { name: "fits" }, mark: { type: "line", ...colouring, ...clip }, encoding: { x, y, ...color } },
    ];
    const panel = { width: look.width, height: look.height, layer };
    const told = labels.length > 1 ? ` at ${labels.join(", ")}` : "";
    return specOf(look, `the fitted function over the data${told}`, { samples: dots, fits: lines }, [panel]);
  });
}

function bounds(values: Float64Array): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
}

/** The slopes of a snapshot, or undefined. */
function slopesOf(value: unknown): { readonly positive: number; readonly negative: number } | undefined {
  return attempt(() => {
    const { output, slopes } = value as { output?: unknown; slopes?: { positive?: unknown; negative?: unknown } };
    if (typeof output === "number" && Number.isFinite(output)) return { positive: output, negative: output };
    const { positive, negative } = slopes!;
    return Number.isFinite(positive) && Number.isFinite(negative)
      ? { positive: positive as number, negative: negative as number }
      : undefined;
  }, undefined);
}
