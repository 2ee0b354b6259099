import { readChoice, readNumber, readRecord, reject } from "../door/arguments.ts";
import type { VectorLike } from "../door/arrays.ts";
import { randomFrom, readSeed } from "../door/seeds.ts";
import { type CurveField, type ReadCurves, readCurves } from "./curves.ts";
import { drawnFrom } from "./drawn.ts";
import { gaussianStart } from "./grid.ts";
import type { AnyObservable, PlainObservable } from "./observableTypes.ts";
import { type Carrier, type ReadObservable, readObservables } from "./ownObservables.ts";
import { type PlainSettings, readSettings, type Settings, type Start, wideStart } from "./settings.ts";

/**
 * The job of {@link ensemble}, with `measure`, or `times` and `fields`, or all three. It is plain JSON,
 * unless observables are functions (`EnsembleJob<AnyObservable>`).
 */
export interface EnsembleJob<Measured extends AnyObservable = PlainObservable> {
  /** Marks an ensemble. */
  readonly of: "ensemble";
  /** The hyperparameters of the networks. */
  readonly settings?: Settings | undefined;
  /**
   * The observables of every network: names, records, and functions if the ensemble is drawn in one thread.
   */
  readonly measure?: readonly Measured[] | undefined;
  /**
   * The times of `fields`, each ≥ 0 or `"end"` (or Infinity, which JSON cannot represent). The numbers of all
   * draws are kept for the quantiles: 8 bytes · draws · times · fields.
   */
  readonly times?: VectorLike | readonly (number | "end")[] | undefined;
  /** The snapshot fields whose mean, spread and quantiles are computed at each of `times`. */
  readonly fields?: readonly CurveField[] | undefined;
  /** The number of networks. */
  readonly draws: number;
  /** The seed of the random starts. */
  readonly seed: string | number;
  /** `"gaussian"` (default): layers of that width; `"wide"`: its limit to leading order in 1/√width. */
  readonly start?: "gaussian" | "wide" | undefined;
}

/** A checked ensemble job. */
export interface ReadEnsemble {
  readonly settings: PlainSettings;
  readonly measured: readonly ReadObservable[];
  readonly curves: ReadCurves;
  readonly draws: number;
  readonly units: number;
  readonly size: number;
  readonly told: number;
  run(unit: number, out: Float64Array, offset: number): void;
}

const NAMES = ["of", "settings", "measure", "times", "fields", "draws", "seed", "start"] as const;

export function readEnsemble(value: unknown, carrier: Carrier): ReadEnsemble {
  const fields = readRecord("job", value, NAMES);
  const settings = readSettings("job.settings", fields.settings ?? {});
  const curves = readCurves(fields.times, fields.fields);
  const onlyCurves = fields.measure === undefined && curves.size > 0;
  if (fields.measure === undefined && !onlyCurves) reject("job.measure is missing; pass measure, or times and fields");
  const measured = onlyCurves ? [] : readObservables("job.measure", fields.measure, carrier);
  const draws = readNumber("job.draws", fields.draws, { min: 1, max: 1e9, integer: true });
  const seed = readSeed("job.seed", fields.seed);
  const limit = readChoice("job.start", fields.start ?? "gaussian", ["gaussian", "wide"]) === "wide";
  // Every draw has its own stream of random numbers, so that chunks are independent.
  const startOf = (draw: number): Start =>
    limit
      ? wideStart(settings, randomFrom(seed, "wide ensemble", draw).normal())
      : gaussianStart(settings, randomFrom(seed, "ensemble", draw));
  return {
    settings,
    measured,
    curves,
    draws,
    units: draws,
    size: measured.length + curves.size,
    told: 1000,
    run(unit, out, offset) {
      const drawn = drawnFrom(settings, startOf(unit));
      for (const [i, observable] of measured.entries()) out[offset + i] = observable.of(drawn);
      curves.fill(drawn, out, offset + measured.length);
    },
  };
}
