/** Random problems for the property tests, all from pinned seeds. */
import fc from "fast-check";
import { type Network, network, type Task, taskFromMoments } from "feature-learning";

export interface DrawnProblem {
  readonly network: Network;
  readonly task: Task;
  readonly initial: { readonly u: Float64Array; readonly w: Float64Array };
}

const KINDS = ["generic", "parallel", "antiparallel", "frozen u", "frozen w", "zero u", "zero w", "no correlation"] as const;
export type Kind = (typeof KINDS)[number];

/**
 * A number between min and max, uniform over the reals, with some preference for the ends and the middle.
 * fc.double is uniform over floating-point numbers instead: nine in ten of its numbers in [−1, 1] are below
 * 1e-30, so that every 10^x is 1.
 */
export function uniform(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min: -(2 ** 30), max: 2 ** 30 }).map((n) => (min + max) / 2 + ((max - min) / 2) * (n / 2 ** 30));
}

/** 10^x with x uniform in ±exponent. */
function scales(exponent: number): fc.Arbitrary<number> {
  return uniform(-exponent, exponent).map((x) => 10 ** x);
}

/** Layers are special by their kind, not by entries that happen to be equal. */
const entries = fc.noBias(uniform(-1, 1));

/** Problems of every kind whose scales (γ, rates, moments, layers) lie within 10^±exponent. */
export function problems(exponent: number, kinds: readonly Kind[] = KINDS): fc.Arbitrary<DrawnProblem> {
  const positive = scales(exponent);
  return fc
    .record({
      kind: fc.constantFrom(...kinds),
      gamma: fc.tuple(positive, fc.boolean()),
      etaU: positive,
      etaW: positive,
      half: fc.boolean(),
      xx: positive,
      yy: positive,
      correlation: uniform(-1, 1),
      scaleU: positive,
      scaleW: positive,
      layers: fc.array(fc.tuple(entries, entries), { minLength: 1, maxLength: 6 }),
    })
    .map((drawn) => {
      const { kind } = drawn;
      const rates = { u: kind === "frozen u" ? 0 : drawn.etaU, w: kind === "frozen w" ? 0 : drawn.etaW };
      const parallel = kind === "parallel" ? 1 : kind === "antiparallel" ? -1 : 0;
      const ratio = parallel * Math.sqrt(drawn.etaW / drawn.etaU);
      const u = Float64Array.from(drawn.layers, ([x]) => (kind === "zero u" ? 0 : floor(x) * drawn.scaleU));
      const w = Float64Array.from(drawn.layers, ([, y], i) =>
        kind === "zero w" ? 0 : parallel !== 0 ? ratio * u[i]! : floor(y) * drawn.scaleW,
      );
      const { xx, yy } = drawn;
      const xy = kind === "no correlation" ? 0 : floor(drawn.correlation) * Math.sqrt(xx) * Math.sqrt(yy);
      return {
        network: network({
          outputScale: drawn.gamma[1] ? -drawn.gamma[0] : drawn.gamma[0],
          learningRates: rates,
          loss: drawn.half ? "half-mse" : "mse",
        }),
        task: taskFromMoments({ xx, xy, yy }),
        initial: { u, w },
      };
    });
}

/** Layers with entries of nearly nothing relative to their scale are the subject of other tests. */
function floor(x: number): number {
  return Math.abs(x) < 1e-3 ? 1e-3 : x;
}

/**
 * How many of so many runs are made: all, or a share under mutation testing, which makes them a thousand
 * times over.
 */
export const runs = (count: number): number => Math.ceil(count * Number(process.env["SHARE_OF_RUNS"] ?? 1));

/**
 * Options of every property: a pinned seed and enough runs, each of which compares something. fc.pre draws
 * another case in place of one that does not fit; at least the given share of all that are drawn must fit.
 */
export function pinned(seed: number, numRuns = 1000, { atLeast = 0.9 }: { readonly atLeast?: number } = {}) {
  return { seed, numRuns: runs(numRuns), maxSkipsPerRun: (1 - atLeast) / atLeast };
}

export const EPS: number = Number.EPSILON;

/** Fails with everything one needs to look into it. */
export function expectWithin(error: number, bound: number, what: string): void {
  if (!(error <= bound)) throw new Error(`${what}: error ${error} exceeds ${bound}`);
}
