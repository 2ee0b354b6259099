/** The verbs on closed forms with weight decay, against the same verbs on integrated flows. */
import {
  descentGap,
  evaluate,
  exactFlow,
  exponentialSchedule,
  gaussianWeights,
  gradientDescent,
  halfLife,
  integratedFlow,
  kernelMachine,
  learningStages,
  linearTimes,
  logarithmicTimes,
  matrixTaskFromMoments,
  mechanisms,
  mechanismsOverTime,
  network,
  plateau,
  regime,
  sample,
  sensitivities,
  sharpness,
  stability,
  taskFromMoments,
  timesTo,
  withSchedule,
} from "feature-learning";
import { plotTrajectory } from "feature-learning/plot";
import { describe, expect, test } from "vitest";
import { expectWithin } from "../support/problems.ts";

const problem = {
  network: network({ weightDecay: { u: 0.2, w: 0.1 }, learningRates: { u: 0.5, w: 1 }, outputScale: -0.8 }),
  task: taskFromMoments({ xx: 1.2, xy: 1, yy: 1.5 }),
  initial: gaussianWeights({ width: 3, scale: 0.5, seed: 4 }),
};
const flow = exactFlow(problem);
const direct = integratedFlow(problem, { rtol: 1e-12 });
const near = (a: number, b: number, share = 1e-9): void =>
  expectWithin(Math.abs(a - b), share * Math.max(1, Math.abs(b)), `${a}`);

test("times of every target", () => {
  for (const t of [0.3]) {
    const { output, loss, excessLoss, alignment, kernel, normProduct } = direct.at(t);
    const excessLossFraction = excessLoss / direct.at(0).excessLoss;
    for (const target of [{ output }, { loss }, { excessLossFraction }, { alignment }, { kernel }, { normProduct }] as const) {
      const [found, expected] = [timesTo(flow, target), timesTo(direct, target)];
      expect(found.length, JSON.stringify(target)).toBe(expected.length);
      for (const [i, time] of found.entries()) near(time, expected[i]!, 1e-6);
    }
  }
  near(halfLife(flow), halfLife(direct));
  expect(linearTimes(flow).at(-1)).toBeGreaterThan(5);
  expect(logarithmicTimes(flow, { count: 5 }).length).toBe(5);
});

test("regime, mechanisms, evaluation, schedules, sharpness and stability", () => {
  near(regime(flow).kernelChange, regime(direct).kernelChange, 1e-3);
  expect(regime(flow).regime).toBe(regime(direct).regime);
  const [a, b] = [mechanisms(flow), mechanisms(direct)];
  expect(a.present).toEqual(b.present);
  near(a.alignment + a.disalignment + a.rescaling, a.change, 1e-12);
  near(a.change, b.change);
  near(a.alignment, b.alignment, 1e-4);
  near(mechanismsOverTime(flow, { times: [0, 1, 3] }).change[2]!, direct.at(3).output - direct.at(0).output);
  const other = taskFromMoments({ xx: 0.7, xy: 0.4, yy: 1 });
  near(evaluate(flow, 2, other), evaluate(direct, 2, other));
  near(withSchedule(flow, exponentialSchedule({ decayTime: 4 })).at(3).loss, direct.at(4 * -Math.expm1(-3 / 4)).loss);
  near(sharpness(flow, 1), sharpness(direct, 1));
  near(stability(problem).rate, sharpnessAtEnd(), 1e-6);
  expect(plotTrajectory(sample(flow, [0, 1, 2]), { time: "linear" }).concat.length).toBeGreaterThan(1);
});

/** The curvature at the limit in units of the rates, where both layers are along one neuron. */
function sharpnessAtEnd(): number {
  const { uu, ww, residual } = flow.limit;
  const [u, w] = [Math.sqrt(uu), Math.sqrt(ww) * -1];
  const { outputScale: gamma, learningRates: rates } = problem.network;
  const [curve, pull] = [2 * gamma * gamma * 1.2, -2 * gamma * residual];
  const a = rates.u * (curve * w * w + 0.2);
  const d = rates.w * (curve * u * u + 0.1);
  const c = Math.sqrt(rates.u * rates.w) * (curve * u * w + pull);
  return (a + d) / 2 + Math.hypot((a - d) / 2, c);
}

test("descent follows it at first order in the step", () => {
  const gaps = [0.02, 0.01].map((stepSize) => descentGap(problem, { stepSize, until: 3 }).gap);
  near(gaps[0]! / gaps[1]!, 2, 0.05);
  const run = gradientDescent(problem, { stepSize: 1e-4, steps: 10000, recordEvery: 10000 });
  near(run.uu.at(-1)!, flow.at(1).uu, 1e-3);
});

describe("quantities that are not known with decay are refused with a reason", () => {
  test.each([
    ["plateau", () => plateau(flow), /timeTo/],
    ["kernelMachine", () => kernelMachine(problem), /the weights decay/],
    ["sensitivities", () => sensitivities(problem, 1), /the weights decay/],
  ])("%s", (name, call, why) => {
    expect(call).toThrow(why);
    expect(call).toThrow(new RegExp(`^${name}: `));
  });
});

test("modes under decay have stages, and keep what no mode holds", () => {
  const task = matrixTaskFromMoments({
    xx: [
      [1, 0, 0],
      [0, 1.3, 0],
      [0, 0, 0],
    ],
    yx: [
      [3, 0, 0],
      [0, 1, 0],
    ],
    yy: 12,
  });
  const initial = {
    W2: [
      [0.3, 0, 0],
      [0, 0.2, 0],
    ],
    W1: [
      [0.25, 0, 0],
      [0, 0.2, 0],
      [0, 0, 0.4],
    ],
  };
  const several = { network: network({ weightDecay: 0.2 }), task, initial };
  const [exact, integrated] = [exactFlow(several), integratedFlow(several, { rtol: 1e-12 })];
  expect(exact.family).toBe("modes");
  for (const t of [0, 0.5, 2, 10, Infinity]) {
    const [now, other] = [exact.at(t), integrated.at(t)];
    for (const field of ["loss", "excessLoss", "normProduct", "kernelSize", "outputSize"] as const)
      near(now[field], other[field]);
    near(exact.weights!(t).W1.get(2, 2), 0.4 * Math.exp(-0.2 * t), 1e-12);
  }
  const [found, expected] = [learningStages(exact), learningStages(integrated)];
  expect(found.length).toBe(2);
  for (const [i, { time, halfLife: half }] of found.entries()) {
    near(time, expected[i]!.time, 1e-6);
    near(half, expected[i]!.halfLife, 1e-6);
  }
  expect(regime(exact).regime).toBe("feature-learning");
});
