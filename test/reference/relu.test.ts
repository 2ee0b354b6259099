/**
 * Networks with a kink at 0, ReLU and |x|, against values of 60 digits, each on the scale of what rounding of
 * the inputs amounts to.
 */
import { readFileSync } from "node:fs";
import { type ExactHalfLineFlow, exactFlow, type NeuronEvent, network, taskFromMoments } from "feature-learning";
import { describe, expect, test } from "vitest";

type Pair = readonly [xx: number, xy: number];

interface Case {
  readonly kind: string;
  readonly activation: "relu" | "abs";
  readonly gamma: number;
  readonly k: number;
  readonly etaU: number;
  readonly etaW: number;
  readonly positive: Pair;
  readonly negative: Pair;
  readonly u: readonly number[];
  readonly w: readonly number[];
  readonly events: readonly (NeuronEvent & { readonly cond: number })[];
  /** `residuals`: of either side under ReLU, of the one linear network under |x|. */
  readonly at: readonly {
    readonly t: number;
    readonly u: readonly number[];
    readonly w: readonly number[];
    readonly residuals: readonly number[];
    readonly cond: number;
  }[];
}

const cases = JSON.parse(readFileSync(new URL("./relu.json", import.meta.url), "utf8")) as Case[];

/**
 * A result is right to this many relative roundings of the inputs: those of the sums over neurons and of the
 * exponentials, a few each.
 */
const ROUNDINGS = 5;
const right = (cond: number): number => ROUNDINGS * Number.EPSILON * (1 + cond);

function flowOf({ activation, gamma, k, etaU, etaW, positive, negative, u, w }: Case): ExactHalfLineFlow {
  const half = ([xx, xy]: Pair): { xx: number; xy: number } => ({ xx, xy });
  const yy = [positive, negative].reduce((sum, [xx, xy]) => sum + (xx === 0 ? 0 : xy ** 2 / xx), 1);
  return exactFlow({
    network: network({ activation, outputScale: gamma, learningRates: { u: etaU, w: etaW }, loss: k === 1 ? "mse" : "half-mse" }),
    task: taskFromMoments({ positive: half(positive), negative: half(negative), yy }),
    initial: { u, w },
  });
}

const nameOf = ({ kind }: Case, i: number): string => `${kind}, case ${i}`;

describe("networks with a kink at 0 at 60 digits", () => {
  test("events happen at the same times to the same neurons", () => {
    let compared = 0;
    for (const [i, c] of cases.entries()) {
      const events = flowOf(c).events.filter(({ t }) => t < c.at.at(-1)!.t);
      expect(
        events.map(({ neuron, kind }) => [neuron, kind]),
        nameOf(c, i),
      ).toEqual(c.events.map(({ neuron, kind }) => [neuron, kind]));
      for (const [n, { t, cond }] of c.events.entries()) {
        expect(Math.abs(events[n]!.t / t - 1), nameOf(c, i)).toBeLessThan(right(cond));
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(120);
  });

  test("weights are right to rounding, on the scale of the largest of their layer", () => {
    for (const [i, c] of cases.entries()) {
      const flow = flowOf(c);
      for (const { t, u, w, cond } of c.at) {
        const now = flow.weights!(t);
        for (const [found, known] of [
          [now.u, u],
          [now.w, w],
        ] as const) {
          const largest = Math.max(...known.map(Math.abs));
          const off = known.map((x, j) => Math.abs(found[j]! - x));
          expect(Math.max(...off), nameOf(c, i)).toBeLessThanOrEqual(right(cond) * largest);
        }
      }
    }
  });

  test("residuals keep their digits down to the end of training", () => {
    for (const [i, c] of cases.entries()) {
      const { halves } = flowOf(c);
      for (const { t, residuals, cond } of c.at) {
        const [above, below] = [halves.positive.at(t), halves.negative.at(t)];
        const found = c.activation === "abs" ? [above.residual - below.residual] : [above.residual, below.residual];
        for (const [side, g] of residuals.entries()) {
          // g falls at the rate 2kK·xx, so that half a unit in the last place of t changes it by that much of
          // it.
          const sides = c.activation === "abs" ? [above, below] : [[above, below][side]!];
          const pace = sides.reduce((sum, { kernelSize }) => sum + 2 * c.k * kernelSize * t, 0);
          expect(Math.abs(found[side]! - g), nameOf(c, i)).toBeLessThanOrEqual(right(cond + pace) * Math.abs(g));
        }
      }
    }
  });
});
