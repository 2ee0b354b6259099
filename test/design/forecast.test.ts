import { forecast, matrixTaskFromMoments } from "feature-learning";
import { expect, test } from "vitest";
import { readDescription } from "../../src/design/forecast/description.ts";
import { exactCourse } from "../../src/design/forecast/exact.ts";
import { leadingData } from "../../src/design/forecast/data.ts";
import { surrogateCourse } from "../../src/design/forecast/surrogate.ts";
import { supportOf } from "../../src/numerics/support.ts";

const task = matrixTaskFromMoments({
  xx: [
    [2, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 0.5, 0],
    [0, 0, 0, 0.1],
  ],
  yx: [[1, 0.5, -0.3, 0.05]],
  yy: 2,
});

function both(description: object) {
  const described = readDescription({ task, ...description });
  const support = supportOf(described.task.xx);
  return { exact: exactCourse(described, support), surrogate: surrogateCourse(described, leadingData(described, support)) };
}

test("the surrogate of two linear layers is the exact flow, and gradient descent itself", () => {
  let compared = 0;
  for (const width of [2, 3, 40])
    for (const outputScale of [0.1, 1, -5])
      for (const centred of [false, true])
        for (const stepSize of [undefined, 0.2 / outputScale ** 2 / width]) {
          const { exact, surrogate } = both({
            width,
            outputScale,
            centred,
            stepSize,
            scale: [0.7, 1],
            learningRates: [1, 0.5],
            times: [0, 0.3, 1, 3, 10].map((t) => (t * 2) / (outputScale ** 2 * width)),
          });
          expect(surrogate.status).toBe(exact.status);
          expect(surrogate.points).toHaveLength(exact.points.length);
          for (const [i, point] of exact.points.entries()) {
            const other = surrogate.points[i]!;
            expect(other.excessLoss / exact.points[0]!.excessLoss).toBeCloseTo(point.excessLoss / exact.points[0]!.excessLoss, 5);
            expect(other.kernelDistance).toBeCloseTo(point.kernelDistance, 4);
            expect(other.stableStep / point.stableStep).toBeCloseTo(1, 4);
            for (const name of ["uu", "ww", "uw"] as const)
              expect(other.pairs[0]![name] / point.pairs[0]![name]).toBeCloseTo(1, 4);
            compared++;
          }
        }
  expect(compared).toBe(180);
});

test("x", () => {
  const abc = { a: [0, 0.5], b: 0, c: 0 };
  const short = (f: any) => JSON.stringify({ ...f, t: 0, loss: 0, kernelDistance: 0, kernelRatio: 0 });
  const t = Date.now();
  console.log(short(forecast({ task, width: 4096, abc })), Date.now() - t);
  const t2 = Date.now();
  console.log(short(forecast({ task, width: 64, depth: 4, activation: "tanh", outputScale: 0.1, abc: { a: [0, 0.5, 0.5, 0.5], b: 0, c: 0 } })), Date.now() - t2);
});
