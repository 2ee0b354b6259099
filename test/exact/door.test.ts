/** The public door of the exact flow: what it takes, what it refuses, and what it gives for what. */
import fc from "fast-check";
import {
  type ExactFlow,
  type ExactOptions,
  exactFlow,
  FeatureLearningError,
  gaussianWeights,
  network,
  type Snapshot,
  sample,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { pinned, problems } from "../support/problems.ts";

const net = network();
const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
const initial = gaussianWeights({ width: 3, scale: 0.5, seed: 1 });

function refusal(run: () => unknown): FeatureLearningError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(FeatureLearningError);
    return error as FeatureLearningError;
  }
  throw new Error("not refused");
}

function stateOrRefusal(flow: ExactFlow, t: number): Snapshot | undefined {
  try {
    return flow.at(t);
  } catch (error) {
    expect(error).toMatchObject({ name: "FeatureLearningError", code: "out-of-range" });
    return undefined;
  }
}

describe("projection", () => {
  const [x, y] = [
    [
      [1, 0.1],
      [-1, 0.2],
      [2, -0.1],
    ],
    [1, -1, 2],
  ];

  test("asked of the flow is that asked of the task", () => {
    const flow = exactFlow({ network: net, task: taskFromSamples(x, y), initial }, { project: true });
    const other = exactFlow({ network: net, task: taskFromSamples(x, y, { project: true }), initial });
    expect(flow.at(1)).toEqual(other.at(1));
  });

  test("not asked is not made, and nothing but yes and no is an answer", () => {
    const scattered = { network: net, task: taskFromSamples(x, y), initial };
    for (const options of [undefined, {}, { project: false }])
      expect(refusal(() => exactFlow(scattered, options)).code).toBe("assumption");
    const wrong = (options: unknown) => refusal(() => exactFlow(scattered, options as ExactOptions));
    expect(wrong({ project: 1 }).message).toBe("exactFlow: project is 1; pass true or false.");
    expect(wrong({ projct: true }).message).toMatch(/unknown key "projct"/);
  });
});

describe("weights", () => {
  const flow = exactFlow({ network: net, task, initial });

  test("come from weights alone", () => {
    expect("weights" in flow).toBe(true);
    expect("weights" in exactFlow({ network: net, task, initial: flow.at(0) })).toBe(false);
  });

  test("go where one says, or into room of their own each time", () => {
    const out = { u: new Float64Array(3), w: new Float64Array(3) };
    expect(flow.weights(1, out)).toBe(out);
    const [a, b] = [flow.weights(1), flow.weights(1)];
    expect(a).toEqual(out);
    expect(b).toEqual(a);
    expect(b.u).not.toBe(a.u);
  });

  test("at the end of all times are those of the limit", () => {
    const { u, w } = flow.weights(Infinity);
    const uw = u.reduce((sum, value, i) => sum + value * w[i]!, 0);
    expect(uw).toBeCloseTo(flow.limit.uw, 14);
  });
});

describe("times", () => {
  const flow = exactFlow({ network: net, task, initial });

  test("that are none are refused, those before the blow-up by name and reason", () => {
    for (const ask of ["at", "weights"] as const) {
      for (const t of [Number.NaN, "1", undefined, null])
        expect(refusal(() => flow[ask](t as number))).toMatchObject({ code: "invalid-argument" });
      for (const t of [flow.from, 2 * flow.from, -Infinity]) {
        const error = refusal(() => flow[ask](t));
        expect(error.code).toBe("out-of-range");
        expect(error.message).toBe(`${ask}: t is ${t}; the flow exists for t > ${flow.from}, where it blows up backwards.`);
      }
      expect(() => flow[ask](0.99 * flow.from)).not.toThrow();
    }
  });

  test("in bulk are those asked for one by one", () => {
    const times = [0.9 * flow.from, -1e-3, 0, 1e-300, 1e-3, 1, 30, 1e4, 1e300, Infinity];
    expect(sample(flow, times).toRows()).toEqual(times.map((t) => flow.at(t)));
  });

  test("begin with the initial state, also where it would blow up the instant before", () => {
    const burst = exactFlow({
      network: network({ learningRates: 1e200 }),
      task: taskFromMoments({ xx: 1, xy: 0, yy: 1 }),
      initial: { uu: 1e200, ww: 1e200, uw: 1e200 },
    });
    expect(burst.from).toBe(-0);
    expect(burst.at(0)).toMatchObject({ uu: 1e200, ww: 1e200, uw: 1e200 });
  });

  test("within rounding of the blow-up are refused, or met on the side that blows up", () => {
    const met = counted({ atLeast: 0.5, what: "times at the blow-up" });
    const expectSound = (flow: ExactFlow): void => {
      const before = flow.at(flow.from * (1 - 1e-6));
      const start = flow.at(0);
      for (let n = 16; n >= 0; n--) {
        const s = stateOrRefusal(flow, flow.from * (1 - n * 2 ** -53));
        if (!met.when(s)) continue;
        expect(Math.sign(s.output)).toBe(Math.sign(before.output));
        expect(s.kernel).toBeGreaterThan(before.kernel);
        expect(s.kernel).toBeLessThan(Infinity);
      }
      // A refusal leaves nothing behind.
      expect(flow.at(0)).toEqual(start);
      expect(flow.at(Infinity)).toEqual(flow.limit);
    };
    fc.assert(
      fc.property(problems(3, ["generic", "zero u", "zero w", "no correlation"]), (problem) => {
        const flow = exactFlow(problem);
        expect(flow.from).toBeGreaterThan(-Infinity);
        expectSound(flow);
      }),
      pinned(53),
    );
    // Here a bracket of the clock, which vanishes at the blow-up, rounds to 0, or below it, one double after.
    for (const sign of [1, -1]) {
      for (const [uu, uw, xy] of [
        [3, 0.2, 1],
        [2, 0.1, 2],
        [2, 0.3, -1],
      ] as const)
        expectSound(
          exactFlow({
            network: net,
            task: taskFromMoments({ xx: 1, xy: sign * xy, yy: 9 }),
            initial: { uu, ww: 1, uw: sign * uw },
          }),
        );
    }
  });
});
