import {
  chain,
  cosineSchedule,
  evaluate,
  exactFlow,
  exponentialSchedule,
  gaussianWeights,
  linearTimes,
  logarithmicTimes,
  network,
  piecewiseSchedule,
  type Schedule,
  sample,
  taskFromMoments,
  taskFromSamples,
  timesTo,
  timeTo,
  warmupSchedule,
  withSchedule,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { EPS } from "../support/problems.ts";

const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
const flipped = taskFromMoments({ xx: 1, xy: -1, yy: 1 });
const weights = gaussianWeights({ width: 16, scale: 0.3, seed: "composition" });

describe("chain", () => {
  test("of one task cut in pieces is the flow of the task, weights included", () => {
    // At the end of all times there is no residual left.
    const compared = counted({ atLeast: 8 / 9, what: "residuals" });
    const flow = exactFlow({ network: network({ learningRates: { u: 1, w: 0.2 } }), task, initial: weights });
    const pieces = chain({
      network: network({ learningRates: { u: 1, w: 0.2 } }),
      initial: weights,
      stages: [{ task, duration: 0.3 }, { task, duration: 0 }, { task, duration: 1.7 }, { task }],
    });
    for (const t of [-0.1, 0, 0.2, 0.3, 1, 2, 5, 10, Infinity]) {
      const [a, b] = [pieces.at(t), flow.at(t)];
      expect(a.t).toBe(t);
      for (const field of ["uu", "ww", "output", "kernel", "loss", "normProduct"] as const) {
        expect(Math.abs(a[field] - b[field])).toBeLessThan(64 * EPS * (1 + Math.abs(b[field])));
      }
      if (compared.when(b.residual !== 0))
        expect(Math.abs(a.residual / b.residual - 1)).toBeLessThan(256 * EPS * (1 + flow.rate * Math.abs(t)));
      const [A, B] = [pieces.weights(t), flow.weights(t)];
      for (let i = 0; i < 16; i++) expect(Math.hypot(A.u[i]! - B.u[i]!, A.w[i]! - B.w[i]!)).toBeLessThan(64 * EPS);
    }
  });

  test.each([1e-3, 1e-6, 1e-9, 1e-100])(
    "a task flipped after training from a start of %s is unlearned at the right time",
    (scale) => {
      const initial = { uu: scale * scale, ww: scale * scale, uw: 0, area: scale * scale };
      const duration = 40 + 4 * Math.log(1 / scale);
      const flow = chain({ network: network(), initial, stages: [{ task, duration }, { task: flipped }] });
      const crossing = timesTo(flow, { output: 0 }).at(-1)!;
      // With S = ½√I·sinh x the flow to the flipped target is dx/dt = −4(1 + S): an integral that knows nothing of the closed form.
      const root = 2 * scale * scale;
      const learned = flow.stages[0]!.flow.at(duration).output;
      const T = integrate((x) => 1 / (4 * (1 + (root / 2) * Math.sinh(x))), 0, Math.asinh((2 * learned) / root));
      expect(Math.abs(crossing - duration - T) / T).toBeLessThan(1e-9);
      expect(flow.limit.output).toBe(-1);
      expect(flow.at(crossing + T).output).toBeLessThan(-0.2);
      expect(flow.at(crossing + 0.5 * T).output).toBeGreaterThan(-0.5);
    },
  );

  test("knows its crossings in every stage, and the loss as a fraction of the first one", () => {
    const flow = chain({
      network: network(),
      initial: { uu: 1, ww: 1, uw: 0 },
      stages: [{ task, duration: 30 }, { task: flipped, duration: 30 }, { task }],
    });
    const times = timesTo(flow, { output: 0.5 });
    expect(times).toHaveLength(3);
    for (const t of times) expect(flow.at(t).output).toBeCloseTo(0.5, 12);
    const initial = flow.at(0).excessLoss;
    for (const t of timesTo(flow, { excessLossFraction: 0.25 })) expect(flow.at(t).excessLoss / initial).toBeCloseTo(0.25, 12);
    expect(timesTo(flow, { excessLossFraction: 0.25 })).toHaveLength(3);
  });

  test("with an end has a limit there and nothing after it", () => {
    const flow = chain({ network: network(), initial: weights, stages: [{ task, duration: 2 }] });
    expect(flow.until).toBe(2);
    expect(flow.limit).toEqual(flow.at(2));
    expect(() => flow.at(2.1)).toThrow(/the chain ends at 2/);
  });

  test("may be sampled, with weights", () => {
    const flow = chain({ network: network(), initial: weights, stages: [{ task, duration: 2 }, { task: flipped }] });
    const { output, u, loss } = sample(flow, [0, 1, 2, 3], { weights: true });
    expect(output[2]).toBe(flow.at(2).output);
    expect(loss[2]).toBeGreaterThan(loss[1]!);
    expect(u.get(3, 5)).toBe(flow.weights(3).u[5]);
  });
});

describe("withSchedule", () => {
  const flow = exactFlow({ network: network(), task, initial: weights });
  const schedules: [string, Schedule][] = [
    [
      "piecewise",
      piecewiseSchedule([{ factor: 1, until: 1 }, { factor: 0, until: 2 }, { factor: 0.25, until: 3 }, { factor: 3 }]),
    ],
    ["exponential", exponentialSchedule({ decayTime: 2 })],
    ["cosine", cosineSchedule({ duration: 4, final: 0.1 })],
    ["cosine to zero", cosineSchedule({ duration: 4 })],
    ["warm-up", warmupSchedule({ warmup: 1.2 })],
    ["warm-up, then a cosine", warmupSchedule({ warmup: 1.2, from: 0.1, after: cosineSchedule({ duration: 3 }) })],
  ];

  test.each(schedules)("%s: the integral is that of the factor, and the inverse its inverse", (_, schedule) => {
    for (const t of [0.5, 1, 1.5, 2.5, 3.9, 4.5, 10]) {
      const n = 200_000;
      let total = 0;
      for (let i = 0; i < n; i++) total += schedule.factor(((i + 0.5) * t) / n) * (t / n);
      expect(schedule.integral(t)).toBeCloseTo(total, 4);
      const back = schedule.inverse(schedule.integral(t));
      expect(schedule.integral(back)).toBeCloseTo(schedule.integral(t), 12);
      expect(back).toBeLessThanOrEqual(t * (1 + 1e-7));
    }
  });

  test.each(schedules)("%s: the trained network is that of the integrated time", (_, schedule) => {
    const scheduled = withSchedule(flow, schedule);
    for (const t of [0, 0.7, 2.2, 6]) {
      expect(scheduled.at(t)).toEqual({ ...flow.at(schedule.integral(t)), t });
      expect(scheduled.weights(t)).toEqual(flow.weights(schedule.integral(t)));
    }
    expect(Array.from(sample(scheduled, [0.7, 6]).output)).toEqual([scheduled.at(0.7).output, scheduled.at(6).output]);
    expect(scheduled.limit.output).toBe(flow.at(schedule.integral(Infinity)).output);
    const half = timeTo(scheduled, { output: 0.5 });
    // A schedule that ends early never gets there.
    if (scheduled.limit.output < 0.5) expect(half).toBe(Infinity);
    else expect(scheduled.at(half).output).toBeCloseTo(0.5, 9);
  });

  test("agrees with descent whose rates follow the schedule", () => {
    const schedule = cosineSchedule({ duration: 3, final: 0.2 });
    const errors = [2000, 4000].map((n) => {
      const { u, w } = { u: weights.u.slice(), w: weights.w.slice() };
      for (let i = 0; i < n; i++) {
        const S = u.reduce((sum, x, j) => sum + x * w[j]!, 0);
        const pull = 2 * (1 - S) * (3 / n) * schedule.factor((3 * i) / n);
        for (let j = 0; j < u.length; j++) [u[j], w[j]] = [u[j]! + pull * w[j]!, w[j]! + pull * u[j]!];
      }
      return Math.abs(u.reduce((sum, x, j) => sum + x * w[j]!, 0) - withSchedule(flow, schedule).at(3).output);
    });
    expect(errors[0]! / errors[1]!).toBeCloseTo(2, 1);
  });
});

describe("sample and the times to sample at", () => {
  const flow = exactFlow({ network: network(), task, initial: weights });

  test("columns are what at() gives, in bulk, row by row and as JSON", () => {
    const times = [3, 0, 0.5, Infinity, -0.1];
    const trajectory = sample(flow, times);
    expect(trajectory.toRows()).toEqual(times.map((t) => flow.at(t)));
    expect(Object.keys(trajectory)).toEqual(Object.keys(flow.at(0)));
  });

  test("weights come as ndarrays of shape [times, width]", () => {
    const { u, w } = sample(flow, [0, 1], { weights: true });
    expect(u.shape).toEqual([2, 16]);
    expect(u.get(0, 3)).toBe(weights.u[3]);
    expect(w.get(1, 7)).toBe(flow.weights(1).w[7]);
  });

  test("weights(t, out) fills arrays of the caller's and returns them", () => {
    const out = { u: new Float64Array(16), w: new Float64Array(16) };
    expect(flow.weights(1, out)).toBe(out);
    expect(out).toEqual(flow.weights(1));
    expect(flow.weights(0)).toEqual(weights);
  });

  test("the library's own times reach from the start to where everything is learned", () => {
    for (const times of [linearTimes(flow), logarithmicTimes(flow)]) {
      expect(times).toHaveLength(200);
      const { excessLoss } = sample(flow, times);
      expect(excessLoss[199]! / flow.at(0).excessLoss).toBeCloseTo(1e-8, 14);
      for (let i = 1; i < times.length; i++) expect(times[i]).toBeGreaterThan(times[i - 1]!);
    }
    expect(linearTimes(flow)[0]).toBe(0);
    const still = exactFlow({ network: network({ outputScale: 0 }), task, initial: weights });
    expect(linearTimes(still)[199]).toBe(1);
  });
});

describe("evaluate", () => {
  test("is the loss on the other task's samples", () => {
    const x = [1, -2, 0.5, 3];
    const y = [2, -1, 1, 2.5];
    const flow = exactFlow({ network: network({ loss: "half-mse" }), task, initial: weights });
    for (const t of [0, 1, Infinity]) {
      const { output } = flow.at(t);
      const direct = x.reduce((sum, a, i) => sum + (0.5 * (output * a - y[i]!) ** 2) / 4, 0);
      expect(evaluate(flow, t, taskFromSamples(x, y))).toBeCloseTo(direct, 13);
      expect(evaluate(flow, t, task)).toBeCloseTo(flow.at(t).loss, 14);
    }
  });

  test("refuses data on another direction, or on none", () => {
    const on = (direction: readonly number[]) =>
      taskFromSamples(
        [1, -1, 2].map((a) => direction.map((c) => a * c)),
        [1, -1, 2],
      );
    const flow = exactFlow({ network: network(), task: on([0.6, 0.8]), initial: weights });
    expect(evaluate(flow, 0, on([3, 4]))).toBeGreaterThan(0);
    expect(() => evaluate(flow, 0, on([0.8, 0.6]))).toThrow(/another direction/);
    const scattered = taskFromSamples(
      [
        [1, 0],
        [0, 1],
      ],
      [1, 1],
    );
    expect(() => evaluate(flow, 0, scattered)).toThrow(/no single direction/);
  });
});

/** ∫f by Gauss–Legendre on many panels. */
function integrate(f: (x: number) => number, a: number, b: number): number {
  const nodes = [-0.906179845938664, -0.5384693101056831, 0, 0.5384693101056831, 0.906179845938664];
  const shares = [0.2369268850561891, 0.4786286704993665, 0.5688888888888889, 0.4786286704993665, 0.2369268850561891];
  const panels = 20_000;
  const half = (b - a) / panels / 2;
  let total = 0;
  for (let i = 0; i < panels; i++) {
    const middle = a + (2 * i + 1) * half;
    for (let j = 0; j < 5; j++) total += shares[j]! * half * f(middle + half * nodes[j]!);
  }
  return total;
}
