/** The mean, spread and quantiles of snapshot fields over many networks, at given times. */

import { readExtended } from "../door/anyNumbers.ts";
import { isList, readChoice, reject } from "../door/arguments.ts";
import { indexed } from "../door/indexed.ts";
import { sampled } from "../flow/sample.ts";
import { type Snapshot, snapshotFields } from "../model/snapshot.ts";
import { type Drawn, flowOf } from "./drawn.ts";
import { readTime } from "./ownObservables.ts";
import { LEVELS, quantileOf, summaryOf } from "./summary.ts";

/** A field of curves: every number of a snapshot except the time. */
export type CurveField = Exclude<keyof Snapshot, "t">;

/** The statistics of one field over the networks of an ensemble, at each of its times. */
export interface EnsembleCurve {
  /** The mean over the draws, one number per time. */
  readonly mean: Float64Array;
  /** The standard deviation of the draws, √(Σ(x − mean)²/(draws − 1)). */
  readonly standardDeviation: Float64Array;
  /** The standard error of the mean, standardDeviation/√draws. */
  readonly meanError: Float64Array;
  /** quantiles[i] holds the quantile at the ensemble's levels[i], one number per time. */
  readonly quantiles: readonly Float64Array[];
}

/** The checked fields and times. */
export interface ReadCurves {
  readonly times: Float64Array;
  readonly fields: readonly CurveField[];
  /** The number of values per network: fields.length·times.length. */
  readonly size: number;
  /** Writes a network's numbers, field after field. */
  fill(drawn: Drawn, out: Float64Array, offset: number): void;
}

const FIELDS = snapshotFields.filter((field): field is CurveField => field !== "t");

/** Reads `times` and `fields` of a job. One without the other is refused. */
export function readCurves(times: unknown, fields: unknown): ReadCurves {
  if (times === undefined && fields === undefined) return { times: new Float64Array(0), fields: [], size: 0, fill: () => {} };
  if (times === undefined || fields === undefined)
    reject(`job.${times === undefined ? "times" : "fields"} is missing; curves need times and fields`);
  const t = readTimes(times);
  if (!isList(fields) || fields.length === 0) reject('job.fields is not a list; pass names like "loss"');
  const names = Array.from(fields, (field, i) => readChoice(`job.fields[${i}]`, field, FIELDS));
  const repeated = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (repeated >= 0) reject(`job.fields[${repeated}] is "${names[repeated]!}" for the second time; pass it once`);
  return {
    times: t,
    fields: names,
    size: names.length * t.length,
    fill(drawn, out, offset) {
      const columns = sampled(flowOf(drawn), t);
      for (const [f, name] of names.entries()) {
        const column = columns[name] ?? reject(`job.fields[${f}] is "${name}", which these flows do not have; leave it out`);
        out.set(column, offset + f * t.length);
      }
    },
  };
}

/** Reads times ≥ 0 in any kind of array; `"end"` or Infinity is the limit. */
function readTimes(value: unknown): Float64Array {
  const list = isList(value) ? value : indexed(value);
  const times = list === undefined ? readExtended("job.times", value) : list;
  if (times.length === 0) reject("job.times is empty; pass at least one time");
  return Float64Array.from(times as ArrayLike<unknown>, (time, i) => readTime(`job.times[${i}]`, time));
}

/** The curves of `draws` networks, whose numbers start at `offset` in every row of `stride` numbers. */
export function curvesFrom(
  { times, fields }: ReadCurves,
  numbers: Float64Array,
  draws: number,
  stride: number,
  offset: number,
): { readonly [field: string]: EnsembleCurve } {
  const fieldValues = new Float64Array(draws);
  const curves = fields.map((field, f) => {
    const column = (): Float64Array => new Float64Array(times.length);
    const curve = { mean: column(), standardDeviation: column(), meanError: column(), quantiles: LEVELS.map(column) };
    for (let i = 0; i < times.length; i++) {
      for (let draw = 0; draw < draws; draw++) fieldValues[draw] = numbers[draw * stride + offset + f * times.length + i]!;
      const { mean, standardDeviation, sorted } = summaryOf(fieldValues);
      curve.mean[i] = mean;
      curve.standardDeviation[i] = standardDeviation;
      curve.meanError[i] = standardDeviation / Math.sqrt(draws);
      for (const [l, level] of LEVELS.entries()) curve.quantiles[l]![i] = quantileOf(sorted, level);
    }
    return [field, curve] as const;
  });
  return Object.fromEntries(curves);
}
