/** The tests that mutants of the exact solution, the regimes and the mechanisms must not survive. */
import { defineConfig } from "vitest/config";
import base from "../vitest.config.ts";

const folders = ["exact", "reference", "regimes", "mechanisms"];

export default defineConfig({
  ...base,
  root: ".",
  test: {
    ...base.test,
    include: [...folders.map((folder) => `test/${folder}/**/*.test.ts`), "test/package/badInput.test.ts"],
  },
});
