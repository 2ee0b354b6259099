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

/** One axis of a diagram. */
export interface Axis {
  readonly parameter: Parameter;
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

export function readAxis(argument: string, value: unknown, of: "exponents" | "networks"): Required<Axis> {
  const given = readRecord(argument, value, ["parameter", "from", "to", "count", "spacing"]);
  const names: readonly Parameter[] = of === "exponents" ? SCALING : [...SCALING, "xx", "xy"];
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
export function valuesOf({ from, to, count, spacing }: Required<Axis>): Float64Array {
  const between = (share: number): number =>
    spacing === "linear" ? from + (to - from) * share : Math.exp(Math.log(from) + Math.log(to / from) * share);
  return Float64Array.from({ length: count }, (_, i) => (i === 0 ? from : i === count - 1 ? to : between(i / (count - 1))));
}

/** The base with one parameter set. */
export function withParameter<Base extends object>(base: Base, parameter: Parameter, value: number): Base {
  const [field, layer] = parameter.split(".") as [keyof Base, "u" | "w" | undefined];
  if (layer === undefined) return { ...base, [field]: value };
  const pair = base[field];
  const both = typeof pair === "number" ? { u: pair, w: pair } : ((pair as object | undefined) ?? {});
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
