import { readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { ChannelDef, Datum, Panel, PlotSpec } from "./grammar.ts";
import { rowsOf } from "./plotTrajectory.ts";
import { KERNEL, OUTPUT, type PlottableLike, type Quantity, quantityAxis, readQuantities, readTrajectory } from "./quantities.ts";
import { optionNames, type PlotOptions, readPlotOptions, seriesColours, specOf } from "./theme.ts";
import { readTimeAxis, type TimeAxis, timeChannel } from "./time.ts";

/** What {@link plotDescent} takes. */
export interface DescentPlotOptions extends PlotOptions {
  /** A panel each (default loss, output and kernel, of several inputs and outputs their sizes). */
  readonly quantities?: readonly Quantity[] | undefined;
  /** As of `plotTrajectory`. */
  readonly time?: TimeAxis | undefined;
}

/**
 * The exact solution as a line, and what discrete training does as dots, one a recorded step: `recordEvery`
 * of the descent thins them.
 *
 * @param exact - A sampled flow.
 * @param descent - What `gradientDescent` or `simulateDescent` returns.
 * @throws FeatureLearningError `"invalid-argument"`: no trajectories, a quantity that one of them does not
 * know, an invalid option.
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
    const given = readRecord("options", options, [...optionNames, "quantities", "time"]);
    const look = readPlotOptions(given);
    const [line, dots] = [readTrajectory("exact", exact), readTrajectory("descent", descent)];
    const both = [
      ["exact solution", line],
      ["gradient descent", dots],
    ] as const;
    const quantities = readQuantities(given.quantities, both, ["loss", OUTPUT, KERNEL]);
    const time = readTimeAxis(given.time, [line.t, dots.t]);
    const [smooth, steps] = both.map((one) => rowsOf([one], quantities, time)) as [Datum[], Datum[]];
    const color: ChannelDef = {
      field: "series",
      type: "nominal",
      title: null,
      scale: { domain: both.map(([name]) => name), range: seriesColours.slice(0, 2) },
      legend: { orient: "top", title: null, symbolType: "circle" },
    };
    const panels = quantities.map((name): Panel => {
      const encoding = { x: timeChannel(time), y: quantityAxis(name, [...smooth, ...steps], name), color };
      return {
        width: look.width,
        height: look.height,
        layer: [
          { data: { name: "exact solution" }, mark: { type: "line" }, encoding },
          { data: { name: "gradient descent" }, mark: { type: "point", filled: true, size: 28, opacity: 0.9 }, encoding },
        ],
      };
    });
    const described = `${quantities.join(", ")} against time, by the exact solution and by gradient descent`;
    return specOf(look, described, { "exact solution": smooth, "gradient descent": steps }, panels);
  });
}
