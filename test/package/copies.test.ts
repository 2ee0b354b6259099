/**
 * Two copies of the package side by side, the ESM and the CJS build, as a bundler or a dependency may load
 * them.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type * as Library from "feature-learning";
import { describe, expect, inject, test } from "vitest";

const file = (name: string): string => `${inject("built")}/dist/${name}`;
const esm = (await import(/* @vite-ignore */ pathToFileURL(file("index.js")).href)) as typeof Library;
const cjs = createRequire(import.meta.url)(file("index.cjs")) as typeof Library;

const problem = {
  network: esm.network(),
  task: esm.taskFromMoments({ xx: 1, xy: 1, yy: 1 }),
  initial: { u: [0.1, 0.2], w: [0.3, -0.1] },
};
const layers = {
  network: esm.network(),
  task: esm.matrixTaskFromMoments({
    xx: [
      [1, 0.2],
      [0.2, 2],
    ],
    yx: [
      [0.5, 0],
      [0, 1],
    ],
    yy: 1,
  }),
  initial: {
    W2: [
      [0.1, 0.2],
      [0.3, 0.1],
    ],
    W1: [
      [0.2, 0.1],
      [0.4, -0.3],
    ],
  },
};

/** Everything that asks a flow for more than its public face. */
function asked(library: typeof Library, flow: Library.AnyFlow): unknown {
  const {
    regime,
    mechanisms,
    mechanismsOverTime,
    linearTimes,
    logarithmicTimes,
    timesTo,
    plateau,
    learningStages,
    sample,
    withSchedule,
  } = library;
  const scheduled = withSchedule(flow as Library.Flow, library.exponentialSchedule({ decayTime: 50 }));
  return {
    regime: regime(flow),
    mechanisms: mechanisms(flow),
    over: mechanismsOverTime(flow),
    times: [linearTimes(flow), logarithmicTimes(flow)],
    loss: timesTo(flow, { excessLossFraction: 0.5 }),
    waits:
      flow.family === "one-direction"
        ? plateau(flow)
        : flow.family === "modes"
          ? learningStages(flow as Library.ModesFlow)
          : undefined,
    rows: sample(flow, [0, 1, 2]),
    scheduled: [regime(scheduled), scheduled.at(3)],
  };
}

describe("a flow of one copy tells the other copy the same", () => {
  test.each([
    ["exact", () => [esm.exactFlow(problem), cjs.exactFlow(problem)]],
    ["integrated", () => [esm.integratedFlow(problem, { until: 5 }), cjs.integratedFlow(problem, { until: 5 })]],
    ["of matrices", () => [esm.solve(layers, { until: 5 }), cjs.solve(layers, { until: 5 })]],
  ] as const)("%s", (_name, flows) => {
    const [a, b] = flows() as unknown as [Library.AnyFlow, Library.AnyFlow];
    const expected = asked(esm, a);
    expect(asked(cjs, a)).toEqual(expected);
    expect(asked(esm, b)).toEqual(expected);
    expect(esm.regime(b).basis).toBe(esm.regime(a).basis);
  });
});

test("an error of one copy is an error of the other, with the name of the function that was called", () => {
  expect(cjs.FeatureLearningError).not.toBe(esm.FeatureLearningError);
  const flow = cjs.exactFlow({ ...problem, initial: { uu: 1, ww: 1, uw: 0.5 } });
  for (const work of [() => cjs.taskFromMoments({ xx: -1, xy: 0, yy: 1 }), () => esm.sample(flow, [-1e6])]) {
    let error: unknown;
    try {
      work();
    } catch (thrown) {
      error = thrown;
    }
    expect(error instanceof esm.FeatureLearningError && error instanceof cjs.FeatureLearningError).toBe(true);
    expect((error as Error).message).toMatch(/^(taskFromMoments|sample|at): /);
    expect((error as Error).message).not.toMatch(/^\w+: \w+: /);
  }
});
