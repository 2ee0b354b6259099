import { attempt, isList, readBoolean, readRecord, refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { MechanismsOverTime } from "../mechanisms/mechanismsOverTime.ts";
import { type Mechanism, type Mechanisms, mechanismNames } from "../mechanisms/report.ts";
import { hasColumn, readTrajectory } from "../model/readTrajectory.ts";
import { type AxisOptions, cutOff, readAxes, withDomain } from "./axes.ts";
import type { ChannelDef, Datum, Layer, PlotSpec } from "./grammar.ts";
import { numberAxis } from "./numberAxis.ts";
import { finite } from "./quantities.ts";
import { pointerOf } from "./shown.ts";
import { mechanismColours, optionNames, type PlotOptions, type PointerOptions, readPlotOptions, specOf } from "./theme.ts";
import { thinned } from "./thinned.ts";
import { hasPlace, readTimeAxis, type TimeAxis, timeChannel } from "./time.ts";

/** The options of {@link plotMechanisms}. */
export interface MechanismPlotOptions extends PlotOptions, PointerOptions {
  /** As in `plotTrajectory`. */
  readonly time?: TimeAxis | undefined;
  /**
   * The result of `mechanisms` for the same subject. Mechanisms that are not present in it are drawn grey.
   * (The output of a kernel machine is the sum of the three as well, but none of them is present.)
   */
  readonly report?: Pick<Mechanisms, "present"> | undefined;
  /** The domains of the axes. */
  readonly axes?: Readonly<Partial<Record<"t" | "change", Omit<AxisOptions, "scale">>>> | undefined;
}

/**
 * The contribution of each mechanism to the output over time, as stacked areas (negative contributions below
 * zero), and their sum as a line. With the `report` of `mechanisms`, absent mechanisms are grey.
 *
 * @param split - The result of `mechanismsOverTime`.
 * @throws FeatureLearningError `"invalid-argument"`: not such a result, an invalid option.
 *
 * @example
 * ```ts
 * import { exactFlow, mechanismsOverTime, network, taskFromMoments } from "feature-learning";
 * import { plotMechanisms } from "feature-learning/plot";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 0.1, ww: 0.1, uw: 0 } });
 * console.log(plotMechanisms(mechanismsOverTime(flow)).description); // alignment, disalignment, rescaling: the contribution of each to the output until t
 * ```
 */
export function plotMechanisms(
  split: { readonly [Name in keyof MechanismsOverTime]: ArrayLike<number> },
  options: MechanismPlotOptions = {},
): PlotSpec {
  return named("plotMechanisms", () => {
    const fields = readRecord("options", options, [...optionNames, "time", "report", "axes", "tooltips"]);
    const look = readPlotOptions(fields, { width: 460, height: 240 });
    const columns = ["t", "change", ...mechanismNames] as const;
    if (!columns.every((name) => hasColumn(split, name))) refuse("split", split, "pass the result of mechanismsOverTime");
    const { t, ...parts } = readTrajectory("split", split) as MechanismsOverTime;
    if (t.length === 0) refuse("split", split, "pass the result of mechanismsOverTime");
    const time = readTimeAxis(fields.time, [t]);
    const axes = readAxes(fields.axes, ["t", "change"]);
    const present = readPresent(fields.report);
    const all = Array.from(t.keys())
      .filter((i) => hasPlace(t[i]!, time))
      .map((i): Datum => {
        const contributions = mechanismNames.map((name) => [name, finite(parts[name][i]!)] as const);
        return { t: t[i]!, ...Object.fromEntries(contributions), change: finite(parts.change[i]!) };
      });
    const rows = thinned(all, { fields: [...mechanismNames, "change"], time, strips: look.width });
    const areas = mechanismNames.flatMap((mechanism) =>
      rows.map((row): Datum => ({ t: row["t"]!, mechanism, part: row[mechanism]! })),
    );
    const title = "change of the output Δ(γ u·w)";
    const x = timeChannel(time, { axes });
    const vertical: ChannelDef = { field: "part", type: "quantitative", title, axis: numberAxis({ grid: true }) };
    const y = withDomain(vertical, axes["change"]);
    const absent = mechanismNames.filter((name) => !present.includes(name));
    const color: ChannelDef = {
      field: "mechanism",
      type: "nominal",
      title: null,
      sort: null,
      scale: {
        domain: [...mechanismNames],
        range: mechanismNames.map((name) => (present.includes(name) ? mechanismColours[name] : ABSENT[name])),
      },
      legend: {
        orient: "top",
        title: null,
        labelExpr: `datum.label + (indexof(${JSON.stringify(absent)}, datum.label) < 0 ? '' : ' (absent)')`,
      },
    };
    const isDot = rows.length === 1;
    const change: ChannelDef = { ...y, field: "change" };
    const layer: Layer[] = [
      {
        data: { name: "mechanisms" },
        mark: isDot
          ? { type: "point", filled: true, size: 90, ...cutOff(x, y) }
          : { type: "area", opacity: 0.85, ...cutOff(x, y) },
        encoding: { x, y: { ...y, stack: isDot ? null : "zero" }, color },
      },
      {
        data: { name: "change" },
        mark: isDot
          ? { type: "point", color: look.surface.text, size: 160, ...cutOff(x, y) }
          : { type: "line", color: look.surface.text, strokeWidth: 1.5, ...cutOff(x, y) },
        encoding: { x, y: change },
      },
    ];
    if (fields.tooltips === undefined || readBoolean("tooltips", fields.tooltips))
      layer.push(
        pointerOf(
          "change",
          0,
          x,
          look.surface,
          [...mechanismNames, "change"].map((field) => ({ field, title: field })),
          false,
        ),
      );
    const described = `${mechanismNames.join(", ")}: the contribution of each to the output until t`;
    const absence = absent.length === 0 ? "" : ` (${absent.join(", ")} absent)`;
    const panel = { width: look.width, height: look.height, layer };
    return specOf(look, `${described}${absence}`, { mechanisms: areas, change: [...rows] }, [panel]);
  });
}

/** Greys for absent mechanisms, which can be distinguished where they meet. */
const ABSENT: { readonly [Name in Mechanism]: string } = { alignment: "#8f949c", disalignment: "#a9adb3", rescaling: "#777c85" };

/** The present mechanisms of a report; all mechanisms without a report. */
function readPresent(report: unknown): readonly Mechanism[] {
  if (report === undefined) return mechanismNames;
  const present = attempt(() => (report as Mechanisms).present, undefined);
  const isKnown = isList(present) && present.every((name) => mechanismNames.includes(name as Mechanism));
  return isKnown ? (present as readonly Mechanism[]) : refuse("report", report, "pass the result of mechanisms");
}
