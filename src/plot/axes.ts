/** The axes that a caller may set: the range that is shown, and whether it is logarithmic. */
import { isList, readChoice, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import type { ChannelDef } from "./grammar.ts";

/** How one axis is to be drawn. */
export interface AxisOptions {
  /** From where to where; what lies outside is cut off. By default all values are shown. */
  readonly domain?: readonly [number, number] | undefined;
  /** By default logarithmic where the values are positive and span more than 1½ decades. */
  readonly scale?: "linear" | "logarithmic" | undefined;
}

/** Axes as they are read, by the name of what they show. */
export type Axes = Readonly<Record<string, AxisOptions | undefined>>;

/** The option `axes` of a plot, with the names that it may have. */
export function readAxes(value: unknown, names: readonly string[]): Axes {
  if (value === undefined) return {};
  const given = readRecord("axes", value, names);
  return Object.fromEntries(
    names.flatMap((name) => (given[name] === undefined ? [] : [[name, readAxis(`axes.${name}`, given[name])]])),
  );
}

function readAxis(argument: string, value: unknown): AxisOptions {
  const { domain, scale } = readRecord(argument, value, ["domain", "scale"]);
  const kind = scale === undefined ? undefined : readChoice(`${argument}.scale`, scale, ["linear", "logarithmic"]);
  if (domain === undefined) return { scale: kind };
  if (!isList(domain) || domain.length !== 2) refuse(`${argument}.domain`, domain, "pass [from, to]");
  const [from, to] = domain.map((one, i) => readNumber(`${argument}.domain[${i}]`, one)) as [number, number];
  if (!(from < to)) reject(`${argument}.domain goes from ${from} to ${to}; pass a larger end`);
  if (kind === "logarithmic" && !(from > 0)) reject(`${argument}.domain starts at ${from}; a logarithmic axis starts above 0`);
  return { domain: [from, to], scale: kind };
}

/** A channel with the domain that was asked for. */
export function withDomain(channel: ChannelDef, { domain }: AxisOptions | undefined = {}): ChannelDef {
  if (domain === undefined) return channel;
  const { type } = channel.scale ?? {};
  return { ...channel, scale: { ...(type === undefined ? {} : { type }), domain: [...domain], nice: false } };
}

/**
 * Whether an axis is logarithmic: as asked for, else as the values are. A domain that reaches 0 cannot be.
 */
export function isLogarithmic({ domain, scale }: AxisOptions | undefined = {}, byValues: boolean): boolean {
  if (scale !== undefined) return scale === "logarithmic";
  return byValues && !(domain !== undefined && domain[0] <= 0);
}

/** What lies outside of a domain is cut off; without one, a dot on the frame is whole. */
export function cutOff(...channels: (ChannelDef | undefined)[]): { clip?: true } {
  return channels.some((channel) => channel?.scale?.domain !== undefined) ? { clip: true } : {};
}
