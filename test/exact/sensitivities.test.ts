import fc from "fast-check";
import {
  exactFlow,
  type Gradient,
  network,
  type Problem,
  type ScalarInitial,
  type Sensitivities,
  type SensitivityParameter,
  type Snapshot,
  sensitivities,
  taskFromMoments,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { type Counted, counted } from "../support/counted.ts";
import { type DrawnProblem, EPS, expectWithin, pinned, problems, uniform } from "../support/problems.ts";

/** A problem and a time, from 1e-6 to 30 in units of 1/ρ. */
const situations = fc
  .tuple(
    problems(12),
    uniform(-6, 1.5).map((x) => 10 ** x),
  )
  .map(([problem, x]) => {
    const { rate } = exactFlow(problem);
    return { problem, t: x / (rate > 0 ? rate : 1) };
  });

const quantities = (s: Sensitivities): (keyof Omit<Snapshot, "t">)[] =>
  Object.keys(s).filter((name) => name !== "snapshot") as (keyof Omit<Snapshot, "t">)[];

/** Terms add up to 0, on their own scale: 4096 times its rounding, for what the powers of e^ρt in them amplify up to ρt = 30. */
function expectBalanced(compared: Counted, terms: readonly number[], what: string, ballast = 0): void {
  if (!compared.when(terms.every(Number.isFinite))) return;
  const scale = terms.reduce((most, x) => most + Math.abs(x), Math.max(ballast, 2 ** -1000));
  expectWithin(Math.abs(terms.reduce((a, b) => a + b, 0)), 2 ** 12 * EPS * scale, `${what}: ${terms.join(" + ")}`);
}

/** The terms of 2kγ²xx·d(uu + ww), before one layer's loss is set against the other's gain. */
function curvatureTerms(
  { network: { outputScale }, task: { xx } }: DrawnProblem,
  { snapshot, uu, ww }: Sensitivities,
  point: Readonly<Record<SensitivityParameter, number>>,
  powers: Partial<Record<SensitivityParameter, number>>,
): number {
  const terms = (Object.keys(powers) as SensitivityParameter[]).map(
    (p) => Math.abs(point[p]) * (Math.abs(uu[p]) + Math.abs(ww[p])),
  );
  return 2 * outputScale ** 2 * xx * terms.reduce((a, b) => a + b, snapshot.uu + snapshot.ww);
}

/** What a problem is made of, under the parameters' names. */
function pointOf({
  network: { outputScale, learningRates: rates },
  task,
  initial,
}: DrawnProblem): Record<SensitivityParameter, number> {
  const { uu, ww, uw } = exactFlow({ network: network(), task, initial }).at(0);
  const { xx, xy, yy } = task;
  return { t: 0, outputScale, "learningRates.u": rates.u, "learningRates.w": rates.w, xx, xy, yy, uu, ww, uw };
}

describe("derivatives obey the laws of what they are derivatives of", () => {
  test("by time they are the vector field", () => {
    const compared = counted({ what: "sums" });
    fc.assert(
      fc.property(situations, ({ problem, t }) => {
        const { snapshot: s, ...d } = sensitivities(problem, t);
        const { outputScale: gamma, learningRates: rates, loss } = problem.network;
        const drive = 2 * (loss === "mse" ? 1 : 0.5) * gamma * s.residual;
        expectBalanced(compared, [d.uu.t, -2 * rates.u * drive * s.uw], "uu");
        expectBalanced(compared, [d.ww.t, -2 * rates.w * drive * s.uw], "ww");
        expectBalanced(compared, [d.uw.t, -drive * rates.w * s.uu, -drive * rates.u * s.ww], "uw");
        expectBalanced(compared, [d.loss.t, (drive / gamma) ** 2 * s.kernel], "loss");
        expect([d.area.t, d.balance.t]).toEqual([0, 0]);
      }),
      pinned(1, 300),
    );
  });

  // Factors c^power on the parameters that multiply a quantity by c^degree: Σ power·p·∂q/∂p = degree·q.
  const symmetries: readonly {
    readonly name: string;
    readonly powers: Partial<Record<SensitivityParameter, number>>;
    readonly degrees: Partial<Record<keyof Snapshot, number>>;
  }[] = [
    {
      name: "faster learning is later time",
      powers: { t: -1, "learningRates.u": 1, "learningRates.w": 1 },
      degrees: { kernel: 1, kernelSize: 1, balance: -1 },
    },
    {
      name: "a larger output scale is what smaller layers make up for",
      powers: { outputScale: 1, uu: -1, ww: -1, uw: -1, "learningRates.u": -1, "learningRates.w": -1 },
      degrees: { uu: -1, ww: -1, uw: -1, area: -1, normProduct: -1, sharpness: 1 },
    },
    {
      name: "one layer is large where the other is small",
      powers: { uu: 1, ww: -1, "learningRates.u": 1, "learningRates.w": -1 },
      degrees: { uu: 1, ww: -1 },
    },
    {
      name: "inputs have a unit",
      powers: { xx: 2, xy: 1, outputScale: -1 },
      degrees: { output: -1, residual: 1, kernel: -2 },
    },
    {
      name: "outputs have a unit",
      powers: { xy: 1, yy: 2, outputScale: 1, t: -2 },
      degrees: { output: 1, outputSize: 1, residual: 1, loss: 2, excessLoss: 2, kernel: 2, kernelSize: 2, sharpness: 2 },
    },
  ];

  test.each(symmetries)("$name", ({ name, powers, degrees }) => {
    // What exchanges the layers' sizes changes the curvature by more than a factor.
    const scaled = (quantity: string): boolean =>
      quantity !== "sharpness" || name !== "one layer is large where the other is small";
    const compared = counted({ what: "sums" });
    fc.assert(
      fc.property(situations, ({ problem, t }) => {
        const found = sensitivities(problem, t);
        const point = { ...pointOf(problem), t };
        for (const quantity of quantities(found).filter(scaled)) {
          const gradient: Gradient = found[quantity];
          const terms = Object.entries(powers).map(
            ([p, power]) => power * point[p as SensitivityParameter] * gradient[p as SensitivityParameter],
          );
          const degree = degrees[quantity] ?? 0;
          const value = found.snapshot[quantity] ?? 0;
          // These are sums and products, whose derivatives may be small by cancelling.
          const whole = quantity === "loss" || quantity === "kernelSize" || quantity === "outputSize";
          const ballast = whole ? value : quantity === "sharpness" ? curvatureTerms(problem, found, point, powers) : 0;
          expectBalanced(compared, [...terms, degree === 0 ? 0 : -degree * value], quantity, ballast);
        }
      }),
      pinned(2, 300),
    );
  });

  test("area and balance are conserved, so their gradients are those of the start", () => {
    const spread = counted({ what: "areas", atLeast: 0.5 });
    const compared = counted({ what: "sums" });
    fc.assert(
      fc.property(situations, ({ problem, t }) => {
        const [start, later] = [sensitivities(problem, 0), sensitivities(problem, t)];
        expect([later.area, later.balance]).toEqual([start.area, start.balance]);
        const { snapshot: s, uu, ww, uw } = later;
        for (const p of Object.keys(uu) as (keyof Gradient)[]) {
          // Parallel layers leave area 0 like a square root.
          if (!spread.when(s.area > 0)) continue;
          expectBalanced(compared, [s.ww * uu[p], s.uu * ww[p], -2 * s.uw * uw[p], -2 * s.area * later.area[p]], p);
        }
      }),
      pinned(3, 300),
    );
  });

  test("they chain: those of two spans of time are the product of theirs", () => {
    const compared = counted({ what: "sums" });
    fc.assert(
      fc.property(situations, ({ problem, t }) => {
        const first = sensitivities(problem, t);
        const second = sensitivities({ ...problem, initial: first.snapshot }, t);
        const whole = sensitivities(problem, 2 * t);
        for (const quantity of ["output", "residual", "loss", "uu"] as const) {
          const [d, all] = [second[quantity], whole[quantity]];
          for (const p of ["uu", "ww", "uw"] as const) {
            expectBalanced(compared, [d.uu * first.uu[p], d.ww * first.ww[p], d.uw * first.uw[p], -all[p]], `∂${quantity}/∂${p}`);
          }
          for (const p of ["outputScale", "xx", "xy", "learningRates.u", "learningRates.w"] as const) {
            const carried = [d.uu * first.uu[p], d.ww * first.ww[p], d.uw * first.uw[p]];
            expectBalanced(compared, [d[p], ...carried, -all[p]], `∂${quantity}/∂${p}`);
          }
        }
      }),
      pinned(4, 200),
    );
  });
});

describe("the edges", () => {
  const task = taskFromMoments({ xx: 1, xy: 0.8, yy: 1 });
  const reduced = (initial: { uu: number; ww: number; uw: number }, settings = {}): Problem<ScalarInitial> => ({
    network: network(settings),
    task,
    initial,
  });

  test("the snapshot is that of the flow, bit for bit", () => {
    fc.assert(
      fc.property(situations, ({ problem, t }) => {
        for (const time of [0, t, Infinity]) {
          expect(sensitivities(problem, time).snapshot).toEqual(exactFlow(problem).at(time));
        }
      }),
      pinned(5, 100),
    );
  });

  test("nothing is NaN, whatever the sizes, at any time", () => {
    fc.assert(
      fc.property(problems(60), uniform(-300, 300), (problem, x) => {
        for (const t of [0, 10 ** x, Number.MIN_VALUE, Number.MAX_VALUE, Infinity]) {
          const found = sensitivities(problem, t);
          for (const quantity of quantities(found)) {
            for (const [p, value] of Object.entries(found[quantity])) {
              if (Number.isNaN(value)) throw new Error(`∂${quantity}/∂${p} at ${t}`);
            }
          }
        }
      }),
      pinned(6, 300),
    );
  });

  test("at t = 0 the order parameters are the coordinates themselves", () => {
    const { uu, ww, uw } = sensitivities(reduced({ uu: 2, ww: 0.3, uw: -0.6 }), 0);
    const zeros = { outputScale: 0, "learningRates.u": 0, "learningRates.w": 0, xx: 0, xy: 0, yy: 0, uu: 0, ww: 0, uw: 0 };
    expect([uu, ww, uw]).toEqual([
      { ...zeros, t: uu.t, uu: 1 },
      { ...zeros, t: ww.t, ww: 1 },
      { ...zeros, t: uw.t, uw: 1 },
    ]);
  });

  test("a frozen layer has the derivative of letting it go", () => {
    const rate = 1e-6;
    const initial = { uu: 2, ww: 0.3, uw: -0.6 };
    const frozen = sensitivities(reduced(initial, { learningRates: { u: 0, w: 1 } }), 1);
    const freed = exactFlow(reduced(initial, { learningRates: { u: rate, w: 1 } })).at(1);
    // The difference is off by rate/2 of the second derivative, which is of order one here.
    for (const name of ["uu", "ww", "uw", "loss", "kernel"] as const) {
      expect((freed[name] - frozen.snapshot[name]) / rate).toBeCloseTo(frozen[name]["learningRates.u"], 4);
    }
    expect(frozen.balance["learningRates.u"]).toBe(Number.NEGATIVE_INFINITY);
  });

  test("parallel layers: area and angle leave 0 like a square root", () => {
    const { area, angle, alignment } = sensitivities(reduced({ uu: 1, ww: 4, uw: 2 }), 0.3);
    expect([area.uu, area.uw, angle.uu, angle.xy]).toEqual([Infinity, Number.NEGATIVE_INFINITY, Infinity, 0]);
    expect(alignment.uu).toBeLessThan(0);
  });

  test("both layers zero: the flow linearised there, which grows like e^|a₁|t", () => {
    const t = 1.3;
    const { uw, uu, alignment } = sensitivities(reduced({ uu: 0, ww: 0, uw: 0 }), t);
    const grown = 4 * 0.8 * t;
    expect(uw.uw / Math.cosh(grown)).toBeCloseTo(1, 13);
    expect(uw.uu / (Math.sinh(grown) / 2)).toBeCloseTo(1, 13);
    expect(uu.uu / ((Math.cosh(grown) + 1) / 2)).toBeCloseTo(1, 13);
    expect(alignment.uu).toBe(0);
  });

  test("at the end: the minimum depends on data, not on the start; a saddle on everything that leads off it", () => {
    const { uw, loss, kernel } = sensitivities(reduced({ uu: 2, ww: 0.3, uw: -0.6 }, { outputScale: 2 }), Infinity);
    expect([uw.uu, uw.uw, uw.t, uw.xy, uw.xx, uw.outputScale]).toEqual([0, 0, 0, 0.5, -0.4, -0.2]);
    expect([loss.yy, loss.xy, loss.uu]).toEqual([1, -1.6, 0]);
    expect(kernel.uu).toBeGreaterThan(0);
    const saddle = sensitivities(reduced({ uu: 1, ww: 1, uw: -1 }), Infinity);
    expect([saddle.uw.uu, saddle.loss.uw, saddle.uw.xy]).toEqual([Infinity, Number.NEGATIVE_INFINITY, 0]);
    // What one layer keeps over the other as both vanish, ½δ'/η, at times when powers of e^−ρt leave even exponents of 53 bits.
    for (const t of [10, 1e15, 1e17, 1e300]) {
      const { uu, ww } = sensitivities(reduced({ uu: 1, ww: 1, uw: -1 }), t);
      expect([uu["learningRates.u"], ww["learningRates.u"]].map((x) => x.toFixed(9))).toEqual(["-0.500000000", "0.500000000"]);
    }
  });

  test("a power law: the limit of a derivative is the mean of those towards either side", () => {
    const ending = sensitivities(
      { ...reduced({ uu: 1, ww: 1, uw: 1 }), task: taskFromMoments({ xx: 2, xy: 0, yy: 1 }) },
      Infinity,
    );
    // S ends at xy/γxx for xy > 0, in the saddle for xy < 0.
    expect(ending.uw.xy).toBe(0.25);
  });

  test("no output scale: the output begins to move in proportion to it", () => {
    const { output, uw, loss } = sensitivities(reduced({ uu: 2, ww: 1, uw: 0.5 }, { outputScale: 0 }), 3);
    expect(output.outputScale).toBe(0.5);
    expect(uw.outputScale).toBeCloseTo(2 * 0.8 * (2 + 1) * 3, 13);
    expect(loss.outputScale).toBeCloseTo(-2 * 0.8 * 0.5, 13);
  });
});
