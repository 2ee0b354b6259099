import { readChoice, readNumber, readRecord, reject } from "../door/arguments.ts";
import type { Hyperparameters } from "../model/hyperparameters.ts";

/** The parameter of an axis: a field of the base, or `"scale.u"` for a single layer. */
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
 * The parameter of an axis for a scaling of any depth: the exponent of the output layer's multiplier or
 * initial weights, or of the learning rates of all layers, of layers 1 … L (`"c.hidden"`), or of the output
 * layer.
 */
export type AbcParameter = "a.output" | "b.output" | "c" | "c.hidden" | "c.output";

/** One axis of a diagram. */
export interface Axis<Varied extends string = Parameter> {
  /** The parameter that varies. */
  readonly parameter: Varied;
  /** The first value. */
  readonly from: number;
  /** The last value, above the first. */
  readonly to: number;
  /** The number of values, at least 2. */
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
/** The parameters that a concrete network can vary. */
export const networkParameters: readonly Parameter[] = [...SCALING, "xx", "xy"];
/** The parameters that a scaling of any depth can vary. */
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
  const fields = readRecord(argument, value, ["parameter", "from", "to", "count", "spacing"]);
  const axis = {
    parameter: readChoice(`${argument}.parameter`, fields.parameter, names),
    from: readNumber(`${argument}.from`, fields.from),
    to: readNumber(`${argument}.to`, fields.to),
    count: readNumber(`${argument}.count`, fields.count, { min: 2, max: 1e5, integer: true }),
    spacing: readChoice(`${argument}.spacing`, fields.spacing ?? "linear", ["linear", "logarithmic"]),
  };
  if (!(axis.to > axis.from)) reject(`${argument} goes from ${axis.from} to ${axis.to}; pass a larger end`);
  if (axis.spacing === "logarithmic" && !(axis.from > 0))
    reject(`${argument} starts at ${axis.from}; a logarithmic axis starts above 0`);
  return axis;
}

/** The values of an axis. */
export function valuesOf({ from, to, count, spacing }: Required<Axis<string>>): Float64Array {
  const between = (share: number): number =>
    spacing === "linear" ? from + (to - from) * share : Math.exp(Math.log(from) + Math.log(to / from) * share);
  return Float64Array.from({ length: count }, (_, i) => (i === 0 ? from : i === count - 1 ? to : between(i / (count - 1))));
}

/** The base with one parameter set. */
export function withParameter<Base extends object>(base: Base, parameter: Parameter, value: number): Base {
  const [field, layer] = parameter.split(".") as [keyof Base, "u" | "w" | undefined];
  if (layer === undefined) return { ...base, [field]: value };
  // Scales and learning rates that are not passed are 1.
  const pair = base[field] ?? 1;
  const both = typeof pair === "number" ? { u: pair, w: pair } : pair;
  return { ...base, [field]: { ...both, [layer]: value } };
}

/**
 * Checked settings with one parameter changed. The result is the same as for reading the changed base, but
 * cheaper.
 */
export function changed<Read extends Hyperparameters>(read: Read, parameter: Parameter, value: number): Read {
  if (parameter === "scale" || parameter === "learningRates") return { ...read, [parameter]: { u: value, w: value } };
  return withParameter(read, parameter, value);
}
