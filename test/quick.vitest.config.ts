/** The quick tests, npm run test:quick: those of single functions on fewer random problems, without what is slow. */
import { defineConfig } from "vitest/config";
import { built, shared } from "../vitest.config.ts";

const leftOut = {
  "the package as it is built, and the documentation's code": [...built],
  "the examples": ["test/docs/examples.test.ts", "test/docs/readme.test.ts"],
  "random problems by the ten thousands": ["test/fuzz/**"],
  "junk in every argument, and the public types": ["test/package/badInput.test.ts", "test/package/api.test.ts"],
  "every bit of a checkpoint, and every verb on every flow": ["test/networks/hostile.test.ts", "test/flow/verbs.test.ts"],
  "whole sweeps, and the integrator at every tolerance": ["test/sweep/sweep.test.ts", "test/integrate/tolerance.test.ts"],
  "the drawn pictures, and the explorer": ["test/plot/**", "test/docs/explorer.test.ts"],
  "the commands, in processes of their own": ["test/cli/**", "test/networks/command.test.ts"],
  "long comparisons of solvers": [
    "test/exact/rank.test.ts",
    "test/exact/families.test.ts",
    "test/integrate/convergence.test.ts",
    "test/integrate/unboundedVerdicts.test.ts",
    "test/mechanisms/sampling.test.ts",
    "test/design/forecast.test.ts",
    "test/flow/decayVerbs.test.ts",
  ],
};

export default defineConfig({
  ...shared,
  root: ".",
  test: {
    ...shared.test,
    include: ["test/**/*.test.ts"],
    exclude: Object.values(leftOut).flat(),
    isolate: false,
    maxWorkers: "100%",
    env: { SHARE_OF_RUNS: "0.2" },
    reporters: [
      "default",
      {
        onTestRunEnd: () => {
          console.log(
            `Random problems: a fifth of each. Left out: ${Object.keys(leftOut).join("; ")}. npm test runs everything.`,
          );
        },
      },
    ],
  },
});
