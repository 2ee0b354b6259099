/** Leaky ReLU, |x| and ReLU integrated: two angles from kink to kink, against all weights one by one. */
import {
  chain,
  exactFlow,
  FeatureLearningError,
  halfLife,
  integratedFlow,
  network,
  oneDirectionFlow,
  type Problem,
  sharpness,
  solve,
  taskFromMoments,
  type Weights,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { kinkedRun } from "../support/kinkedNeurons.ts";
import { kinkedProblem } from "../support/kinkedProblems.ts";

// biome-ignore lint/suspicious/noExplicitAny: the type of a flow does not follow from an activation at run time.
type Any = any;

const slopes = [0.1, 0.5, -0.3, -1, 1.5] as const;

function apart(a: Weights, b: Weights): number {
  const largest = [...b.u, ...b.w].reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const difference = (x: Float64Array, y: Float64Array): number =>
    x.reduce((most, one, i) => Math.max(most, Math.abs(one - y[i]!)), 0);
  return Math.max(difference(a.u, b.u), difference(a.w, b.w)) / largest;
}

describe.each(slopes)("the slope %d below 0", (alpha) => {
  test("events and weights are those of all weights integrated one by one", () => {
    const compared = counted({ atLeast: 0.3, what: "networks with events" });
    for (let seed = 1; seed <= 40; seed++) {
      const problem = kinkedProblem(seed, alpha, 6);
      const until = 12 * problem.unit;
      const flow = integratedFlow(problem as Problem, { until, rtol: 1e-13 }) as Any;
      const run = kinkedRun(problem.kinked, problem.initial, until);
      const names = (events: Any): string[] => events.map((event: Any) => `${event.neuron} ${event.kind}`).sort();
      expect(names(flow.events)).toEqual(names(run.events));
      compared.when(run.events.length > 0);
      for (const { t, neuron, kind } of run.events) {
        const times = flow.events
          .filter((event: Any) => event.neuron === neuron && event.kind === kind)
          .map((event: Any) => event.t);
        expect(Math.min(...times.map((time: number) => Math.abs(time / t - 1)))).toBeLessThan(1e-8);
      }
      expect(apart(flow.weights(until), run)).toBeLessThan(1e-10);
    }
  });
});

test("a neuron that slides along w = 0 can return to either side", () => {
  const returns = Array.from({ length: 200 }, (_, i) => kinkedProblem(i + 1, -0.3, 6)).filter((problem) => {
    const flow = integratedFlow(problem as Problem, { until: 12 * problem.unit }) as Any;
    return flow.events.some(({ kind }: Any) => kind === "returns");
  });
  expect(returns.length).toBeGreaterThan(2);
});

test("slopes 0 and 1 are ReLU and the linear network", () => {
  expect(network({ activation: { leaky: 0 } }).activation).toBe("relu");
  expect(network({ activation: { leaky: 1 } })).toEqual(network());
  expect(network({ activation: { leaky: -1 } }).activation).toBe("abs");
});

test("a slope near 0 is near ReLU", () => {
  const problem = kinkedProblem(27);
  const flow = exactFlow(problem as Problem) as Any;
  const until = 5 * problem.unit;
  const { outputScale, learningRates, loss } = problem.network;
  const errors = [1e-3, 1e-5].map((leaky) => {
    const near = network({ outputScale, learningRates, loss, activation: { leaky } });
    return apart(
      (integratedFlow({ ...problem, network: near } as Problem, { until }) as Any).weights(until),
      flow.weights(until),
    );
  });
  expect(errors[0]).toBeLessThan(0.1);
  expect(errors[1]! / errors[0]!).toBeLessThan(0.02);
});

test("long after a side has converged, errors of its residual move no neuron away from w = 0", () => {
  const compared = counted({ atLeast: 0.5, what: "networks with events" });
  for (const seed of [17, 19, 27, 48, 89, 123, 165, 191]) {
    const problem = kinkedProblem(seed) as Any;
    const until = 1000 * problem.unit;
    const { events } = integratedFlow(problem, { until }) as Any;
    const names = (list: Any): string[] => list.map(({ neuron, kind }: Any) => `${neuron} ${kind}`);
    compared.when(events.length > 0);
    expect(names(events)).toEqual(names((exactFlow(problem) as Any).events.filter(({ t }: Any) => t < until)));
  }
});

test("a slope near 1 is near the linear network of all neurons", () => {
  const { network: of, initial, kinked, unit } = kinkedProblem(27);
  const { positive, negative } = kinked;
  const task = taskFromMoments({ positive, negative, yy: 1e3 });
  const { outputScale, learningRates, loss } = of;
  const linear = oneDirectionFlow({ network: network({ outputScale, learningRates, loss }), task, initial });
  const until = 5 * unit;
  const errors = [1e-3, 1e-5].map((off) => {
    const near = network({ outputScale, learningRates, loss, activation: { leaky: 1 - off } });
    return apart(integratedFlow({ network: near, task, initial }, { until, rtol: 1e-12 }).weights(until), linear.weights(until));
  });
  expect(errors[0]).toBeLessThan(0.1);
  expect(errors[1]! / errors[0]!).toBeLessThan(0.02);
});

test("neurons that return at a switch are events of an integrated chain too", () => {
  const first = taskFromMoments({ positive: { xx: 0.6, xy: 1.4 }, negative: { xx: 0.5, xy: -0.8 }, yy: 6 });
  const second = taskFromMoments({ positive: { xx: 0.6, xy: -1.4 }, negative: { xx: 0.5, xy: 0.8 }, yy: 6 });
  const initial = { u: [0.9, -0.7, 0.4, -0.6, 0.8, -0.3], w: [0.2, 0.3, 0.3, -0.2, -0.3, -0.5] };
  // Later in the first task they would return by themselves.
  const stages = [{ task: first, duration: 0.4 }, { task: second }];
  const flow = chain({ network: network({ activation: { leaky: -0.9 } }), initial, stages });
  expect(flow.stages.map((stage) => stage.flow.method)).toEqual(["integrated", "integrated"]);
  const died = flow.events.filter(({ t, kind }) => t < 0.4 && kind === "dies").map(({ neuron }) => neuron);
  expect(died.length).toBeGreaterThan(0);
  expect(
    flow.events
      .filter(({ t, kind }) => t === 0.4 && kind === "returns")
      .map(({ neuron }) => neuron)
      .sort(),
  ).toEqual(died.sort());
});

test("sharpness is that of the Hessian in the end, 1/time", () => {
  const initial = { u: [0.9, -0.5, 0.4], w: [0.4, 0.7, -0.5] };
  const task = taskFromMoments({ positive: { xx: 0.6, xy: 0.9 }, negative: { xx: 0.5, xy: -0.4 }, yy: 3 });
  const problem = { network: network({ activation: { leaky: 0.2 } }), task, initial } as Problem;
  const flow = solve(problem) as Any;
  expect(sharpness(flow, 3)).toBe(flow.at(3).sharpness);
  expect(sharpness({ ...problem, initial: flow.weights(3) } as Problem)).toBeCloseTo(flow.at(3).sharpness, 10);
});

test("what is not integrated is refused with what to do", () => {
  const task = taskFromMoments({ positive: { xx: 1, xy: 1 }, negative: { xx: 1, xy: 1 }, yy: 3 });
  const initial = { u: [1], w: [1] };
  const refusal = (options: Any, start: Any = initial): string => {
    try {
      solve({ network: network(options), task, initial: start } as Problem);
    } catch (error) {
      if (error instanceof FeatureLearningError) return error.message;
    }
    return "nothing";
  };
  const activation = { leaky: 0.1 };
  expect(refusal({ activation, weightDecay: 0.1 })).toMatch(
    /^solve: under leaky ReLU of slope 0\.1 weight decay is not integrated; .+\.$/,
  );
  expect(refusal({ activation, loss: "huber" })).toMatch(/only squared losses are integrated; pass loss "mse" or "half-mse"\.$/);
  expect(refusal({ activation }, { positive: { uu: 1, ww: 1, uw: 0 }, negative: { uu: 1, ww: 1, uw: 0 } })).toMatch(
    /order parameters do not tell neurons apart.*; pass initial weights/,
  );
});

test("a neuron that one task has left at w = 0 moves again where the next pulls at it", () => {
  const net = network({ activation: "relu" });
  const first = taskFromMoments({ positive: { xx: 0.6, xy: 0.9 }, negative: { xx: 0.5, xy: -0.4 }, yy: 3 });
  const second = taskFromMoments({ positive: { xx: 0.6, xy: -0.9 }, negative: { xx: 0.5, xy: -0.4 }, yy: 3 });
  const initial = { u: [0.9, -0.7, 0.4, -0.6, 0.8, -0.3], w: [0.2, 0.3, 0.3, -0.2, -0.3, -0.5] };
  const flow = chain({ network: net, initial, stages: [{ task: first, duration: 1 }, { task: second }] });
  expect(flow.events.map(({ kind }) => kind)).toContain("dies");
  expect(flow.events.map(({ kind }) => kind)).toContain("returns");
  const data = { gamma: 1, alpha: 0, k: 1, etaU: 1, etaW: 1 };
  const halves = ({ positive, negative }: Any): Any => ({ positive, negative });
  const before = kinkedRun({ ...data, ...halves(first) }, initial, 1);
  const after = kinkedRun({ ...data, ...halves(second) }, before, 0.8);
  expect(after.events.some(({ kind }) => kind === "returns")).toBe(true);
  expect(apart((flow as Any).weights(1.8), after)).toBeLessThan(1e-11);
});

test("a first step that overflows is taken back where only one side has neurons", () => {
  const task = taskFromMoments({ positive: { xx: 0.5, xy: -0.15 }, negative: { xx: 0.5, xy: -1 }, yy: 2.145 });
  const initial = { u: [0.0007478155123608726], w: [30.814104059314406] };
  const rates = { u: 0.000001995, w: 0.02239 };
  for (const leaky of [-0.3, 0.2, 0.9]) {
    const net = network({ activation: { leaky }, outputScale: 0.0007943, learningRates: rates, loss: "half-mse" });
    for (const sign of [1, -1]) {
      const start = { u: initial.u, w: initial.w.map((w) => sign * w) };
      const flow = integratedFlow({ network: net, task, initial: start }, { rtol: 1e-6 }) as Any;
      // One neuron fits both sides by one number, S and αS.
      const [own, other] = sign > 0 ? [-0.15, -1] : [-1, -0.15];
      const best = (own + leaky * other) / (0.5 * (1 + leaky * leaky));
      const { slopes } = flow.at(Infinity);
      expect((sign > 0 ? slopes.positive : slopes.negative) / best).toBeCloseTo(1, 6);
    }
  }
});

test("leaky networks from layers of size 1e-100 are integrated, and ReLU ones as their closed form is", () => {
  const task = taskFromMoments({ positive: { xx: 1, xy: 1 }, negative: { xx: 0.7, xy: 0.5 }, yy: 3 });
  for (const size of [1e-30, 1e-100]) {
    const of = (activation: "relu" | { leaky: number }) => ({
      network: network({ activation }),
      task,
      initial: { u: [size, -0.5 * size, 0.8 * size], w: [0.5 * size, size, -0.1 * size] },
    });
    const exact = exactFlow(of("relu"));
    const relu = integratedFlow(of("relu"), { rtol: 1e-10 });
    expect(relu.events.map(({ neuron, kind }) => [neuron, kind])).toEqual(exact.events.map(({ neuron, kind }) => [neuron, kind]));
    for (const [i, { t }] of exact.events.entries()) expect(relu.events[i]!.t / t).toBeCloseTo(1, 9);
    for (const share of [0.5, 1, 1.5]) {
      const t = share * halfLife(exact);
      expect(relu.at(t).slopes.positive / exact.at(t).slopes.positive).toBeCloseTo(1, 9);
      expect(relu.at(t).uu / exact.at(t).uu).toBeCloseTo(1, 9);
    }
    // The slope on the leaky side is small, so that the half-life is near that of ReLU.
    const leaky = integratedFlow(of({ leaky: 1e-6 }), { rtol: 1e-10 });
    expect(leaky.status).toBe("converged");
    expect(halfLife(leaky) / halfLife(exact)).toBeCloseTo(1, 4);
  }
});

test("layers, scales and data beyond the range of the integrator are refused with the reason", () => {
  const task = taskFromMoments({ positive: { xx: 1, xy: 1 }, negative: { xx: 1, xy: 0.5 }, yy: 3 });
  const at = (u: number, outputScale = 1) =>
    integratedFlow({ network: network({ activation: { leaky: 0.3 }, outputScale }), task, initial: { u: [u], w: [u] } });
  expect(() => at(1e-130)).toThrow(/one of which is 1e-130, underflows double precision/);
  expect(() => at(1e30)).toThrow(/one of which is 1e\+30, overflows double precision/);
  expect(() => at(1, 1e-30)).toThrow(/one of which is 1e-30, underflows double precision/);
});
