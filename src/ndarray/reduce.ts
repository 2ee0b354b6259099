import ndarray, { type NdArray } from "ndarray";
import ops from "ndarray-ops";
import { readChoice, readNumber, readRecord, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type Block, wrapped } from "./toNdarray.ts";

/** The reductions of {@link reduce}; `"norm"` is √Σx². */
export type Reduction = "sum" | "mean" | "norm" | "minimum" | "maximum";

/** The options of {@link reduce}. */
export interface ReduceOptions {
  /** The axis along which numbers are reduced, counted from 0. */
  readonly axis: number;
}

const reductions: { readonly [Name in Reduction]: (numbers: NdArray<Float64Array>) => number } = {
  sum: ops.sum,
  mean: (numbers) => ops.sum(numbers) / numbers.size,
  norm: ops.norm2,
  minimum: ops.inf,
  maximum: ops.sup,
};

/**
 * Reduces all numbers of a block to one number, by ndarray-ops. With `axis`, reduces along that axis and
 * returns an ndarray with one axis less.
 *
 * @param block - A block that {@link toNdarray} accepts.
 * @param how - The reduction.
 * @throws FeatureLearningError `"invalid-argument"`: not a block, a block without numbers, an axis that the
 * block does not have.
 *
 * @example
 * ```ts
 * import { reduce } from "feature-learning/ndarray";
 * import { ensemble } from "feature-learning/sweep";
 *
 * const { values, mean } = ensemble({
 *   of: "ensemble",
 *   settings: { width: 100 },
 *   measure: ["kernelChange", "rate"],
 *   draws: 50,
 *   seed: 1,
 * });
 * const means = reduce(values, "mean", { axis: 0 });
 * console.log(means.shape, Math.abs(means.get(0) / mean.get(0) - 1) < 1e-12); // [ 2 ] true
 * console.log(reduce(values, "maximum") >= reduce(values, "mean")); // true
 * ```
 */
export function reduce(block: Block, how: Reduction): number;
export function reduce(block: Block, how: Reduction, options: ReduceOptions): NdArray<Float64Array>;
export function reduce(block: Block, how: Reduction, options?: ReduceOptions): number | NdArray<Float64Array> {
  return named("reduce", () => {
    const numbers = wrapped(block);
    const reduction = reductions[readChoice("how", how, Object.keys(reductions) as Reduction[])];
    if (numbers.size === 0) reject("block has no numbers");
    if (options === undefined) return reduction(numbers);
    const { axis: given } = readRecord("options", options, ["axis"]);
    const axis = readNumber("axis", given, { min: 0, max: numbers.shape.length - 1, integer: true });
    const shape = numbers.shape.filter((_, other) => other !== axis);
    const found = new Float64Array(shape.reduce((size, length) => size * length, 1));
    for (let k = 0; k < found.length; k++) {
      const place = placeOf(k, shape);
      found[k] = reduction(numbers.pick(...place.slice(0, axis), null, ...place.slice(axis)) as NdArray<Float64Array>);
    }
    return ndarray(found, shape);
  });
}

/** The indices of entry k, the last axis the fastest. */
function placeOf(k: number, shape: readonly number[]): number[] {
  const place = new Array<number>(shape.length);
  let rest = k;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return place;
}
