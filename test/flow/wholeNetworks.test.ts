/** Verdicts on networks of matrices, against those of one direction for equivalent problems. */
import {
  exactFlow,
  integratedFlow,
  lambdaBalancedLayers,
  matrixTaskFromMoments,
  mechanisms,
  network,
  regime,
  saxeAlignedLayers,
  singleNeuron,
  solve,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { expect, test } from "vitest";
import { identity, nothing } from "../support/matrixProblems.ts";

test("a solved flow of layers { u, W } names its family and its rates", () => {
  const task = taskFromSamples(
    [
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ],
    [1, -1, 1, -1],
  );
  const flow = solve({ network: network(), task, initial: singleNeuron({ output: [0.1, 0] }) });
  expect(flow.family).toBe("balanced");
  expect(flow.rates![0]).toBeCloseTo(4, 12);
});

test("a whole network of one input and output has the verdicts of one direction, at any rate of learning", () => {
  const starts = [
    [
      [0.5, -0.8],
      [0.3, 0.4],
    ],
    [
      [3, 1],
      [2, 1],
    ],
    [[-5], [6]],
    [
      [0, 0],
      [0.3, 0.4],
    ],
  ] as const;
  for (const learningRates of [1e-9, 1, 1e9]) {
    for (const xy of [1, 0, -1]) {
      for (const [u, w] of starts) {
        const [net, task] = [network({ learningRates }), taskFromMoments({ xx: 1, xy, yy: 1 })];
        const one = exactFlow({ network: net, task, initial: { u, w } });
        const W = w.map((component) => [component]);
        const matrices = { xx: [[1]], yx: [[xy]], yy: 1 };
        const whole = [
          solve({ network: net, task, initial: { u, W } }),
          solve({ network: net, task: matrixTaskFromMoments(matrices), initial: { W2: [u], W1: W } }),
        ] as const;
        for (const flow of whole) {
          expect(mechanisms(flow).present).toEqual(mechanisms(one).present);
          expect(regime(flow).regime).toBe(regime(one).regime);
          expect(Math.abs(regime(flow).kernelChange / regime(one).kernelChange - 1) || 0).toBeLessThan(2e-3);
        }
      }
    }
  }
});

test("layers that vanish or begin at zero only rescale where their directions stay", () => {
  const away = matrixTaskFromMoments({ xx: identity, yx: nothing, yy: 1 });
  const shrinking = exactFlow({ network: network(), task: away, initial: { W2: identity, W1: identity } });
  expect(mechanisms(shrinking).present).toEqual(["rescaling"]);
  const task = matrixTaskFromMoments({ xx: identity, yx: identity, yy: 2 });
  const growing = solve({ network: network(), task, initial: { W2: nothing, W1: identity } });
  expect(mechanisms(growing).present).toEqual(["rescaling"]);
});

test("the regime of a network whose kernel's square overflows is a number", () => {
  const task = matrixTaskFromMoments({ xx: identity, yx: identity, yy: 2 });
  const at = (outputScale: number, scale: number): number => {
    const initial = saxeAlignedLayers({ task, width: 2, scale, seed: 1 });
    return regime(exactFlow({ network: network({ outputScale }), task, initial })).kernelRatio;
  };
  // B∞/B₀ = |S∞|/S₀ of balanced layers.
  expect(at(1, 1e-100) / 1e200).toBeCloseTo(1, 10);
  expect(at(1e100, 1) / 1e-100).toBeCloseTo(1, 10);
});

test("a whole network at its solution is static, whatever rounding makes of it", () => {
  const task = matrixTaskFromMoments({
    xx: identity,
    yx: [
      [1, 0.5],
      [0.5, 1],
    ],
    yy: 20,
  });
  const initial = lambdaBalancedLayers({ width: 2, inputs: 2, outputs: 2, scale: 0.3, seed: 2 });
  const { limit } = exactFlow({ network: network(), task, initial });
  expect(regime(exactFlow({ network: network(), task, initial: limit })).regime).toBe("static");
});

test("layers { u, W } with weights outside the inputs' span agree in closed form and integrated", () => {
  const initial = {
    u: [1, 0.5, 0.2],
    W: [
      [0.1, 0.2],
      [0.3, 0.1],
      [0.5, -0.2],
    ],
  };
  const line = [
    [1, 2],
    [2, 4],
    [-1, -2],
  ];
  const tasks = [taskFromSamples(line, [1, 2, 0]), taskFromSamples([...line, [1, 1]], [1, 2, 0, 1], { project: true })];
  for (const task of [...tasks, taskFromSamples([[0, 0]], [1])]) {
    const problem = { network: network({ outputScale: -0.7 }), task, initial };
    const [exact, integrated] = [solve(problem), integratedFlow(problem, { until: 2, rtol: 1e-12 })];
    expect(exact.method).toBe("exact");
    for (const t of [0, 0.5, 2]) {
      const [one, other] = [exact.at(t), integrated.at(t)];
      expect(one.alignment).toBeCloseTo(other.alignment, 9);
      for (const [i, component] of other.output.to1DArray().entries()) expect(one.output.get(0, i)).toBeCloseTo(component, 9);
    }
  }
});
