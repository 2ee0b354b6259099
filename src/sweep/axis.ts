import { readChoice, readNumber, readRecord, reject } from "../door/arguments.ts";
import type { Hyperparameters } from "../model/hyperparameters.ts";

/** What an axis varies: a name of the base, `"scale.u"` for one layer's. */
export type Parameter =
  | "width"
  | "outputScale"
  | "scale"
  | "scale.u"
  | "scale.w"
  | "learningRates"
  | "learningRates.u"
  | "learningRates.w"
  | "xx"
  | "xy";

/**
 * What an axis varies in a scaling of any depth: the output layer's multiplier or initial weights, or the
 * rates of all layers, of layers 1 … L (`"c.hidden"`), or of the output layer.
 */
export type AbcParameter = "a.output" | "b.output" | "c" | "c.hidden" | "c.output";

/** One axis of a diagram. */
export interface Axis<Varied extends string = Parameter> {
  readonly parameter: Varied;
  readonly from: number;
  readonly to: number;
  /** How many values, at least 2. */
  readonly count: number;
  /** `"linear"` (default), or `"logarithmic"` for values above 0. */
  readonly spacing?: "linear" | "logarithmic" | undefined;
}

const SCALING = [
  "width",
  "outputScale",
  "scale",
  "scale.u",
  "scale.w",
  "learningRates",
  "learningRates.u",
  "learningRates.w",
] as const;

/** The parameters that a scaling of two layers can vary. */
export const scalingParameters: readonly Parameter[] = SCALING;
/** Those of a concrete network. */
export const networkParameters: readonly Parameter[] = [...SCALING, "xx", "xy"];
/** Those of a scaling of any depth. */
export const abcParameters: readonly AbcParameter[] = ["a.output", "b.output", "c", "c.hidden", "c.output"];

/** The two axes of a diagram. */
export interface Axes<Varied extends string> {
  readonly x: Required<Axis<Varied>>;
  readonly y: Required<Axis<Varied>>;
}

export function readAxes<Varied extends string>(x: unknown, y: unknown, names: readonly Varied[]): Axes<Varied> {
  const axes = { x: readAxis("grid.x", x, names), y: readAxis("grid.y", y, names) };
  if (axes.x.parameter === axes.y.parameter) reject(`grid.x and grid.y both vary ${axes.x.parameter}; pass two parameters`);
  return axes;
}

function readAxis<Varied extends string>(argument: string, value: unknown, names: readonly Varied[]): Required<Axis<Varied>> {
  const given = readRecord(argument, value, ["parameter", "from", "to", "count", "spacing"]);
  const axis = {
    parameter: readChoice(`${argument}.parameter`, given.parameter, names),
    from: readNumber(`${argument}.from`, given.from),
    to: readNumber(`${argument}.to`, given.to),
    count: readNumber(`${argument}.count`, given.count, { min: 2, max: 1e5, integer: true }),
    spacing: readChoice(`${argument}.spacing`, given.spacing ?? "linear", ["linear", "logarithmic"]),
  };
  if (!(axis.to > axis.from)) reject(`${argument} goes from ${axis.from} to ${axis.to}; pass a larger end`);
  if (axis.spacing === "logarithmic" && !(axis.from > 0))
    reject(`${argument} starts at ${axis.from}; a logarithmic axis starts above 0`);
  return axis;
}

/** The axis's values. */
export function valuesOf({ from, to, count, spacing }: Required<Axis<string>>): Float64Array {
  const between = (share: number): number =>
    spacing === "linear" ? from + (to - from) * share : Math.exp(Math.log(from) + Math.log(to / from) * share);
  return Float64Array.from({ length: count }, (_, i) => (i === 0 ? from : i === count - 1 ? to : between(i / (count - 1))));
}

/** The base with one parameter set. */
export function withParameter<Base extends object>(base: Base, parameter: Parameter, value: number): Base {
  const [field, layer] = parameter.split(".") as [keyof Base, "u" | "w" | undefined];
  if (layer === undefined) return { ...base, [field]: value };
  // Scales and rates that are not given are 1.
  const pair = base[field] ?? 1;
  const both = typeof pair === "number" ? { u: pair, w: pair } : pair;
  return { ...base, [field]: { ...both, [layer]: value } };
}

/**
 * What has been read with one parameter changed: the same as reading the base with it, without reading all of
 * it again.
 */
export function changed<Read extends Hyperparameters>(read: Read, parameter: Parameter, value: number): Read {
  if (parameter === "scale" || parameter === "learningRates") return { ...read, [parameter]: { u: value, w: value } };
  return withParameter(read, parameter, value);
}
