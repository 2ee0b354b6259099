/** Options of axes: the range that is shown, and whether it is logarithmic. */
import { isList, readChoice, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import type { ChannelDef, Datum } from "./grammar.ts";

/** The options of one axis. */
export interface AxisOptions {
  /** The first and the last value; points outside are clipped. By default all values are shown. */
  readonly domain?: readonly [number, number] | undefined;
  /** The scale; by default logarithmic if the values are positive and span more than 1½ decades. */
  readonly scale?: "linear" | "logarithmic" | undefined;
}

/** Checked options of axes, by the name of the quantity. */
export type Axes = Readonly<Record<string, AxisOptions | undefined>>;

/** Reads the option `axes` of a plot, with these names. */
export function readAxes(value: unknown, names: readonly string[]): Axes {
  if (value === undefined) return {};
  const fields = readRecord("axes", value, names);
  return Object.fromEntries(
    names.flatMap((name) => (fields[name] === undefined ? [] : [[name, readAxis(`axes.${name}`, fields[name])]])),
  );
}

function readAxis(argument: string, value: unknown): AxisOptions {
  const { domain, scale } = readRecord(argument, value, ["domain", "scale"]);
  const kind = scale === undefined ? undefined : readChoice(`${argument}.scale`, scale, ["linear", "logarithmic"]);
  if (domain === undefined) return { scale: kind };
  if (!isList(domain) || domain.length !== 2) refuse(`${argument}.domain`, domain, "pass [from, to]");
  const [from, to] = domain.map((bound, i) => readNumber(`${argument}.domain[${i}]`, bound)) as [number, number];
  if (!(from < to)) reject(`${argument}.domain goes from ${from} to ${to}; pass a larger end`);
  if (kind === "logarithmic" && !(from > 0)) reject(`${argument}.domain starts at ${from}; a logarithmic axis starts above 0`);
  return { domain: [from, to], scale: kind };
}

/** A channel with the chosen domain. */
export function withDomain(channel: ChannelDef, { domain }: AxisOptions | undefined = {}): ChannelDef {
  if (domain === undefined) return channel;
  const { type } = channel.scale ?? {};
  return { ...channel, scale: { ...(type === undefined ? {} : { type }), domain: [...domain], nice: false } };
}

/**
 * Whether an axis is logarithmic: as chosen, otherwise depending on the values. A domain that reaches 0
 * cannot be logarithmic.
 */
export function isLogarithmic({ domain, scale }: AxisOptions | undefined = {}, byValues: boolean): boolean {
  if (scale !== undefined) return scale === "logarithmic";
  return byValues && !(domain !== undefined && domain[0] <= 0);
}

/** Clips points outside of a domain. Without a domain, a dot on the frame is drawn in full. */
export function cutOff(...channels: (ChannelDef | undefined)[]): { clip?: true } {
  return channels.some((channel) => channel?.scale?.domain !== undefined) ? { clip: true } : {};
}

/** A value, or null if it has no place on the axis: 0 and less on one that is asked to be logarithmic. */
export function onAxis(value: number, { scale }: AxisOptions | undefined = {}): number | null {
  return scale === "logarithmic" && !(value > 0) ? null : value;
}

/**
 * Bands on an axis that is asked to be logarithmic: an edge at 0 or below goes to the smallest value that
 * has a place, and a median there is left out.
 */
export function bandsOnAxis(rows: readonly Datum[], { scale }: AxisOptions | undefined = {}): Datum[] {
  if (scale !== "logarithmic") return [...rows];
  const edges = ["p5", "p25", "p75", "p95"] as const;
  const isPlaced = (value: Datum[string] | undefined): value is number => typeof value === "number" && value > 0;
  const floor = Math.min(...rows.flatMap((row) => [...edges, "p50"].map((field) => row[field]).filter(isPlaced)));
  return rows
    .filter(({ p95 }) => isPlaced(p95))
    .map((row) => ({
      ...row,
      ...Object.fromEntries(edges.map((field) => [field, isPlaced(row[field]) ? row[field] : floor])),
      p50: isPlaced(row["p50"]) ? row["p50"] : null,
    }));
}
