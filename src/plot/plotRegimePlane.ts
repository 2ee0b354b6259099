import { readExtended } from "../door/anyNumbers.ts";
import { attempt, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { kernelRange } from "../regimes/kernelRange.ts";
import type { Regime } from "../regimes/regime.ts";
import type { ChannelDef, Datum, PlotSpec } from "./grammar.ts";
import { labelled } from "./labelled.ts";
import { numberAxis } from "./numberAxis.ts";
import { optionNames, type PlotOptions, phaseColours, readPlotOptions, specOf, tint } from "./theme.ts";

/** The options of {@link plotRegimePlane}. */
export interface RegimePlanePlotOptions extends PlotOptions {
  /** The relative kernel change below which the regime is `"kernel"` (default 0.1). */
  readonly kernelBelow?: number | undefined;
}

/**
 * All networks in one plane. The horizontal axis is the smallest kernel that can fit the target, relative to
 * the initial kernel (0 to ∞). The vertical axis is the part of the initial kernel that belongs to the
 * initial overlap. Networks of any width, learning rates and scales are placed by their `regime`. Kernel
 * machines form a region with an exact boundary.
 *
 * @param regimes - Results of `regime` for exact flows, by the names to show.
 * @throws FeatureLearningError `"invalid-argument"`: a regime without `place` (of a static network, or of a
 * flow that is not exact).
 *
 * @example
 * ```ts
 * import { exactFlow, network, regime, taskFromMoments } from "feature-learning";
 * import { plotRegimePlane } from "feature-learning/plot";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const small = regime(exactFlow({ network: network(), task, initial: { uu: 0.1, ww: 0.1, uw: 0.02 } }));
 * console.log(small.place!.start.toFixed(3), small.place!.end.toFixed(3)); // 0.200 10.000
 * console.log(plotRegimePlane({ small }).datasets["networks"]); // [ { name: 'small', x: 0.9090909090909091, start: 0.2 } ]
 * ```
 */
export function plotRegimePlane(regimes: Readonly<Record<string, Regime>>, options: RegimePlanePlotOptions = {}): PlotSpec {
  return named("plotRegimePlane", () => {
    const fields = readRecord("options", options, [...optionNames, "kernelBelow"]);
    const look = readPlotOptions(fields, { width: 400, height: 300 });
    const kernelBelow = readNumber("kernelBelow", fields.kernelBelow ?? 0.1, { above: 0 });
    const networks = Object.entries(readRecord("regimes", regimes) as Record<string, Regime>).map(([name, regime]): Datum => {
      const place = attempt(() => regime.place, undefined);
      if (regime === null || typeof regime !== "object") refuse(`regimes.${name}`, regime, "pass the result of regime");
      if (place === undefined) reject(`regimes.${name} has no place; pass the regime of an exact flow that is not static`);
      const end = readExtended(`regimes.${name}.place.end`, [place.end])[0]!;
      return { name, x: compact(end), start: place.start };
    });
    const count = 201;
    const starts = Array.from({ length: count }, (_, i) => -1 + (2 * i) / (count - 1));
    const kernel = starts.flatMap((start): Datum[] => {
      const range = kernelRange(start, kernelBelow);
      return range === undefined ? [] : [{ start, from: compact(range.from), to: compact(range.to), regime: "kernel" }];
    });
    const { surface, width, height } = look;
    const ticks = [0, 0.1, 0.3, 1, 3, 10, 100, Infinity];
    const x: ChannelDef = {
      field: "x",
      type: "quantitative",
      title: "kernel needed / initial kernel, 2h|S∞|/B₀",
      scale: { domain: [0, 1], nice: false },
      axis: {
        grid: false,
        values: ticks.map(compact),
        labelOverlap: "greedy",
        labelExpr: "datum.value > 0.999 ? '∞' : format(datum.value / (1 - datum.value), '.2~r')",
      },
    };
    const y: ChannelDef = {
      field: "start",
      type: "quantitative",
      title: "part of the initial overlap, ±2h|S₀|/B₀",
      scale: { domain: [-1, 1], nice: false },
      axis: numberAxis(),
    };
    const color: ChannelDef = {
      field: "regime",
      type: "nominal",
      title: null,
      sort: null,
      scale: {
        domain: ["kernel", "feature-learning"],
        range: [tint(phaseColours.kernel, surface), tint(phaseColours["feature-learning"], surface)],
      },
      legend: { orient: "top", title: null, symbolType: "square" },
    };
    const everything = [{ from: 0, to: 1, low: -1, high: 1, regime: "feature-learning" }];
    const labels = labelled(surface, { x, y }, "networks", networks, look);
    const layer: PlotSpec["concat"][number]["layer"] = [
      {
        data: { name: "plane" },
        mark: { type: "rect" },
        encoding: { x: { ...x, field: "from" }, x2: { field: "to" }, y: { ...y, field: "low" }, y2: { field: "high" }, color },
      },
      {
        data: { name: "kernel machines" },
        mark: { type: "area", orient: "horizontal", opacity: 1 },
        encoding: { x: { ...x, field: "from" }, x2: { field: "to" }, y, color },
      },
      ...labels.layers,
    ];
    const described = `kernel machines and feature learners, and the positions of ${networks.map(({ name }) => name).join(", ")}`;
    return specOf(look, described, { plane: everything, "kernel machines": kernel, ...labels.datasets }, [
      { width, height, layer },
    ]);
  });
}

/** [0, ∞] on [0, 1]. */
function compact(end: number): number {
  return end === Infinity ? 1 : end / (1 + end);
}
