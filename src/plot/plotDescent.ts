import { readBoolean, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type AxisOptions, cutOff, readAxes } from "./axes.ts";
import type { ChannelDef, Panel, PlotSpec } from "./grammar.ts";
import { type KernelViewOptions, kernelViewNames, readKernelView } from "./kernelView.ts";
import {
  KERNEL,
  OUTPUT,
  type PlottableLike,
  type Quantity,
  quantityNames,
  readQuantities,
  readTrajectory,
} from "./quantities.ts";
import { groundOf, linesOf, pointerOf, rowsOf, shownAxis, shownOf } from "./shown.ts";
import { optionNames, type PlotOptions, type PointerOptions, readPlotOptions, seriesColours, specOf } from "./theme.ts";
import { thinned } from "./thinned.ts";
import { readTimeAxis, type TimeAxis, timeChannel } from "./time.ts";

/** The options of {@link plotDescent}. */
export interface DescentPlotOptions extends PlotOptions, KernelViewOptions, PointerOptions {
  /**
   * The quantities, one panel each (default: loss, output and kernel; with several inputs and outputs the
   * sizes of output and kernel).
   */
  readonly quantities?: readonly Quantity[] | undefined;
  /** As in `plotTrajectory`. */
  readonly time?: TimeAxis | undefined;
  /** As in `plotTrajectory`. */
  readonly axes?: Readonly<Partial<Record<Quantity | "t", AxisOptions>>> | undefined;
}

/**
 * The exact solution as a line, and discrete training as dots, one per recorded step. If the dots would
 * overlap, only the extremes of every few pixels are drawn. The kernels are drawn relative to their first
 * values.
 *
 * @param exact - A sampled flow.
 * @param descent - The result of `gradientDescent` or `simulateDescent`.
 * @throws FeatureLearningError `"invalid-argument"`: no trajectories, a quantity that one of them does not
 * have, an invalid option.
 *
 * @example
 * ```ts
 * import { exactFlow, gradientDescent, network, sample, taskFromMoments } from "feature-learning";
 * import { plotDescent } from "feature-learning/plot";
 *
 * const problem = {
 *   network: network(),
 *   task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }),
 *   initial: { uu: 0.1, ww: 0.1, uw: 0 },
 * };
 * const descent = gradientDescent(problem, { stepSize: 0.1, steps: 40 });
 * const spec = plotDescent(sample(exactFlow(problem), descent.t), descent);
 * console.log(spec.datasets["gradient descent"]!.length); // 41
 * ```
 */
export function plotDescent(exact: PlottableLike, descent: PlottableLike, options: DescentPlotOptions = {}): PlotSpec {
  return named("plotDescent", () => {
    const names = [...optionNames, "quantities", "time", "axes", "tooltips", ...kernelViewNames] as const;
    const chosen = readRecord("options", options, names);
    const look = readPlotOptions(chosen);
    const [line, dots] = [readTrajectory("exact", exact), readTrajectory("descent", descent)];
    const both = [
      [EXACT, line],
      [STEPS, dots],
    ] as const;
    const quantities = readQuantities(chosen.quantities, both, ["loss", OUTPUT, KERNEL]);
    const time = readTimeAxis(chosen.time, [line.t, dots.t]);
    const axes = readAxes(chosen.axes, ["t", ...quantityNames]);
    const view = readKernelView(chosen);
    const withTooltips = chosen.tooltips === undefined || readBoolean("tooltips", chosen.tooltips);
    const shown = shownOf(quantities, both, view);
    const fields = shown.map(({ field }) => field);
    const smooth = thinned(rowsOf(EXACT, line.t, shown, 0, { time, axes }), { fields, time, strips: look.width });
    const all = rowsOf(STEPS, dots.t, shown, 1, { time, axes });
    const steps = thinned(all, { fields, time, strips: Math.max(1, Math.floor(look.width / DOT)) });
    const color: ChannelDef = {
      field: "series",
      type: "nominal",
      title: null,
      sort: null,
      scale: { domain: [EXACT, STEPS], range: seriesColours.slice(0, 2) },
      legend: { orient: "top", title: null, symbolType: "circle" },
    };
    const x = timeChannel(time, { axes });
    const datasets: PlotSpec["datasets"] = { [EXACT]: [...smooth], [STEPS]: [...steps] };
    const panels = shown.map((quantity, i): Panel => {
      const y = shownAxis(quantity, [...smooth, ...steps], axes);
      const ground = groundOf(quantity, [...smooth, ...steps], y, { ...look, ...view });
      const lines = linesOf(EXACT, smooth, quantity.field, { x, y, color }, { strokeWidth: 1.6 });
      Object.assign(datasets, ground.datasets, lines.datasets);
      const mark = {
        type: "point",
        filled: true,
        size: steps.length < all.length ? 14 : 28,
        opacity: 0.9,
        ...cutOff(x, y),
      } as const;
      const layer = [...ground.layers, { data: { name: STEPS }, mark, encoding: { x, y, color } }, ...lines.layers];
      const pointer = withTooltips ? [pointerOf(STEPS, i, x, look.surface, shown, true)] : [];
      return { width: look.width, height: look.height, layer: [...layer, ...pointer] };
    });
    const described = `${quantities.join(", ")} against time, by the exact solution and by gradient descent`;
    return specOf(look, described, datasets, panels);
  });
}

const [EXACT, STEPS] = ["exact solution", "gradient descent"];

/** The width of a dot in pixels. */
const DOT = 6;
