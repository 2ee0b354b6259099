/**
 * The tests that mutants of the exact solution, the regimes and the mechanisms must not survive: quick ones first, a tenth of the runs of
 * every property, in one worker, up to the first failure.
 */

import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { shared } from "../vitest.config.ts";

const folders = ["exact", "reference", "regimes", "mechanisms"];

/** The folders' own order, so that what is slow, or asks of everything at once, comes last. */
class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number =>
      [...folders, "package"].findIndex((folder) => moduleId.includes(`/test/${folder}/`));
    return [...files].sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  ...shared,
  root: ".",
  test: {
    ...shared.test,
    include: [...folders.map((folder) => `test/${folder}/**/*.test.ts`), "test/package/badInput.test.ts"],
    isolate: false,
    setupFiles: ["test/mutation.setup.ts"],
    env: { SHARE_OF_RUNS: "0.1" },
    sequence: { sequencer: InOrder },
  },
});
