import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** What every project of tests has in common. */
export const shared = {
  resolve: {
    alias: {
      "feature-learning/deep": fileURLToPath(new URL("./src/networks/index.ts", import.meta.url)),
      "feature-learning/plot": fileURLToPath(new URL("./src/plot/index.ts", import.meta.url)),
      "feature-learning/ndarray": fileURLToPath(new URL("./src/ndarray/index.ts", import.meta.url)),
      "feature-learning/parallel": fileURLToPath(new URL("./src/parallel/index.ts", import.meta.url)),
      "feature-learning/sweep": fileURLToPath(new URL("./src/sweep/index.ts", import.meta.url)),
      "feature-learning": fileURLToPath(new URL("./src/index.ts", import.meta.url)),
    },
  },
  test: { testTimeout: 120_000 },
};

const all = "test/**/*.test.ts";

/** Tests of the package as it is built: test/built.setup.ts builds it for them, into a folder of its own. */
export const built: string[] = [
  "test/docs/snippets.test.ts",
  "test/package/copies.test.ts",
  "test/parallel/journal.test.ts",
  "test/parallel/runParallel.test.ts",
];

export default defineConfig({
  test: {
    // All processors: Vitest leaves one idle, which of two is half.
    maxWorkers: "100%",
    projects: [
      { ...shared, test: { ...shared.test, name: "source", include: [all], exclude: built } },
      { ...shared, test: { ...shared.test, name: "built", include: built, globalSetup: "test/built.setup.ts" } },
    ],
  },
});
