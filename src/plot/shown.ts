/**
 * Quantities in the form in which they are drawn against time. The kernel is drawn relative to its start, so
 * that a kernel machine stays in the band of ±10 % for any size of its kernel.
 */

import { fieldTitles } from "../model/snapshot.ts";
import { type Axes, cutOff, isLogarithmic, onAxis, withDomain } from "./axes.ts";
import type { ChannelDef, Datum, Encoding, Layer, MarkDef } from "./grammar.ts";
import { isolated } from "./isolated.ts";
import { numberAxis } from "./numberAxis.ts";
import { columnOf, finite, type Plottable, type Quantity } from "./quantities.ts";
import { phaseColours, type ReadOptions, type Surface, seriesColours } from "./theme.ts";
import { hasPlace, type TimeAxis } from "./time.ts";

/** One quantity of several trajectories. */
export interface Shown {
  readonly quantity: Quantity;
  /** The name of its field in the rows. */
  readonly field: string;
  readonly title: string;
  readonly isRelative: boolean;
  /** The values, one column per trajectory. */
  readonly columns: readonly Float64Array[];
}

/** The form in which the kernel is drawn, and the relative change from which on it counts as changed. */
export interface KernelView {
  readonly kernel: "relative" | "absolute";
  readonly kernelBelow: number;
}

/** The axis title of a kernel relative to its start. */
export const RELATIVE_TITLE = "kernel over its start";

/** The columns to draw. A kernel that starts at 0 in one of the trajectories is drawn absolute. */
export function shownOf(
  quantities: readonly Quantity[],
  series: readonly (readonly [string, Plottable])[],
  { kernel }: Pick<KernelView, "kernel">,
): Shown[] {
  return quantities.map((quantity): Shown => {
    const columns = series.map(([, trajectory]) => columnOf(trajectory, quantity)!);
    const isKernel = quantity === "kernel" || quantity === "kernelSize";
    const isRelative = kernel === "relative" && isKernel && columns.every(([first]) => first! > 0 && first! < Infinity);
    if (!isRelative) return { quantity, field: quantity, title: fieldTitles[quantity], isRelative, columns };
    return {
      quantity,
      field: `${quantity}Ratio`,
      title: RELATIVE_TITLE,
      isRelative,
      columns: columns.map((column) => column.map((value) => value / column[0]!)),
    };
  });
}

/**
 * The rows of a trajectory, one per time that is on the axis. Values that have no place on a logarithmic axis
 * are left out.
 */
export function rowsOf(
  name: string,
  times: Float64Array,
  shown: readonly Shown[],
  index: number,
  { time, axes }: { readonly time: TimeAxis; readonly axes: Axes },
): Datum[] {
  const rows: Datum[] = [];
  for (const [i, t] of times.entries()) {
    if (!hasPlace(t, time)) continue;
    const row: Datum = name === "" ? { t } : { series: name, t };
    for (const { quantity, field, columns } of shown) {
      row[field] = finite(onAxis(columns[index]![i]!, axes[quantity]));
    }
    rows.push(row);
  }
  return rows;
}

/** The vertical axis of a quantity. */
export function shownAxis(
  { quantity, field, title }: Shown,
  data: readonly Datum[],
  axes: Axes,
  valueField: string = field,
): ChannelDef {
  const axis = axes[quantity];
  const logarithmic = isLogarithmic(axis, quantity !== "alignment" && quantity !== "angle" && decades(data, valueField) > 1.5);
  const channel: ChannelDef = {
    field: valueField,
    type: "quantitative",
    title,
    scale: logarithmic ? { type: "log", nice: false } : { zero: false },
    axis: numberAxis({ logarithmic, grid: true }),
  };
  return withDomain(channel, axis);
}

/** The number of decades between the smallest and the largest value; 0 if a value is not positive. */
export function decades(data: readonly Datum[], field: string): number {
  let low = Infinity;
  let high = 0;
  for (const row of data) {
    const value = row[field];
    if (typeof value !== "number") continue;
    if (value <= 0) return 0;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high > 0 ? Math.log10(high / low) : 0;
}

/**
 * The background of a panel: the band in which a kernel counts as unchanged, and an invisible frame that sets
 * the smallest range of the axis.
 */
export interface Ground {
  readonly datasets: { readonly [name: string]: Datum[] };
  readonly layers: Layer[];
}

export function groundOf(
  shown: Shown,
  data: readonly Datum[],
  y: ChannelDef,
  { kernelBelow, width, surface }: Pick<KernelView, "kernelBelow"> & Pick<ReadOptions, "width" | "surface">,
  fields: readonly string[] = [shown.field],
): Ground {
  const { field, isRelative } = shown;
  const frame = `${field} frame`;
  const [low, high] = leastSpan(shown, data, fields);
  const asLow: ChannelDef = { ...y, field: "low" };
  const band = `${field} band`;
  const bottom = Math.max(1 - kernelBelow, kernelBelow / 10);
  const [from, to] = (y.scale?.domain ?? [1, 1]) as [number, number];
  const isInside = from <= 1 && to >= 1;
  const label = `±${Number((100 * kernelBelow).toPrecision(3))} %`;
  return {
    datasets: {
      ...(isRelative ? { [band]: [{ low: bottom, high: 1 + kernelBelow, middle: 1, label }] } : {}),
      [frame]: [{ low }, { low: high }],
    },
    layers: [
      ...(isRelative
        ? [
            {
              data: { name: band },
              mark: { type: "rect" as const, ...cutOff(y), color: phaseColours.kernel, opacity: 0.28 },
              encoding: { y: asLow, y2: { field: "high" } },
            },
            ...(isInside
              ? [
                  {
                    data: { name: band },
                    mark: { type: "text" as const, x: width, dx: 5, align: "left" as const, color: surface.quiet },
                    encoding: { y: { ...y, field: "middle" }, text: { field: "label", type: "nominal" as const } },
                  },
                ]
              : []),
          ]
        : []),
      { data: { name: frame }, mark: { type: "rule", ...cutOff(y), opacity: 0 }, encoding: { y: asLow } },
    ],
  };
}

/** The smallest half range of an axis for quantities that show feature learning. */
const LEAST: { readonly [Name in Quantity]?: "absolute" | "relative" } = {
  alignment: "absolute",
  angle: "absolute",
  kernel: "relative",
  kernelSize: "relative",
  normProduct: "relative",
  uu: "relative",
  ww: "relative",
  area: "relative",
  balance: "relative",
  sharpness: "relative",
};

/** A range that is no shorter than a relevant change, and than rounding. */
function leastSpan({ quantity, isRelative }: Shown, data: readonly Datum[], fields: readonly string[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const row of data)
    for (const field of fields) {
      const value = row[field];
      if (typeof value === "number") [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
  if (!(low <= high)) [low, high] = isRelative ? [1, 1] : [0, 0];
  const size = Math.max(Math.abs(low), Math.abs(high));
  const kind = LEAST[quantity];
  const least = kind === "absolute" ? 0.2 : size * (kind === "relative" ? 0.2 : 1e-9) || 1;
  const lacking = (least - (high - low)) / 2;
  if (!(lacking > 0)) return [low, high];
  // If no value is negative, the frame is not either.
  const bottom = low >= 0 && quantity !== "alignment" ? Math.max(low - lacking, 0) : low - lacking;
  return quantity === "alignment" ? [Math.max(-1, bottom), Math.min(1, high + lacking)] : [bottom, bottom + least];
}

/** Lines, with dots for lines of a single point. */
export function linesOf(
  name: string,
  data: readonly Datum[],
  field: string,
  encoding: Encoding,
  style: Pick<MarkDef, "color" | "strokeWidth"> = {},
): Ground {
  const dots = dotsOf(name, data, field, encoding, style);
  const order = { field: "t", type: "quantitative" } as const;
  const line: Layer = {
    data: { name },
    mark: { type: "line", ...cutOff(encoding.x, encoding.y), ...style },
    encoding: { ...encoding, order },
  };
  return { datasets: dots.datasets, layers: [line, ...dots.layers] };
}

/** A layer of the points that a line of this field does not show, if there are any. */
export function dotsOf(
  name: string,
  data: readonly Datum[],
  field: string,
  encoding: Encoding,
  style: Pick<MarkDef, "color">,
): Ground {
  const rows = isolated(data, field);
  if (rows.length === 0) return { datasets: {}, layers: [] };
  const dots = `${name}, ${field} dots`;
  const mark = { type: "point", filled: true, size: 60, opacity: 1, ...cutOff(encoding.x, encoding.y), ...style } as const;
  return { datasets: { [dots]: rows }, layers: [{ data: { name: dots }, mark, encoding }] };
}

/** The colour of a single line. */
export const onlyColour: string = seriesColours[0]!;

/** A line that follows the pointer, with the values of a row as its tooltip. */
export function pointerOf(
  data: string,
  panel: number,
  x: ChannelDef,
  { quiet }: Surface,
  fields: readonly { readonly field: string; readonly title: string }[],
  hasSeries: boolean,
): Layer {
  return {
    name: `pointer ${panel}`,
    data: { name: data },
    mark: { type: "rule", color: quiet, strokeWidth: 1 },
    encoding: {
      x,
      opacity: { condition: { param: "pointer", empty: false, value: 0.7 }, value: 0 },
      tooltip: [
        ...(hasSeries ? [{ field: "series", type: "nominal" as const, title: "of" }] : []),
        { field: "t", type: "quantitative" as const, title: x.title ?? "t", format: ".6~g" },
        ...fields.map(({ field, title }) => ({ field, title, type: "quantitative" as const, format: ".6~g" })),
      ],
    },
  };
}
