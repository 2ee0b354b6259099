import { readRecord, refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { MechanismsOverTime } from "../mechanisms/mechanismsOverTime.ts";
import { mechanismNames } from "../mechanisms/report.ts";
import { hasColumn, readTrajectory } from "../model/readTrajectory.ts";
import type { Datum, Layer, PlotSpec } from "./grammar.ts";
import { numberAxis } from "./numberAxis.ts";
import { finite } from "./quantities.ts";
import { mechanismColours, optionNames, type PlotOptions, readPlotOptions, specOf } from "./theme.ts";
import { hasPlace, readTimeAxis, type TimeAxis, timeChannel } from "./time.ts";

/** What {@link plotMechanisms} takes. */
export interface MechanismPlotOptions extends PlotOptions {
  /** As of `plotTrajectory`. */
  readonly time?: TimeAxis | undefined;
}

/**
 * What each mechanism has done to the output, as areas stacked over time (those that lower it below zero),
 * and their sum as a line.
 *
 * @param split - What `mechanismsOverTime` returns.
 * @throws FeatureLearningError `"invalid-argument"`: not such a split, an invalid option.
 *
 * @example
 * ```ts
 * import { exactFlow, mechanismsOverTime, network, taskFromMoments } from "feature-learning";
 * import { plotMechanisms } from "feature-learning/plot";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 0.1, ww: 0.1, uw: 0 } });
 * console.log(plotMechanisms(mechanismsOverTime(flow)).description); // alignment, disalignment, rescaling: what each did to the output until t
 * ```
 */
export function plotMechanisms(
  split: { readonly [Name in keyof MechanismsOverTime]: ArrayLike<number> },
  options: MechanismPlotOptions = {},
): PlotSpec {
  return named("plotMechanisms", () => {
    const given = readRecord("options", options, [...optionNames, "time"]);
    const look = readPlotOptions(given, { width: 460, height: 240 });
    const columns = ["t", "change", ...mechanismNames] as const;
    if (!columns.every((name) => hasColumn(split, name))) refuse("split", split, "pass what mechanismsOverTime returns");
    const { t, ...parts } = readTrajectory("split", split) as MechanismsOverTime;
    if (t.length === 0) refuse("split", split, "pass what mechanismsOverTime returns");
    const time = readTimeAxis(given.time, [t]);
    const places = Array.from(t.keys()).filter((i) => hasPlace(t[i]!, time));
    const areas = mechanismNames.flatMap((mechanism) =>
      places.map((i): Datum => ({ t: t[i]!, mechanism, part: finite(parts[mechanism][i]!) })),
    );
    const sums = places.map((i): Datum => ({ t: t[i]!, change: finite(parts.change[i]!) }));
    const title = "change of the output Δ(γ u·w)";
    const layer: Layer[] = [
      {
        data: { name: "mechanisms" },
        mark: { type: "area", opacity: 0.85 },
        encoding: {
          x: timeChannel(time),
          y: { field: "part", type: "quantitative", title, stack: "zero", axis: numberAxis({ grid: true }) },
          color: {
            field: "mechanism",
            type: "nominal",
            title: null,
            sort: null,
            scale: { domain: [...mechanismNames], range: mechanismNames.map((name) => mechanismColours[name]) },
            legend: { orient: "top", title: null },
          },
        },
      },
      {
        data: { name: "change" },
        mark: { type: "line", color: look.surface.text, strokeWidth: 1.5 },
        encoding: { x: timeChannel(time), y: { field: "change", type: "quantitative", title } },
      },
    ];
    const described = `${mechanismNames.join(", ")}: what each did to the output until t`;
    return specOf(look, described, { mechanisms: areas, change: sums }, [{ width: look.width, height: look.height, layer }]);
  });
}
