/** A flow ends when its slowest direction has learned, not when its fastest has. */
import { integratedFlow, matrixTaskFromMoments, network, taskFromSamples } from "feature-learning";
import { expect, test } from "vitest";

const options = { rtol: 1e-8, maxSteps: 3e5 };
/** A tenth of the tolerance may be left to learn; the steps of the way err by as much again. */
const LEFT = 0.5 * options.rtol;

test.each([0.1, 0.03])("of several inputs, the second with %f times the size of the first", (size) => {
  const x = [
    [1, size],
    [1, -size],
    [-1, size],
    [2, 3 * size],
  ];
  const y = x.map(([a, b]) => a! + (0.7 * b!) / size);
  const initial = {
    u: [0.8, 0.3],
    W: [
      [0.5, 0.1],
      [-0.2, 0.4],
    ],
  };
  const flow = integratedFlow({ network: network(), task: taskFromSamples(x, y), initial }, options);
  expect(flow.status).toBe("converged");
  const { output } = flow.at(Infinity);
  expect(Math.abs(output.get(0, 0) - 1)).toBeLessThan(LEFT);
  expect(Math.abs((output.get(0, 1) * size) / 0.7 - 1)).toBeLessThan(LEFT);
});

test.each([0.3, 0.1])("of several outputs, on inputs of which the second has %f times the size of the first", (size) => {
  const task = matrixTaskFromMoments({
    xx: [
      [1, 0],
      [0, size * size],
    ],
    yx: [
      [1, 0.3 * size],
      [-0.4, 0.8 * size],
    ],
    yy: 4,
  });
  const initial = {
    W2: [
      [1, 0.2],
      [-0.3, 0.9],
    ],
    W1: [
      [0.8, 0.1],
      [0.2, 0.7],
    ],
  };
  const flow = integratedFlow({ network: network(), task, initial }, options);
  expect(flow.status).toBe("converged");
  const { output } = flow.at(Infinity);
  for (const [row, wanted] of [0.3, 0.8].entries()) expect(Math.abs((output.get(row, 1) * size) / wanted - 1)).toBeLessThan(LEFT);
});
