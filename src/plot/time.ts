/** The axis of time or steps. */
import { readChoice } from "../door/arguments.ts";
import { type Axes, withDomain } from "./axes.ts";
import type { ChannelDef } from "./grammar.ts";
import { numberAxis } from "./numberAxis.ts";

interface TimeOptions {
  readonly title?: string;
  readonly axes?: Axes;
}

/** The scale of a time axis. */
export type TimeAxis = "linear" | "logarithmic";

/**
 * Reads the scale of a time axis. By default it is logarithmic if half of the times are in the first tenth.
 */
export function readTimeAxis(value: unknown, times: Iterable<Float64Array>): TimeAxis {
  if (value !== undefined) return readChoice("time", value, ["linear", "logarithmic"]);
  const shown = Array.from(times, (t) => Array.from(t).filter((time) => time > 0 && time < Infinity))
    .flat()
    .sort((a, b) => a - b);
  const [first, middle, last] = [shown[0] ?? 1, shown[shown.length >> 1] ?? 1, shown.at(-1) ?? 1];
  return first > 0 && middle < last / 10 ? "logarithmic" : "linear";
}

/** Whether a time is on the axis. t = ∞ never is, and t = 0 is not on a logarithmic axis. */
export function hasPlace(t: number, axis: TimeAxis): boolean {
  return Number.isFinite(t) && (axis === "linear" || t > 0);
}

/** The axis of time. It begins with the first time. */
export function timeChannel(axis: TimeAxis, { title = "time t (steps × step size)", axes = {} }: TimeOptions = {}): ChannelDef {
  const channel: ChannelDef = {
    field: "t",
    type: "quantitative",
    title,
    scale: axis === "logarithmic" ? { type: "log", nice: false } : { zero: false, nice: false },
    axis: numberAxis({ logarithmic: axis === "logarithmic" }),
  };
  return withDomain(channel, axes["t"]);
}
