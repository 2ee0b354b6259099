import { readNumber, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type Random, randomFrom, type Seed } from "../door/seeds.ts";
import type { Weights } from "../model/weights.ts";
import { type LayerScale, readScale } from "./readScale.ts";

/** The largest width for which weights are made. Order parameters have no such limit. */
export const MAX_WIDTH: number = 2 ** 30;

/** The options of random initialisations. */
export interface InitialisationOptions {
  /** The number of hidden neurons, d ≥ 1. */
  readonly width: number;
  /** Standard deviations of uᵢ and wᵢ, each 0 or from 1e-153 to 1e153; one number for both. */
  readonly scale: LayerScale;
  /** The seed of the random numbers. */
  readonly seed: Seed;
}

/**
 * Independent Gaussian layers, uᵢ ~ N(0, scale.u²), wᵢ ~ N(0, scale.w²).
 *
 * @throws FeatureLearningError `"invalid-argument"`: a width that is not a whole number from 1 to 2³⁰, a
 * negative scale, no seed.
 *
 * @example
 * ```ts
 * import { gaussianWeights } from "feature-learning";
 *
 * const { u, w } = gaussianWeights({ width: 64, scale: { u: 0.01, w: 0.01 }, seed: "penguins" });
 * console.log(u.length, w.length); // 64 64
 * ```
 */
export function gaussianWeights(options: InitialisationOptions): Weights {
  return named("gaussianWeights", () => {
    const { width, scale, random } = readInitialisation(
      "gaussianWeights",
      readRecord("options", options, ["width", "scale", "seed"]),
    );
    return { u: normals(width, scale.u, random), w: normals(width, scale.w, random) };
  });
}

/** `count` normal numbers of standard deviation `scale`. */
export function normals(count: number, scale: number, random: Random): Float64Array {
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) out[i] = scale * random.normal();
  return out;
}

/**
 * Reads the options that all random initialisations share. `purpose` makes the streams of one seed
 * independent.
 */
export function readInitialisation(
  purpose: string,
  record: Readonly<Partial<Record<"width" | "scale" | "seed", unknown>>>,
  maxWidth: number = MAX_WIDTH,
): { readonly width: number; readonly scale: { readonly u: number; readonly w: number }; readonly random: Random } {
  return { ...readShape(record, maxWidth), random: randomFrom(record.seed, purpose) };
}

/** The same without the seed. */
export function readShape(
  record: Readonly<Partial<Record<"width" | "scale", unknown>>>,
  maxWidth: number,
): { readonly width: number; readonly scale: { readonly u: number; readonly w: number } } {
  return {
    width: readNumber("width", record.width, { min: 1, max: maxWidth, integer: true }),
    scale: readScale(record.scale),
  };
}
