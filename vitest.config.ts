import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: {
      "feature-learning/deep": fileURLToPath(new URL("./src/networks/index.ts", import.meta.url)),
      "feature-learning/plot": fileURLToPath(new URL("./src/plot/index.ts", import.meta.url)),
      "feature-learning/sweep": fileURLToPath(new URL("./src/sweep/index.ts", import.meta.url)),
      "feature-learning": fileURLToPath(new URL("./src/index.ts", import.meta.url)),
    },
  },
  test: { include: ["test/**/*.test.ts"], testTimeout: 120_000 },
});
