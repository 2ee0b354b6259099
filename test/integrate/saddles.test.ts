/** Layers that are matrices, at saddles that integration cannot leave although the flow does. */
import { type FeatureLearningError, integratedFlow, matrixTaskFromMoments, network, solve, stability } from "feature-learning";
import { describe, expect, test } from "vitest";

const identity = [
  [1, 0],
  [0, 1],
];
const task = matrixTaskFromMoments({
  xx: identity,
  yx: [
    [2, 1],
    [-1, 1],
  ],
  yy: 10,
});
/** The loss when one mode of the two is learned. */
const WAITING = 4.697224362268;
const layer = (c: number): number[][] => [
  [0.3 * c, 0.2 * c],
  [-0.1 * c, 0.4 * c],
];
const deep = (depth: number, c: number) => ({
  network: network({ depth }),
  task,
  initial: { layers: Array.from({ length: depth }, () => layer(c)) },
});
const two = (c: number) => ({ network: network(), task, initial: { W2: layer(c), W1: layer(c) } });

function failure(run: () => unknown): FeatureLearningError {
  try {
    run();
  } catch (error) {
    return error as FeatureLearningError;
  }
  throw new Error("did not fail");
}

describe("a flow that waits at a saddle is not converged", () => {
  test.each([
    [6, 1e-3],
    [10, 0.1],
    [8, 0.03],
    [3, 1e-10],
  ])("at depth %d from weights of %d", (depth, c) => {
    const flow = solve(deep(depth, c), { onFailure: "return" });
    expect(flow).toMatchObject({ method: "integrated", status: "saddle" });
    expect(flow.until).toBeLessThan(Infinity);
    expect(Math.abs(flow.at(flow.until).loss - WAITING)).toBeLessThan(1e-9);
    const error = failure(() => solve(deep(depth, c)));
    expect(error).toMatchObject({ code: "not-converged", status: "saddle" });
    expect(error.message).toMatch(/waits at a saddle with an excess loss of 1\.697; .* use larger initial weights/);
  });

  test.each([1e-50, 1e-80, 1e-100, 1e-150])("in two layers from weights of %d, with or without an end", (c) => {
    const error = failure(() => solve(two(c)));
    expect(error).toMatchObject({ code: "not-converged", status: "saddle" });
    const arrival = (error.partial as { until: number }).until;
    for (const until of [arrival + 30, 200, 400, 1e4]) {
      const flow = solve(two(c), { until, onFailure: "return" });
      expect([flow.status, flow.until]).toEqual(["saddle", arrival]);
    }
    expect(solve(two(c), { until: arrival }).status).toBe("completed");
  });

  test("nor at its start, where products of the weights underflow", () => {
    expect(integratedFlow(deep(6, 1e-80), { onFailure: "return" })).toMatchObject({ status: "saddle", until: 0 });
  });
});

describe("other flows keep their status", () => {
  test("larger weights learn all modes", () => {
    for (const problem of [deep(3, 0.01), deep(6, 0.3), two(1e-20)]) {
      const flow = solve(problem as ReturnType<typeof deep>);
      expect(flow.status).toBe("converged");
      expect(Math.abs(flow.at(Infinity).loss - 3)).toBeLessThan(1e-9);
    }
  });

  test("weights that are exactly 0 stay at 0, whichever mode they would learn", () => {
    const diagonal = matrixTaskFromMoments({
      xx: identity,
      yx: [
        [1, 0],
        [0, 3],
      ],
      yy: 20,
    });
    const half = [
      [0.1, 0],
      [0, 0],
    ];
    const three = integratedFlow({ network: network({ depth: 3 }), task: diagonal, initial: { layers: [half, half, half] } });
    const pair = integratedFlow({ network: network(), task: diagonal, initial: { W2: half, W1: half } });
    for (const flow of [three, pair]) {
      expect(flow.status).toBe("converged");
      expect(Math.abs(flow.at(Infinity).loss - 19)).toBeLessThan(1e-9);
    }
    expect(integratedFlow(deep(6, 0)).status).toBe("converged");
  });

  test("a narrow network converges to the best fit of its rank", () => {
    const layers = [[[0.3, 0.1]], [[0.2]], [[0.3], [-0.2]]];
    const flow = integratedFlow({ network: network({ depth: 3 }), task, initial: { layers } });
    expect(flow.status).toBe("converged");
    expect(Math.abs(flow.at(Infinity).loss - WAITING)).toBeLessThan(1e-9);
  });
});

describe("failures have their cause and a remedy that exists", () => {
  test("a plateau at 0 that ends too late for double-precision times is not called a singularity", () => {
    for (const c of [1e-14, 1e-20, 1e-100]) {
      const { message } = failure(() => solve(deep(3, c)));
      expect(message).toMatch(/leaves a plateau so late .* use larger initial weights/);
      expect(message).not.toMatch(/singular/);
    }
  });

  test("stability does not suggest options that it does not take", () => {
    const { message } = failure(() => stability(deep(6, 1e-3)));
    expect(message).toMatch(/^stability: .* waits at a saddle/);
    expect(message).toMatch(/Call solve with \{ onFailure: "return" \}/);
    expect(message).not.toMatch(/or pass/);
  });
});
