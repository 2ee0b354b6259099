/** Networks of any depth against quadratures at 50 digits, which choose a state and find its time. */
import { readFileSync } from "node:fs";
import { exactFlow, network, taskFromMoments } from "feature-learning";
import { expect, test } from "vitest";

interface Case {
  /** "balanced", or what the layers of an unbalanced problem are like. */
  readonly kind: string;
  /** Of balanced layers; null is infinite. */
  readonly depth?: number | null;
  readonly rate?: number;
  readonly output?: number;
  readonly k?: number;
  /** Of the others. */
  readonly layers?: readonly number[];
  readonly rates?: readonly number[];
  readonly now?: readonly number[];
  readonly gamma: number;
  readonly xx: number;
  readonly xy: number;
  readonly t: number;
  readonly f: number;
  readonly g: number;
}

const cases = JSON.parse(readFileSync(new URL("./depth.json", import.meta.url), "utf8")) as Case[];

function flowOf({ depth, rate, output, k = 1, layers, rates, gamma, xx, xy }: Case) {
  const task = taskFromMoments({ xx, xy, yy: xy ** 2 / xx + 1 });
  const common = { outputScale: gamma, loss: k === 1 ? "mse" : "half-mse" } as const;
  return layers === undefined
    ? exactFlow({
        network: network({ ...common, depth: depth ?? Infinity, learningRates: rate! }),
        task,
        initial: { output: output! },
      })
    : exactFlow({ network: network({ ...common, depth: layers.length, learningRates: rates! }), task, initial: { layers } });
}

/** Times are doubles: a value is right on the scale of what half a unit in the last place of t does to it. */
const RIGHT = 4e-15;

test("output and residual are right to rounding at every depth, balanced or not", () => {
  expect(cases.length).toBeGreaterThan(190);
  for (const c of cases) {
    const { k = 1, xx, t, f, g } = c;
    const now = flowOf(c).at(t);
    const pace = 2 * k * now.kernel * t;
    const name = JSON.stringify(c);
    expect(Math.abs(now.output - f) / (Math.abs(f) + Math.abs(pace * g)), name).toBeLessThan(RIGHT);
    expect(Math.abs(now.residual - g) / (Math.abs(g) * (1 + pace * xx)), name).toBeLessThan(RIGHT);
  }
});

test("every layer is right to rounding", () => {
  const unbalanced = cases.filter(({ now }) => now !== undefined);
  expect(unbalanced.length).toBeGreaterThan(70);
  for (const c of unbalanced) {
    const flow = flowOf(c);
    const now = flow.at(c.t);
    for (const [l, a] of c.now!.entries()) {
      // ȧ_l = 2k g η_l f/a_l.
      const moved = c.t * Math.abs((2 * c.g * c.rates![l]! * c.f) / a);
      expect(Math.abs(now.layers[l]! - a) / (Math.abs(a) + moved), JSON.stringify(c)).toBeLessThan(RIGHT);
    }
  }
});
