/** Test runners, which load modules in their own ways and give tests realms of their own. */

/** What must be installed. */
export const runners = ["jest@30.5.2", "vitest@4.1.11", "jsdom@26.1.0"];

const names =
  "{ exactFlow, FeatureLearningError, matrixTaskFromMoments, network, regime, sample, solve, taskFromMoments, timeTo }";

const test = (load) => `
${load}
test("typed arrays of this realm, clones, comparisons and errors", () => {
  const task = taskFromMoments({ xx: 1, xy: 0.8, yy: 1 });
  const initial = { u: Float64Array.of(0.1, 0.2), w: Float64Array.of(0.3, 0.1) };
  const flow = exactFlow({ network: network(), task, initial });
  const sampled = sample(flow, Float64Array.of(0, 1, Infinity));
  expect(sampled.output[2]).toBe(0.8);
  expect(sample(flow, [0, 1, Infinity])).toEqual(sampled);
  expect(regime(sample(flow, [0, 1])).regime).toBe("feature-learning");
  expect(timeTo(flow, { output: 0.4 })).toBeGreaterThan(0);
  const two = [[1, 0], [0, 1]];
  const matrices = { network: network(), task: matrixTaskFromMoments({ xx: two, yx: two, yy: 3 }), initial: { W2: two, W1: two } };
  expect(solve(matrices).at(Infinity).output.get(0, 0)).toBeCloseTo(1, 8);
  if (typeof structuredClone === "function") expect(regime(structuredClone(sampled))).toEqual(regime(sampled));
  expect(() => taskFromMoments({ xx: -1, xy: 0, yy: 0 })).toThrow(FeatureLearningError);
});
`;
const esm = test(`import ${names} from "feature-learning";`);
const cjs = test(`const ${names} = require("feature-learning");`);

const jest = ["--experimental-vm-modules", "node_modules/jest/bin/jest.js", "--rootDir=.", "--config"];
const jestConfig = JSON.stringify({ transform: {}, testMatch: ["**/jest/*.test.*"], moduleFileExtensions: ["js", "mjs", "cjs"] });
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--globals", "--reporter=default"];

/** The tests: a file to write, and the arguments of Node that run it. */
export function testing() {
  return [
    { name: "Jest, ESM", file: "jest/esm.test.mjs", source: esm, command: [...jest, jestConfig, "jest/esm"] },
    { name: "Jest, CommonJS", file: "jest/cjs.test.cjs", source: cjs, command: [...jest, jestConfig, "jest/cjs"] },
    {
      name: "Vitest, threads",
      file: "vitest/threads.test.mjs",
      source: esm,
      command: [...vitest, "--pool=threads", "vitest/threads"],
    },
    { name: "Vitest, vmThreads", file: "vitest/vm.test.mjs", source: esm, command: [...vitest, "--pool=vmThreads", "vitest/vm"] },
    {
      name: "Vitest, jsdom",
      file: "vitest/dom.test.mjs",
      source: esm,
      command: [...vitest, "--environment=jsdom", "vitest/dom"],
    },
    {
      name: "Vitest, vmThreads and jsdom",
      file: "vitest/both.test.mjs",
      source: esm,
      command: [...vitest, "--pool=vmThreads", "--environment=jsdom", "vitest/both"],
    },
  ];
}
