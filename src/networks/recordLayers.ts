import { readNumber, readRecord, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type LoggedSample, type LoggedTrajectory, loggedTrajectory } from "../mechanisms/trajectoryOf.ts";
import { overlapOf } from "./layerOverlap.ts";
import { hashOf } from "./product/hash.ts";
import { type LayerLike, readLayer } from "./tensor.ts";

/** A recorder of checkpoints that keeps only three numbers for each pair of layers. */
export interface LayerRecorder {
  /**
   * Records the layers at a step, by name, from the first to the last. The names must be the same at every
   * step.
   */
  record(step: number, layers: Readonly<Record<string, LayerLike>>): void;
  /** A trajectory for every pair of adjacent layers, by the names of the two: `"fc2·fc1"`. */
  trajectories(): Readonly<Record<string, LoggedTrajectory>>;
}

/**
 * A recorder that turns checkpoints of a deep network into trajectories for `mechanisms` and `regime`, one
 * per pair of adjacent layers.
 *
 * @throws FeatureLearningError `"invalid-argument"` from `record`: fewer than two layers, layers that are not
 * adjacent or change their names, steps out of order; from `trajectories`: nothing recorded.
 *
 * @example
 * ```ts
 * import { mechanisms } from "feature-learning";
 * import { recordLayers } from "feature-learning/deep";
 *
 * const recorder = recordLayers();
 * for (const [step, angle] of [0.1, 0.6, 1.2].entries())
 *   recorder.record(step, { first: [[1], [0]], second: [[Math.sin(angle), Math.cos(angle)]] });
 * console.log(mechanisms(recorder.trajectories()["second·first"]!).present); // [ 'alignment' ]
 * ```
 */
export function recordLayers(): LayerRecorder {
  const samples: LoggedSample[][] = [];
  let names: readonly string[] = [];
  let hashes: readonly string[] = [];
  let last = Number.NEGATIVE_INFINITY;
  return {
    record: (step, layers) =>
      named("record", () => {
        const t = readNumber("step", step);
        if (t <= last) reject(`step is ${t} after ${last}; pass checkpoints in order of their steps`);
        const entries = Object.entries(readRecord("layers", layers) as Record<string, unknown>);
        const currentNames = entries.map(([name]) => name);
        if (entries.length < 2) reject(`layers has ${entries.length} of them; pass at least two, from the first to the last`);
        if (names.length > 0 && names.join() !== currentNames.join())
          reject(
            `layers are ${currentNames.join(", ")}, before they were ${names.join(", ")}; pass the same layers at every step`,
          );
        const read = entries.map(([name, layer]) => readLayer(`layers.${name}`, layer));
        const hash = read.map(({ data, outputs, inputs }) => `${outputs.count}×${inputs.count} ${hashOf(data)}`);
        const overlaps = read.slice(1).map((outer, i) => {
          // The products of unchanged layers are not computed again.
          const same = hash[i] === hashes[i] && hash[i + 1] === hashes[i + 1];
          return same
            ? samples[i]!.at(-1)!
            : named(`record, ${currentNames[i + 1]}·${currentNames[i]}`, () => overlapOf(outer, read[i]!));
        });
        names = currentNames;
        hashes = hash;
        last = t;
        for (const [i, { uu, ww, uw }] of overlaps.entries()) {
          samples[i] ??= [];
          samples[i].push({ t, uu, ww, uw });
        }
      }),
    trajectories: () =>
      named("trajectories", () => {
        if (samples.length === 0) reject("nothing has been recorded; call record at least once");
        return Object.fromEntries(
          samples.map((samplesOfPair, i) => [`${names[i + 1]}·${names[i]}`, loggedTrajectory(samplesOfPair, 1)]),
        );
      }),
  };
}
