/** Bands of an ensemble: the median, and the central 50 % and 90 %. */

import { readExtended } from "../door/anyNumbers.ts";
import { attempt, isList, readBoolean, readChoice, readRecord, refuse, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { fieldTitles } from "../model/snapshot.ts";
import type { Ensemble } from "../sweep/ensemble.ts";
import { type AxisOptions, bandsOnAxis, cutOff, isLogarithmic, readAxes, withDomain } from "./axes.ts";
import { entryAt } from "./entryAt.ts";
import type { ChannelDef, Datum, Layer, PlotSpec } from "./grammar.ts";
import { type KernelViewOptions, kernelViewNames, readKernelView } from "./kernelView.ts";
import { numberAxis } from "./numberAxis.ts";
import {
  type Choice,
  columnOf,
  finite,
  KERNEL,
  type PlottableLike,
  type Quantity,
  quantityNames,
  readQuantities,
  readTrajectory,
} from "./quantities.ts";
import { decades, dotsOf, groundOf, pointerOf, RELATIVE_TITLE, type Shown, shownAxis } from "./shown.ts";
import {
  optionNames,
  type PlotOptions,
  type PointerOptions,
  type ReadOptions,
  readPlotOptions,
  seriesColours,
  specOf,
} from "./theme.ts";
import { hasPlace, readTimeAxis, type TimeAxis, timeChannel } from "./time.ts";

/** The options of {@link plotBands}. */
export interface BandPlotOptions extends PlotOptions, KernelViewOptions, PointerOptions {
  /**
   * The quantities, one panel each (default: those of loss, kernel and alignment that are known; for curves
   * without these, all fields).
   */
  readonly quantities?: readonly Quantity[] | undefined;
  /** As in `plotTrajectory`. */
  readonly time?: TimeAxis | undefined;
  /** As in `plotTrajectory`. */
  readonly axes?: Readonly<Partial<Record<Quantity | "t", AxisOptions>>> | undefined;
}

/**
 * Many trajectories over the same times, such as those of several seeds, as bands: the median, the middle
 * half, and the 5th to the 95th percentile at each time (from order statistics, with linear interpolation).
 * The kernel of a trajectory is drawn relative to its first value, that of an ensemble relative to its first
 * median.
 *
 * @param subject - At least two trajectories with the same times, or an ensemble with curves (`times` and
 * `fields`).
 * @throws FeatureLearningError `"invalid-argument"`: fewer than two, times that differ, a quantity that a
 * trajectory does not have.
 *
 * @example
 * ```ts
 * import { exactFlow, gaussianOrderParameters, linearTimes, network, sample, taskFromMoments } from "feature-learning";
 * import { plotBands } from "feature-learning/plot";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flows = [1, 2, 3, 4, 5].map((seed) =>
 *   exactFlow({ network: network(), task, initial: gaussianOrderParameters({ width: 10, scale: 0.1, seed }) }),
 * );
 * const spec = plotBands(flows.map((flow) => sample(flow, linearTimes(flows[0]!))), { quantities: ["kernel"] });
 * console.log(spec.description); // kernel against time: median, middle half, and 5th to 95th percentile of 5 trajectories
 * ```
 */
export function plotBands(subject: readonly PlottableLike[] | Ensemble, options: BandPlotOptions = {}): PlotSpec {
  return named("plotBands", () => {
    const known = [...optionNames, "quantities", "time", "axes", "tooltips", ...kernelViewNames] as const;
    const chosen = readRecord("options", options, known);
    const look = readPlotOptions(chosen);
    const { t, quantities, members, at, starts } = attempt(() => hasCurves(subject as Ensemble), false)
      ? bandsOfCurves(subject as Ensemble, chosen.quantities)
      : bandsOfTrajectories(subject, chosen.quantities);
    const time = readTimeAxis(chosen.time, [t]);
    const axes = readAxes(chosen.axes, ["t", ...quantityNames]);
    const view = readKernelView(chosen);
    const withTooltips = chosen.tooltips === undefined || readBoolean("tooltips", chosen.tooltips);
    const x = timeChannel(time, { axes });
    const datasets: PlotSpec["datasets"] = {};
    const panels = quantities.map((name, panel) => {
      const isKernel = name === "kernel" || name === "kernelSize";
      const isRelative = view.kernel === "relative" && isKernel && starts(name).every((start) => start > 0 && start < Infinity);
      const all = Array.from(t.keys())
        .filter((i) => hasPlace(t[i]!, time))
        .map((i) => at(name, i, isRelative));
      const rows = bandsOnAxis(all, axes[name]);
      datasets[name] = rows;
      const title = isRelative ? RELATIVE_TITLE : fieldTitles[name];
      const shown: Shown = { quantity: name, field: name, title, isRelative, columns: [] };
      const y = shownAxis(shown, rows, axes, "p5");
      const ground = groundOf(shown, rows, y, { ...look, ...view }, ["p5", "p95"]);
      const dots = dotsOf(name, rows, "p50", { x, y: { ...y, field: "p50" } }, { color: seriesColours[0]! });
      Object.assign(datasets, ground.datasets, dots.datasets);
      const fields = LEVELS.map(([field, title]) => ({ field, title }));
      const pointer = withTooltips ? [pointerOf(name, panel, x, look.surface, fields, false)] : [];
      return {
        width: look.width,
        height: look.height,
        layer: [...ground.layers, ...bands(name, x, y), ...dots.layers, ...pointer],
      };
    });
    const described = `${quantities.join(", ")} against time: median, middle half, and 5th to 95th percentile of ${members}`;
    return specOf(look, described, datasets, panels);
  });
}

const LEVELS = [
  ["p5", "5th percentile"],
  ["p25", "25th percentile"],
  ["p50", "median"],
  ["p75", "75th percentile"],
  ["p95", "95th percentile"],
] as const;

/** The source of bands. */
interface BandSource {
  readonly t: Float64Array;
  readonly quantities: readonly Quantity[];
  /** The number and kind of members, for the description. */
  readonly members: string;
  /** The quantiles of a quantity at t[i], absolute or relative to the starts. */
  at(name: Quantity, i: number, isRelative: boolean): Datum;
  /** The initial values of a quantity: of each trajectory, or the median. */
  starts(name: Quantity): readonly number[];
}

const BY_DEFAULT: readonly Choice[] = ["loss", KERNEL, "alignment"];

function bandsOfTrajectories(trajectories: unknown, asked: unknown): BandSource {
  if (!isList(trajectories) || trajectories.length < 2)
    refuse("trajectories", trajectories, "pass a list of at least two, or an ensemble with curves");
  const series = Array.from(trajectories, (trajectory, i) => ["", readTrajectory(`trajectories[${i}]`, trajectory)] as const);
  const { t } = series[0]![1];
  for (const [i, [, member]] of series.entries())
    if (member.t.length !== t.length || member.t.some((time, j) => time !== t[j]))
      reject(`trajectories[${i}] has other times than trajectories[0]; sample all at the same times`);
  return {
    t,
    quantities: readQuantities(asked, series, BY_DEFAULT),
    members: `${series.length} trajectories`,
    starts: (name) => series.map(([, one]) => columnOf(one, name)![0]!),
    at(name, i, isRelative) {
      const values = series.map(([, one]) => {
        const column = columnOf(one, name)!;
        return isRelative ? column[i]! / column[0]! : column[i]!;
      });
      return bandOf(values, { t: t[i]! });
    },
  };
}

function hasCurves({ curves, times, levels, draws }: Ensemble): boolean {
  const complete = Object.values(curves).every(({ quantiles }) => quantiles.length === levels.length);
  return complete && times.length > 0 && draws > 0;
}

function bandsOfCurves({ curves, times: passedTimes, levels, draws }: Ensemble, asked: unknown): BandSource {
  const times = readExtended("ensemble.times", passedTimes);
  const known = quantityNames.filter((name) => Object.hasOwn(curves, name));
  if (asked !== undefined && (!isList(asked) || asked.length === 0))
    refuse("quantities", asked, 'pass names like ["loss", "kernel"]');
  const first = BY_DEFAULT.flatMap((choice) => [choice].flat().find((name) => known.includes(name)) ?? []);
  const quantities = isList(asked) ? asked : first.length > 0 ? first : known;
  const place = (level: number): number => levels.indexOf(level);
  return {
    t: times,
    quantities: Array.from(quantities, (name, i) => readChoice(`quantities[${i}]`, name, known)),
    members: `${draws} networks`,
    starts: (name) => [curves[name]!.quantiles[place(0.5)]![0]!],
    at(name, i, isRelative) {
      const { quantiles } = curves[name]!;
      const unit = isRelative ? quantiles[place(0.5)]![0]! : 1;
      const quantile = (level: number): number | null => finite(quantiles[place(level)]![i]! / unit);
      const band = { p5: quantile(0.05), p25: quantile(0.25), p50: quantile(0.5), p75: quantile(0.75), p95: quantile(0.95) };
      return { t: times[i]!, ...band };
    },
  };
}

/** The quantiles at one value. */
function bandOf(values: readonly number[], place: Datum): Datum {
  const sorted = Float64Array.from(values).sort();
  const at = (level: number): number | null => {
    const position = level * (sorted.length - 1);
    const [a, b] = [sorted[Math.floor(position)]!, sorted[Math.ceil(position)]!];
    return finite(a === b ? a : a + (position - Math.floor(position)) * (b - a));
  };
  return { ...place, p5: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95) };
}

function bands(name: string, x: ChannelDef, y: ChannelDef): Layer[] {
  const band = (low: string, high: string, opacity: number): Layer => ({
    data: { name },
    mark: { type: "area", opacity, color: seriesColours[0]!, ...cutOff(x, y) },
    encoding: { x, y: { ...y, field: low, stack: null }, y2: { field: high } },
  });
  return [
    band("p5", "p95", 0.25),
    band("p25", "p75", 0.4),
    {
      data: { name },
      mark: { type: "line", color: seriesColours[0]!, ...cutOff(x, y) },
      encoding: { x, y: { ...y, field: "p50" } },
    },
  ];
}

/** An ensemble, and the value of the hyperparameter at which it was drawn. */
export interface EnsembleAt {
  /** The value of the hyperparameter. */
  readonly value: number;
  /** The result of `ensemble` at that value. */
  readonly ensemble: Ensemble;
}

/** The options of {@link plotEnsemble}. */
export interface EnsemblePlotOptions extends PlotOptions {
  /** The name of one of the ensembles' observables, built-in or user-defined. */
  readonly observable: string;
  /** The name of the hyperparameter, for the axis. */
  readonly along: string;
  /** The domains and scales of the axes of the hyperparameter and of the observable. */
  readonly axes?: Readonly<Partial<Record<"along" | "observable", AxisOptions>>> | undefined;
}

/**
 * An observable's distribution along a hyperparameter, as bands: the median, the middle half, and the 5th to
 * the 95th percentile of the draws of `ensemble` at each value. Axes are logarithmic if the positive values
 * span more than 1½ decades.
 *
 * @param ensembles - At least two, in order of their values.
 * @throws FeatureLearningError `"invalid-argument"`: fewer than two, values out of order, an observable that
 * was not measured.
 *
 * @example
 * ```ts
 * import { plotEnsemble } from "feature-learning/plot";
 * import { ensemble } from "feature-learning/sweep";
 *
 * const ensembles = [10, 100, 1000].map((width) => {
 *   const settings = { width, outputScale: width ** -0.5 };
 *   return { value: width, ensemble: ensemble({ of: "ensemble", settings, measure: ["kernelChange"], draws: 200, seed: 1 }) };
 * });
 * const spec = plotEnsemble(ensembles, { observable: "kernelChange", along: "width d" });
 * console.log(spec.datasets["kernelChange"]!.length); // 3
 * ```
 */
export function plotEnsemble(ensembles: readonly EnsembleAt[], options: EnsemblePlotOptions): PlotSpec {
  return named("plotEnsemble", () => {
    const fields = readRecord("options", options, [...optionNames, "observable", "along", "axes"]);
    const look: ReadOptions = readPlotOptions(fields, { width: 460, height: 280 });
    if (typeof fields.along !== "string") refuse("along", fields.along, 'pass the name of the hyperparameter, such as "width d"');
    if (!isList(ensembles) || ensembles.length < 2) refuse("ensembles", ensembles, "pass a list of at least two");
    const observable = readChoice("observable", fields.observable, namesOf(ensembles));
    const all = Array.from(ensembles, (member: EnsembleAt, i): Datum => {
      const index = attempt(() => member.ensemble.observables.indexOf(observable), -1);
      if (index < 0) reject(`ensembles[${i}] did not measure ${observable}; pass { value, ensemble } that did`);
      if (typeof member.value !== "number" || (i > 0 && !(member.value > ensembles[i - 1]!.value)))
        reject(`ensembles[${i}].value is ${String(member.value)}; pass increasing numbers`);
      const { values } = member.ensemble;
      const draws = Array.from({ length: member.ensemble.draws }, (_, draw) => entryAt(values, draw, index));
      return bandOf(draws, { value: member.value });
    });
    const axes = readAxes(fields.axes, ["along", "observable"]);
    const rows = bandsOnAxis(all, axes["observable"]);
    const channel = (name: "along" | "observable", field: string, title: string): ChannelDef => {
      const logarithmic = isLogarithmic(axes[name], decades(rows, field) > 1.5);
      const scale = logarithmic ? { type: "log" as const, nice: false } : { zero: false };
      const axis = numberAxis({ logarithmic, grid: name === "observable" });
      return withDomain({ field, type: "quantitative", title, scale, axis }, axes[name]);
    };
    const { observables, titles } = ensembles[0]!.ensemble;
    const title = titles[observables.indexOf(observable)]!;
    const layer = bands(observable, channel("along", "value", fields.along as string), channel("observable", "p5", title));
    const described = `${observable} along ${fields.along as string}: median, middle half, and 5th to 95th percentile`;
    return specOf(look, described, { [observable]: rows }, [{ width: look.width, height: look.height, layer }]);
  });
}

/** The names of the observables of the first ensemble. */
function namesOf(ensembles: readonly EnsembleAt[]): readonly string[] {
  const { observables, titles } = attempt(() => ensembles[0]!.ensemble, undefined) ?? {};
  const isEnsemble = isList(observables) && isList(titles) && observables.length === titles.length;
  return isEnsemble ? observables : refuse("ensembles[0]", ensembles[0], "pass { value, ensemble }");
}
