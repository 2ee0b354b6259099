import { readChoice, readNumber, readRecord } from "../door/arguments.ts";
import { randomFrom, readSeed } from "../door/seeds.ts";
import { gaussianStart, readMeasures } from "./grid.ts";
import { measure, type Observable } from "./observables.ts";
import { type PlainSettings, readSettings, type Settings, type Start, wideStart } from "./settings.ts";

/** What {@link ensemble} takes: plain JSON. */
export interface EnsembleJob {
  readonly of: "ensemble";
  readonly settings?: Settings;
  /** What to measure of every network. */
  readonly measure: readonly Observable[];
  /** How many networks. */
  readonly draws: number;
  readonly seed: string | number;
  /** `"gaussian"` (default): layers of that width; `"wide"`: its limit to leading order in 1/√width. */
  readonly start?: "gaussian" | "wide";
}

/** An ensemble as it is read. */
export interface ReadEnsemble {
  readonly settings: PlainSettings;
  readonly names: readonly Observable[];
  readonly draws: number;
  readonly units: number;
  readonly size: number;
  run(unit: number, out: Float64Array, offset: number): void;
}

export function readEnsemble(value: unknown): ReadEnsemble {
  const given = readRecord("job", value, ["of", "settings", "measure", "draws", "seed", "start"]);
  const settings = readSettings("job.settings", given.settings ?? {});
  const names = readMeasures("job.measure", given.measure);
  const draws = readNumber("job.draws", given.draws, { min: 1, max: 1e9, integer: true });
  const seed = readSeed("job.seed", given.seed);
  const limit = readChoice("job.start", given.start ?? "gaussian", ["gaussian", "wide"]) === "wide";
  // Every draw has a stream of its own, so that chunks need not know of each other.
  const startOf = (draw: number): Start =>
    limit
      ? wideStart(settings, randomFrom(seed, "wide ensemble", draw).normal())
      : gaussianStart(settings, randomFrom(seed, "ensemble", draw));
  return {
    settings,
    names,
    draws,
    units: draws,
    size: names.length,
    run(unit, out, offset) {
      const start = startOf(unit);
      for (const [i, name] of names.entries()) out[offset + i] = measure(name, settings, start);
    },
  };
}
