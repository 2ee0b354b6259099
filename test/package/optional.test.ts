/**
 * An option that is undefined is an option that is left out, for the compiler too
 * (exactOptionalPropertyTypes).
 */
import {
  design,
  exactFlow,
  gaussianWeights,
  gradientDescent,
  linearTimes,
  logarithmicTimes,
  mechanisms,
  mechanismsOverTime,
  network,
  regime,
  sample,
  solve,
  stability,
  taskFromMoments,
  taskFromSamples,
  trajectoryOf,
} from "feature-learning";
import { plotTrajectory } from "feature-learning/plot";
import { ensemble, phaseDiagram } from "feature-learning/sweep";
import { expect, test } from "vitest";

const maybe = <T>(): T | undefined => undefined;
const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
const problem = { network: network(), task, initial: { uu: 0.1, ww: 0.1, uw: 0 } };
const flow = exactFlow(problem);
const rows = sample(flow, [0, 1, 2]);
const axes = {
  x: { parameter: "width", from: 0, to: 1, count: 3, spacing: maybe<"linear">() },
  y: { parameter: "outputScale", from: -1, to: 0, count: 3 },
} as const;

test.each<[string, () => unknown, () => unknown]>([
  [
    "network",
    () =>
      network({
        outputScale: maybe<number>(),
        learningRates: maybe<number>(),
        loss: maybe<"mse">(),
        power: maybe<number>(),
        weightDecay: maybe<number>(),
      }),
    () => network(),
  ],
  [
    "taskFromSamples",
    () =>
      taskFromSamples([1, 2], [1, 3], {
        center: maybe<boolean>(),
        standardize: maybe<boolean>(),
        bias: maybe<number>(),
        project: maybe<boolean>(),
        like: maybe<typeof task>(),
      }),
    () => taskFromSamples([1, 2], [1, 3]),
  ],
  ["solve", () => solve(problem, { until: maybe<number>() }).at(1), () => solve(problem).at(1)],
  ["sample", () => sample(flow, [0, 1], { weights: maybe<boolean>() }), () => sample(flow, [0, 1])],
  ["linearTimes", () => linearTimes(flow, { count: maybe<number>() }), () => linearTimes(flow)],
  ["logarithmicTimes", () => logarithmicTimes(flow, { count: maybe<number>() }), () => logarithmicTimes(flow)],
  ["regime", () => regime(flow, { kernelBelow: maybe<number>() }), () => regime(flow)],
  [
    "mechanisms",
    () => mechanisms(rows, { from: maybe<number>(), to: maybe<number>(), threshold: maybe<number>(), noise: maybe<number>() }),
    () => mechanisms(rows),
  ],
  ["mechanismsOverTime", () => mechanismsOverTime(flow, { times: maybe<number[]>() }), () => mechanismsOverTime(flow)],
  [
    "gradientDescent",
    () =>
      gradientDescent(problem, {
        stepSize: 0.1,
        steps: 5,
        momentum: maybe<number>(),
        batch: maybe<{ size: number; seed: number }>(),
        recordEvery: maybe<number>(),
        signal: maybe<AbortSignal>(),
      }),
    () => gradientDescent(problem, { stepSize: 0.1, steps: 5 }),
  ],
  ["stability", () => stability(problem, { momentum: maybe<number>() }), () => stability(problem)],
  [
    "gaussianWeights",
    () => gaussianWeights({ width: 3, scale: 1, seed: 1 }),
    () => gaussianWeights({ width: 3, scale: 1, seed: 1 }),
  ],
  [
    "design",
    () =>
      design({
        target: { kernelRatio: 4, plateau: maybe<number>(), balance: maybe<number>() },
        given: { outputScale: maybe<number>(), scale: maybe<number>(), overlap: maybe<number>() },
        loss: maybe<"mse">(),
        task: maybe<typeof task>(),
      }),
    () => design({ target: { kernelRatio: 4 } }),
  ],
  [
    "trajectoryOf",
    () => trajectoryOf([{ t: maybe<number>(), uu: 1, ww: 1, uw: 0, loss: maybe<number>() }], { outputScale: maybe<number>() }),
    () => trajectoryOf([{ uu: 1, ww: 1, uw: 0 }]),
  ],
  [
    "plotTrajectory",
    () =>
      plotTrajectory(rows, {
        quantities: maybe<["loss"]>(),
        time: maybe<"linear">(),
        title: maybe<string>(),
        width: maybe<number>(),
      }),
    () => plotTrajectory(rows),
  ],
  [
    "phaseDiagram",
    () => phaseDiagram({ of: "exponents", ...axes, base: { scale: maybe<number>() } }).fields["phase"]!.data,
    () => phaseDiagram({ of: "exponents", ...axes }).fields["phase"]!.data,
  ],
  [
    "ensemble",
    () =>
      ensemble({
        of: "ensemble",
        settings: { width: 10, outputScale: maybe<number>(), xx: maybe<number>() },
        measure: ["rate"],
        draws: 5,
        seed: 1,
        times: maybe<number[]>(),
      }),
    () => ensemble({ of: "ensemble", settings: { width: 10 }, measure: ["rate"], draws: 5, seed: 1 }),
  ],
])("%s", (_name, withUndefined, without) => {
  expect(withUndefined()).toEqual(without());
});
