/** A schedule common to both layers only rescales the time of a flow. */
import {
  type AnyFlow,
  chain,
  cosineSchedule,
  exactFlow,
  exponentialSchedule,
  gaussianMatrixLayers,
  gaussianWeights,
  gradientDescent,
  integratedFlow,
  lambdaBalancedLayers,
  linearTimes,
  matrixTaskFromMoments,
  mechanisms,
  network,
  piecewiseSchedule,
  regime,
  type ScheduleLike,
  sample,
  saxeAlignedLayers,
  taskFromMoments,
  taskFromSamples,
  timesTo,
  warmupSchedule,
  withSchedule,
} from "feature-learning";
import type { Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";

const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
const flipped = taskFromMoments({ xx: 1, xy: -0.5, yy: 1 });
const mixed = taskFromSamples([-2, -1, 0.5, 1], [-1, 1, -1, 1]);
const separable = taskFromSamples([-2, -1, 0.5, 1], [-1, -1, 1, 1]);
const white = matrixTaskFromMoments({
  xx: [
    [1, 0],
    [0, 1],
  ],
  yx: [
    [1, 0.3],
    [0.2, 0.5],
  ],
  yy: 2,
});
const coloured = matrixTaskFromMoments({
  xx: [
    [1, 0.4],
    [0.4, 0.7],
  ],
  yx: [
    [1, 0.3],
    [0.2, 0.5],
  ],
  yy: 3,
});
const initial = gaussianWeights({ width: 8, scale: 0.4, seed: "withSchedule" });
const layers = gaussianMatrixLayers({ task: coloured, width: 4, scale: 0.5, seed: "withSchedule" });
const net = network({ learningRates: { u: 1, w: 0.6 } });
const logistic = network({ loss: "logistic" });

const flows: Readonly<Record<string, AnyFlow>> = {
  "exact, from weights": exactFlow({ network: net, task, initial }),
  "exact, from order parameters": exactFlow({ network: net, task, initial: { uu: 1e-4, ww: 2e-4, uw: 0 } }),
  modes: exactFlow({
    network: network(),
    task: white,
    initial: saxeAlignedLayers({ task: white, width: 3, scale: 0.1, seed: 1 }),
  }),
  balanced: exactFlow({
    network: network(),
    task: white,
    initial: lambdaBalancedLayers({ width: 2, inputs: 2, outputs: 2, scale: 0.3, seed: 2 }),
  }),
  "integrated, converged": integratedFlow({ network: logistic, task: mixed, initial }),
  "integrated, with an end": integratedFlow({ network: logistic, task: mixed, initial }, { until: 4 }),
  "integrated, unfinished": integratedFlow({ network: logistic, task: mixed, initial }, { maxSteps: 12, onFailure: "return" }),
  "integrated, unbounded": integratedFlow({ network: logistic, task: separable, initial }, { rtol: 1e-3 }),
  "integrated matrices": integratedFlow({ network: net, task: coloured, initial: layers }),
  "exact chain": chain({ network: net, initial, stages: [{ task, duration: 1.5 }, { task: flipped }] }),
  "integrated chain": chain({
    network: logistic,
    initial,
    stages: [
      { task: mixed, duration: 1.5 },
      { task: separable, duration: 3 },
    ],
  }),
  "chain of matrices": chain({ network: net, initial: layers, stages: [{ task: white, duration: 1 }, { task: coloured }] }),
  scheduled: withSchedule(exactFlow({ network: net, task, initial }), cosineSchedule({ duration: 3, final: 0.2 })),
};

const schedules: Readonly<Record<string, ScheduleLike>> = {
  "a function": (t) => 1 / Math.sqrt(1 + t),
  "a factor with a jump": { factor: (t) => (t < 2 ? 1 : 0.3), breaks: [2] },
  "warm-up, then a cosine": warmupSchedule({ warmup: 1, after: cosineSchedule({ duration: 3, final: 0.1 }) }),
  "pieces with a pause": piecewiseSchedule([{ factor: 2, until: 0.5 }, { factor: 0, until: 1 }, { factor: 0.5 }]),
  "a decay that stops early": exponentialSchedule({ decayTime: 0.8 }),
  "a decay that stops early, as a function": (t) => Math.exp(-t / 0.8),
};

/** All numbers of layers, in a row. */
const numbersOf = (weights: object): number[] =>
  Object.values(weights as Record<string, Float64Array | Matrix>).flatMap((layer) =>
    layer instanceof Float64Array ? [...layer] : layer.to1DArray(),
  );

/** Verdicts look at every step of a flow, so that they are drawn for some of the schedules. */
const JUDGED = ["a factor with a jump", "warm-up, then a cosine", "a decay that stops early, as a function"];

/** What an unscheduled flow says, once. */
const known = new Map<AnyFlow, ReturnType<typeof saidBy>>();

function saidBy(flow: AnyFlow) {
  const level = flow.at(0.6).loss;
  return { level, times: timesTo(flow, { loss: level }), regime: regime(flow), present: mechanisms(flow).present };
}

function about(flow: AnyFlow) {
  if (!known.has(flow)) known.set(flow, saidBy(flow));
  return known.get(flow)!;
}

const pairs = Object.entries(flows).flatMap(([kind, flow]) =>
  Object.entries(schedules).map(([name, schedule]) => [kind, name, flow, schedule] as const),
);

describe.each(pairs)("%s under %s", (_kind, name, flow, schedule) => {
  const scheduled = withSchedule(flow, schedule);
  const { integral, inverse } = scheduled.schedule;
  const stops = name.startsWith("a decay");
  const times = [0, 0.3, 0.9, 1.5, 2, 3.5].filter((t) => t <= scheduled.until);

  test("at, weights and samples are those of the integrated time", () => {
    expect(times.length).toBeGreaterThanOrEqual(2);
    for (const t of times) {
      const inner = Math.min(integral(t), flow.until);
      expect(scheduled.at(t)).toEqual({ ...flow.at(inner), t });
      if (flow.weights !== undefined) expect(scheduled.weights!(t)).toEqual(flow.weights(inner));
    }
    expect(Array.from(sample(scheduled, times).loss)).toEqual(times.map((t) => scheduled.at(t).loss));
    expect(scheduled.weights === undefined).toBe(flow.weights === undefined);
  });

  test("the end is the flow's end, or where the schedule leaves it", () => {
    const total = integral(Infinity);
    expect(scheduled.until).toBe(inverse(flow.until));
    if (stops) expect(total).toBeCloseTo(0.8, 14);
    else expect(total).toBe(Infinity);
    expect({ ...scheduled.limit, t: 0 }).toEqual({ ...flow.at(Math.min(total, flow.until)), t: 0 });
    const isCut = stops && flow.until > total;
    expect(scheduled.status).toBe(flow.status !== undefined && isCut ? "completed" : flow.status);
  });

  test("targets are met at the schedule's times, if they are reached", () => {
    const { level, times } = about(flow);
    const expected = times.filter((t) => t <= integral(Infinity));
    const found = timesTo(scheduled, { loss: level });
    expect(found).toHaveLength(expected.length);
    expect(found.length).toBeGreaterThan(0);
    for (const [i, t] of found.entries()) expect(Math.abs(integral(t) / expected[i]! - 1)).toBeLessThan(4e-15);
  });
});

describe.each(pairs.filter(([, name]) => JUDGED.includes(name)))("%s under %s", (_kind, name, flow, schedule) => {
  const scheduled = withSchedule(flow, schedule);
  const { integral } = scheduled.schedule;
  const stops = name.startsWith("a decay");

  test.runIf(JUDGED.includes(name))(
    "times to sample at follow the schedule, and the verdicts are those of what was trained",
    () => {
      const last = linearTimes(scheduled).at(-1)!;
      expect(Number.isFinite(last) && last > 0).toBe(true);
      if (stops) {
        const cut = withSchedule(flow, piecewiseSchedule([{ factor: 1, until: 0.8 }, { factor: 0 }]));
        expect(Math.abs(regime(scheduled).kernelRatio / regime(cut).kernelRatio - 1)).toBeLessThan(1e-12);
        expect(regime(scheduled).regime).toBe(regime(cut).regime);
        expect(mechanisms(scheduled).present).toEqual(mechanisms(cut).present);
        expect(mechanisms(scheduled, { to: 30 }).present).toEqual(mechanisms(cut).present);
        expect(integral(last) / 0.8).toBeGreaterThan(1 - 2e-8);
      } else {
        const [own, inner] = [regime(scheduled), about(flow).regime];
        expect(own.regime).toBe(inner.regime);
        expect(Math.abs(own.kernelChange / inner.kernelChange - 1) || 0).toBeLessThan(1e-3);
        expect(mechanisms(scheduled).present).toEqual(about(flow).present);
      }
    },
  );
});

describe("withSchedule", () => {
  const exact = exactFlow({ network: net, task, initial });

  test("of a schedule under a schedule is the composition of both clocks", () => {
    const [outer, inner] = [withSchedule(exact, (t) => 1 / (1 + t)), exponentialSchedule({ decayTime: 3 })];
    const both = withSchedule(outer, inner);
    for (const t of [0.1, 1, 5]) expect(both.at(t)).toEqual({ ...exact.at(outer.schedule.integral(inner.integral(t))), t });
  });

  test("goes on from a snapshot under the rest of the schedule as if it had not been stopped", () => {
    const warm = warmupSchedule({ warmup: 1, from: 0.1, after: cosineSchedule({ duration: 4 }) });
    const whole = withSchedule(exact, warm);
    for (const stop of [0.4, 1, 2.5]) {
      const again = exactFlow({ network: net, task, initial: whole.at(stop) });
      const breaks = [1, 5].filter((time) => time > stop).map((time) => time - stop);
      const rest = withSchedule(again, { factor: (t) => warm.factor(stop + t), breaks });
      for (const t of [0.2, 0.8, 3]) expect(Math.abs(rest.at(t).output / whole.at(stop + t).output - 1)).toBeLessThan(1e-13);
    }
  });

  test("is what descent with small steps follows, with the error of first order in the step, for one direction and for matrices", () => {
    const schedule = warmupSchedule({ warmup: 0.5, after: (t) => Math.exp(-t) });
    const problems = [
      { network: net, task, initial },
      { network: net, task: coloured, initial: layers },
    ];
    for (const [i, problem] of problems.entries()) {
      const flow = i === 0 ? exact : integratedFlow(problem, { until: 2, rtol: 1e-12 });
      const { loss } = withSchedule(flow, schedule).at(2);
      const [coarse, fine] = [1000, 2000].map((steps) => {
        const run = gradientDescent(problem, { stepSize: 2 / steps, steps, schedule });
        return Math.abs(run.loss.at(-1)! - loss);
      });
      expect(coarse! / fine!).toBeCloseTo(2, 1);
      expect(fine).toBeGreaterThan(1e-9);
    }
  });

  test("agrees with the integrator that is given the same function for each layer, of one direction and of matrices", () => {
    const factor = (t: number) => 1 / (1 + t) ** 2;
    const scheduled = withSchedule(exact, factor);
    const pair = integratedFlow({ network: net, task, initial }, { rtol: 1e-12, schedules: { u: factor, w: { factor } } });
    for (const t of [0.3, 2, 50, Infinity]) expect(Math.abs(pair.at(t).output - scheduled.at(t).output)).toBeLessThan(1e-10);
    const problem = { network: net, task: coloured, initial: layers };
    const matrices = withSchedule(integratedFlow(problem, { until: 1, rtol: 1e-12 }), factor);
    const apart = integratedFlow(problem, { until: 5, rtol: 1e-12, schedules: { u: factor, w: factor } });
    for (const t of [0.3, 2, 5]) expect(Math.abs(apart.at(t).loss - matrices.at(t).loss)).toBeLessThan(1e-10);
  });

  test("keeps the schedule that was passed, or completes it", () => {
    const { schedule } = withSchedule(exact, { factor: (t) => 2 * t, integral: (t) => t * t });
    expect([schedule.factor(3), schedule.integral(3), schedule.inverse(9)]).toEqual([6, 9, 3]);
    expect(schedule.inverse(Infinity)).toBe(Infinity);
    // A completed one may be passed again, as it is.
    expect(withSchedule(exact, schedule).schedule).toBe(schedule);
  });

  test("refuses factors that are negative or not finite, with the time, when they are met", () => {
    const bad = withSchedule(exact, (t) => 1 - t);
    expect(() => bad.at(3)).toThrow(/^at: schedule\([\d.e+-]+\) is -[\d.]+; it must be a finite number ≥ 0/);
    expect(() => bad.weights(3)).toThrow(/^weights: schedule/);
    expect(() => sample(bad, [3])).toThrow(/schedule\([\d.]+\) is -/);
    expect(() => withSchedule(exact, { factor: () => Number.NaN })).toThrow(/^withSchedule: schedule\.factor\(0\) is NaN/);
    const problem = { network: net, task, initial };
    expect(() => gradientDescent(problem, { stepSize: 0.5, steps: 9, schedule: (t) => 1 - t })).toThrow(
      /^gradientDescent: schedule\(1\.5\) is -0\.5/,
    );
    expect(() => integratedFlow(problem, { until: 3, schedules: { u: () => 1, w: (t) => (t < 1 ? 1 : Infinity) } })).toThrow(
      /^integratedFlow: schedules\.w\([\d.]+\) is Infinity/,
    );
  });

  test("works at every finite time for a factor whose integral to infinity is undetermined, and is refused at infinity", () => {
    // t²/(1 + t²) is not a number at 10²⁰⁰.
    const slow = withSchedule(exact, (t) => (t * t) / (1 + t * t));
    expect(slow.schedule.integral(40)).toBeCloseTo(40 - Math.atan(40), 13);
    expect(slow.at(40)).toEqual({ ...exact.at(slow.schedule.integral(40)), t: 40 });
    expect(() => slow.at(Infinity)).toThrow(/^at: the values of schedule do not determine its integral to infinity/);
    expect(() => slow.limit).toThrow(/pass \{ factor, integral, inverse \}, or ask for a finite time/);
  });
});

describe("schedules of the layers' own in a chain", () => {
  const schedules = { u: warmupSchedule({ warmup: 1, from: 0.2 }), w: (t: number) => Math.exp(-t / 2) };

  test("run in the chain's time: a task cut in pieces is the task, weights included", () => {
    for (const problem of [
      { network: net, task, initial },
      { network: net, task: coloured, initial: layers },
    ] as const) {
      const whole = integratedFlow(problem, { until: 3, rtol: 1e-12, schedules });
      const stages = [
        { task: problem.task, duration: 0.7 },
        { task: problem.task, duration: 0.9 },
        { task: problem.task, duration: 1.4 },
      ];
      const cut = chain({ network: problem.network, initial: problem.initial, stages } as never, { rtol: 1e-12, schedules });
      for (const t of [0.5, 0.7, 1.2, 2, 3]) {
        expect(Math.abs(cut.at(t).loss - whole.at(t).loss)).toBeLessThan(1e-9);
        const [a, b] = [numbersOf(cut.weights!(t)), numbersOf(whole.weights!(t))];
        expect(a.length).toBe(16);
        for (const [i, x] of a.entries()) expect(Math.abs(x - b[i]!)).toBeLessThan(1e-9);
      }
    }
  });
});
