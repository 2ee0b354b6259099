/** Layers on one direction whose kernel underflows, or of which there are many; matrix tasks at depth. */
import {
  halfLife,
  matrixTaskFromMoments,
  type Network,
  network,
  plateau,
  sharpness,
  solve,
  stability,
  taskFromMoments,
} from "feature-learning";
import { expect, test } from "vitest";

const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });

test.each([
  [3, 1e-300, 1 / 3],
  [2.5, 1e-300, 0.4],
  [Infinity, 1e-200, 1],
  [Infinity, 1e-300, 1],
])("at depth %d from an output of %d the stable step is that of the minimum", (depth, output, step) => {
  const problem = { network: network({ depth }), task, initial: { output } };
  const { largestStableStep, flattest } = stability(problem);
  expect(Math.abs(largestStableStep / step - 1)).toBeLessThan(1e-12);
  expect(Math.abs(flattest!.largestStableStep / step - 1)).toBeLessThan(1e-12);
  // The network learns long after its start, within the spacing of doubles there.
  const flow = solve(problem);
  expect(Math.abs(plateau(flow as never) / halfLife(flow as never) - 1)).toBeLessThan(1e-9);
});

test("layers of 1e-150 and 1e-200 learn; a start at 0, or one that ends there, does not", () => {
  for (const a of [1e-150, 1e-200]) {
    const problem = { network: network({ depth: 3 }), task, initial: { layers: [a, a, a] } };
    expect(Math.abs(stability(problem).rate / 6 - 1)).toBeLessThan(1e-12);
    expect(plateau(solve(problem) as never)).toBeGreaterThan(0.1 / a);
  }
  const still = { network: network({ depth: 3 }), task, initial: { output: 0 } };
  expect(stability(still).rate).toBe(0);
  expect(plateau(solve(still) as never)).toBe(0);
  const back = { network: network({ depth: 3 }), task, initial: { output: -1e-300 } };
  expect(() => stability(back)).toThrow(/saddle at 0/);
  expect(plateau(solve(back) as never)).toBe(Infinity);
});

/** Of balanced layers a the Hessian has one number D on its diagonal, and another one elsewhere. */
function balancedSharpness(depth: number, f: number): number {
  const perLayer = f ** (2 - 2 / depth);
  const diagonal = 2 * perLayer;
  const other = diagonal - (2 * (1 - f) * f) / f ** (2 / depth);
  return Math.max(diagonal - other, diagonal + (depth - 1) * other);
}

test("the sharpness of many layers is the top eigenvalue of their Hessian, or is refused", () => {
  for (const depth of [3, 64, 65, 250, 400])
    for (const f of [0.01, 0.7, 1.2]) {
      const found = sharpness({ network: network({ depth }), task, initial: { output: f } });
      expect(Math.abs(found / balancedSharpness(depth, f) - 1)).toBeLessThan(1e-11);
    }
  const deep = { network: network({ depth: 2000 }), task, initial: { output: 0.01 } };
  expect(() => sharpness(deep)).toThrow(/sharpness: the network has 2000 layers/);
});

test("a matrix task at depth asks for layers that are matrices, and blames the start if it is none", () => {
  const matrices = matrixTaskFromMoments({ xx: [[1]], yx: [[2]], yy: 10 });
  const deep: Network = network({ depth: 3 });
  const snapshot = solve({ network: deep, task: matrices, initial: { layers: [[[0.1]], [[0.1]], [[0.1]]] } }).at(0);
  for (const initial of [{ W2: [[1]], W1: [[1]] }, { output: 0.1 }, snapshot, undefined])
    expect(() => solve({ network: deep, task: matrices, initial } as never)).toThrow(
      /^solve: initial is .*; pass \{ layers \} of 3 matrices, such as flow\.weights\(t\)/,
    );
  expect(() => solve({ network: deep, task: matrices, initial: { layers: [1, 1, 1] } } as never)).toThrow(/^solve: task is/);
});
