/** The numbers of a regime, each by its definition, on flows and on rows. */
import fc from "fast-check";
import {
  chain,
  exactFlow,
  FeatureLearningError,
  gradientDescent,
  integratedFlow,
  kernelMachine,
  linearTimes,
  mechanisms,
  mechanismsOverTime,
  network,
  type Regime,
  regime,
  taskFromMoments,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { EPS, expectWithin, type Kind, pinned, problems } from "../support/problems.ts";
import { inUnits, units } from "../support/units.ts";

const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
const kinds: readonly Kind[] = ["generic", "frozen u", "frozen w", "zero u", "zero w", "no correlation"];

describe("of exact flows", () => {
  test("the place is 2hS₀/B₀ and 2h|S∞|/B₀, towards the target, and tells the kernel's ratio: √(1 − start² + end²)", () => {
    fc.assert(
      fc.property(problems(2), (problem) => {
        const flow = exactFlow(problem);
        const [start, limit] = [flow.at(0), flow.limit];
        fc.pre(start.uw !== limit.uw);
        const { u, w } = problem.network.learningRates;
        const B = w * start.uu + u * start.ww;
        const place = regime(flow).place!;
        const scale = (2 * Math.sqrt(u) * Math.sqrt(w)) / B;
        const side = limit.uw < 0 ? -1 : 1;
        expectWithin(Math.abs(place.start - side * scale * start.uw), 8 * EPS, "start");
        expectWithin(Math.abs(place.end - side * scale * limit.uw), 8 * EPS * place.end, "end");
        const ratio = Math.sqrt(Math.max(0, 1 - place.start ** 2 + place.end ** 2));
        // 1 − start² loses what is left of a nearly parallel start.
        expectWithin(Math.abs(regime(flow).kernelRatio - ratio), 1e-7, "ratio");
      }),
      pinned(67),
    );
  });

  test("other units change nothing of it", () => {
    fc.assert(
      fc.property(problems(2), units, (problem, by) => {
        const [a, b] = [regime(exactFlow(inUnits(problem, by))), regime(exactFlow(problem))];
        expect(a.regime).toBe(b.regime);
        // What is told of the way to the end is a search's largest value, on a grid that rounds in its own way.
        expectWithin(Math.abs(a.linearisationGap! - b.linearisationGap!), 1e-12 + 1e-6 * b.linearisationGap!, "gap");
        const numbers = ({ kernelRatio, kernelChange, weightMovement, largestMovement, place }: Regime) => ({
          ...{ kernelRatio, kernelChange, ...place },
          ...{ u: weightMovement!.u, w: weightMovement!.w, largestU: largestMovement!.u, largestW: largestMovement!.w },
        });
        const [p, q] = [numbers(a), numbers(b)];
        for (const [name, value] of Object.entries(q))
          if (Number.isFinite(value)) expectWithin(Math.abs(p[name as "u"] - value), 1e-9 * Math.abs(value) + 64 * EPS, name);
          else expect(p[name as "u"], name).toBe(Infinity);
      }),
      pinned(69, 300),
    );
  });

  test("the gap is the largest distance to the kernel machine's output on the way, as a share of the way", () => {
    fc.assert(
      fc.property(problems(1, kinds), (problem) => {
        const [flow, machine] = [exactFlow(problem), kernelMachine(problem)];
        fc.pre(flow.rate > 0 && flow.limit.output !== flow.at(0).output);
        const way = Math.abs(flow.limit.output - flow.at(0).output);
        const rates = [flow.rate, machine.rate];
        const [first, last] = [1e-3 / Math.max(...rates), 40 / Math.min(...rates)];
        let largest = 0;
        for (let i = 0; i <= 500; i++) {
          const t = first * (last / first) ** (i / 500);
          largest = Math.max(largest, Math.abs(flow.at(t).output - machine.at(t).output) / way);
        }
        const rounding = (8 * EPS * (Math.abs(flow.limit.output) + Math.abs(flow.at(0).output))) / way;
        const { linearisationGap } = regime(flow);
        expectWithin(largest - linearisationGap!, 1e-9 * largest + rounding, "a sample beyond the largest");
        // 500 times in a dozen decades miss the top of a distance by a square of their spacing.
        expectWithin(linearisationGap! - largest, 3e-3 * largest + rounding, "a largest that no sample comes near");
      }),
      pinned(68, 300),
    );
  });

  test("a single trained layer is a kernel machine, equal to its linearisation", () => {
    for (const learningRates of [
      { u: 1, w: 0 },
      { u: 0, w: 2 },
    ]) {
      const flow = exactFlow({ network: network({ learningRates }), task, initial: { uu: 1, ww: 0.5, uw: 0.2 } });
      const found = regime(flow);
      expect(found).toMatchObject({ regime: "kernel", kernelRatio: 1, kernelChange: 0, place: { start: 0, end: 0 } });
      expect(found.linearisationGap).toBeLessThan(8 * EPS);
    }
  });

  test("a layer that shrinks nearly to nothing on its way, and comes back, has moved by nearly its own size", () => {
    // Parallel layers: at S = 0 the smaller one is nothing, and |u|² all that parts their squares.
    for (const [size, part] of [
      [1, 1e-4],
      [10, 1e-8],
      [0.1, 1e-10],
    ] as const) {
      const [u, w] = [size * (1 + part), -size];
      const flow = exactFlow({
        network: network(),
        task: taskFromMoments({ xx: 1, xy: 0.7 * size * size, yy: size ** 4 }),
        initial: { u: [u], w: [w] },
      });
      const { largestMovement, weightMovement } = regime(flow);
      const least = Math.sqrt((u - size) * (u + size)) / u;
      expectWithin(Math.abs(largestMovement!.u - (1 - least)), 1e-3 * least, `parted by ${part}`);
      expect(weightMovement!.u).toBeLessThan(0.2);
    }
  });

  test("where nothing moves every change is 0, and there is no place", () => {
    const none: Regime = {
      regime: "static",
      because: "nothing moves",
      kernelRatio: 1,
      kernelChange: 0,
      kernelBelow: 0.1,
      basis: "exact",
      weightMovement: { u: 0, w: 0 },
      largestMovement: { u: 0, w: 0 },
      linearisationGap: 0,
    };
    for (const initial of [
      { uu: 0, ww: 0, uw: 0 },
      { uu: 1, ww: 1, uw: 1 },
    ])
      expect(regime(exactFlow({ network: network(), task, initial }))).toEqual(none);
    const cut = exactFlow({ network: network({ outputScale: 0 }), task, initial: { uu: 1, ww: 1, uw: 0 } });
    expect(regime(cut)).toEqual(none);
  });

  test("a layer that was zero has moved infinitely, one beside it that stays not at all", () => {
    const flow = exactFlow({ network: network({ learningRates: { u: 1, w: 0 } }), task, initial: { u: [0], w: [1] } });
    expect(regime(flow)).toMatchObject({ weightMovement: { u: Infinity, w: 0 }, largestMovement: { u: Infinity, w: 0 } });
  });

  test("the way into a saddle ends with all weights at 0: each layer has moved by its own size, and there is no kernel left", () => {
    const flow = exactFlow({ network: network(), task, initial: { u: [1, 2], w: [-1, -2] } });
    expect(regime(flow)).toMatchObject({
      regime: "feature-learning",
      kernelRatio: 0,
      kernelChange: 1,
      weightMovement: { u: 1, w: 1 },
      largestMovement: { u: 1, w: 1 },
    });
  });
});

describe("of rows", () => {
  const rows = (kernel: number[], output: number[]) => ({ kernel: Float64Array.from(kernel), output: Float64Array.from(output) });

  test("the ratio is the last kernel's, the change the largest, and a change of the threshold is not below it", () => {
    const dip = rows([4, 1, 2, 6, 5], [0, 1, 2, 3, 4]);
    const expected = { kernelRatio: 1.25, kernelChange: 0.75, kernelBelow: 0.75, basis: "sampled" };
    const because = "the kernel changes by up to 0.75 of its initial value; at least 0.75";
    expect(regime(dip, { kernelBelow: 0.75 })).toEqual({ regime: "feature-learning", because, ...expected });
    expect(regime(dip, { kernelBelow: 0.7500001 }).regime).toBe("kernel");
    expect(regime(rows([1, 1.05], [0, 1]))).toMatchObject({ regime: "kernel", kernelBelow: 0.1 });
    expect(regime(rows([1, 1.15], [0, 1]))).toMatchObject({ regime: "feature-learning", kernelBelow: 0.1 });
  });

  test("static is what moves neither kernel nor output, and an output alone can move", () => {
    expect(regime(rows([2, 2, 2], [1, 1, 1]))).toMatchObject({ regime: "static", kernelRatio: 1, kernelChange: 0 });
    expect(regime(rows([2, 2, 2], [1, 1, 3])).regime).toBe("kernel");
    expect(regime(rows([2, 3, 2], [1, 1, 1])).regime).toBe("feature-learning");
    expect(regime(rows([2], [1])).regime).toBe("static");
  });

  test("a kernel that was zero stays, or has grown infinitely", () => {
    expect(regime(rows([0, 0], [0, 0]))).toMatchObject({ regime: "static", kernelRatio: 1, kernelChange: 0 });
    expect(regime(rows([0, 1], [0, 1]))).toMatchObject({
      regime: "feature-learning",
      kernelRatio: Infinity,
      kernelChange: Infinity,
    });
  });

  test("refused are none, rows without a kernel, and thresholds of 0", () => {
    const error = (run: () => unknown, message: RegExp): void => {
      expect(run).toThrow(FeatureLearningError);
      expect(run).toThrow(message);
    };
    error(() => regime(rows([], [])), /^regime: trajectory is .*; pass at least one row/);
    error(() => regime(rows([1, NaN], [0, 0])), /^regime: trajectory\.kernel is NaN/);
    error(() => regime(rows([1], [0]), { kernelBelow: 0 }), /^regime: kernelBelow is 0; pass a finite number > 0/);
    error(() => regime(rows([1], [0]), { below: 1 } as object), /unknown key "below"/);
  });
});

describe("of flows known at their steps", () => {
  const problem = { network: network(), task, initial: { u: [1, 0, -0.8], w: [0.2, 0.5, -0.4] } };

  test("the weights' movement is that of their steps, at the end and at its largest; place and gap are not told", () => {
    const flow = integratedFlow(problem);
    const found = regime(flow);
    expect(Object.keys(found).sort()).toEqual(
      ["basis", "because", "kernelBelow", "kernelChange", "kernelRatio", "largestMovement", "regime", "weightMovement"].sort(),
    );
    const exact = regime(exactFlow(problem));
    for (const layer of ["u", "w"] as const) {
      // The integrator's tolerance is 1e-10 of the weights, and its last step, in which they creep, near the end of the way.
      expectWithin(Math.abs(found.weightMovement![layer] - exact.weightMovement![layer]), 1e-6, layer);
      expectWithin(Math.abs(found.largestMovement![layer] - exact.largestMovement![layer]), 1e-6, layer);
    }
  });

  test("from order parameters no movement is told", () => {
    const found = regime(integratedFlow({ ...problem, initial: { uu: 1, ww: 1, uw: 0.2 } }));
    expect(found.basis).toBe("sampled");
    expect("weightMovement" in found || "largestMovement" in found).toBe(false);
  });

  test("layers of zeros that stay have moved by nothing", () => {
    const found = regime(kernelMachine({ network: network(), task, initial: { u: [0], w: [0] } }));
    expect(found).toMatchObject({ regime: "static", weightMovement: { u: 0, w: 0 }, largestMovement: { u: 0, w: 0 } });
  });

  test("a layer that comes back has moved further on the way than at the end", () => {
    // The small layer turns from one side of the large one to the other, by way of next to nothing.
    const back = { network: network(), task, initial: { u: [3, 0], w: [-1, 0.05] } };
    const found = regime(kernelMachine(back));
    expect(found.weightMovement).toEqual(found.largestMovement);
    const flow = integratedFlow({ network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial: back.initial });
    const [sampled, exact] = [regime(flow), regime(exactFlow(back))];
    for (const layer of ["u", "w"] as const)
      expectWithin(Math.abs(sampled.largestMovement![layer] - exact.largestMovement![layer]), 1e-3, layer);
    expect(exact.largestMovement!.u).toBeGreaterThan(1.01 * exact.weightMovement!.u);
  });
});

describe("of training that has no verdict, and of several tasks", () => {
  test("a descent that diverged is undetermined, and says why", () => {
    const problem = { network: network(), task, initial: { uu: 4, ww: 4, uw: 3 } };
    const descent = gradientDescent(problem, { stepSize: 1, steps: 50 });
    expect(descent.status).toBe("diverged");
    expect(regime(descent)).toMatchObject({ regime: "undetermined", because: expect.stringMatching(/diverged/) });
  });

  test("the kernel of a chain is followed through all of its tasks", () => {
    const [first, middle] = [taskFromMoments({ xx: 1, xy: 1, yy: 1 }), taskFromMoments({ xx: 1, xy: 300, yy: 1e5 })];
    const stages = [{ task: first, duration: 5 }, { task: middle, duration: 3 }, { task: first }];
    const flow = chain({ network: network(), initial: { uu: 100, ww: 100, uw: 0 }, stages });
    const found = regime(flow);
    // B = √(I + 4S²) with I = 200², at its largest where the middle task ends with S = 300.
    expectWithin(Math.abs(found.kernelChange - (Math.sqrt(200 ** 2 + 4 * 300 ** 2) / 200 - 1)), 1e-12, "largest");
    expect(found.regime).toBe("feature-learning");
    expect(mechanisms(flow).present).toEqual(["alignment", "disalignment", "rescaling"]);
  });

  test("a chain that comes back to its first task has not stayed there", () => {
    const task = (xy: number) => taskFromMoments({ xx: 1, xy, yy: 1 });
    const stages = [{ task: task(1), duration: 20 }, { task: task(-1), duration: 20 }, { task: task(1) }];
    const flow = chain({ network: network(), initial: { uu: 1, ww: 1, uw: 0 }, stages });
    expect(mechanisms(flow).present).toEqual(["alignment", "disalignment", "rescaling"]);
    // Two of the three tasks are followed to where they are learned, and the times to sample at go on to the last.
    expect(linearTimes(flow).at(-1)).toBeGreaterThan(40);
    // The times end where 10⁻⁸ of the excess loss is left, so 10⁻⁴ of the way.
    expect(mechanismsOverTime(flow).change.at(-1)).toBeCloseTo(1, 3);
  });
});
