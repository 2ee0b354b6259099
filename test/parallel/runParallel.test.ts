/** A job over worker threads. The threads load the package as it is built. */
import { ensemble, phaseDiagram } from "feature-learning/sweep";
import { expect, inject, test } from "vitest";
import { job, networks } from "../support/jobs.ts";

test("over worker threads the same bits, with progress; an abort rejects", async () => {
  const { runParallel } = (await import(`${inject("built")}/dist/parallel.js`)) as typeof import("feature-learning/parallel");
  const told: number[] = [];
  const found = await runParallel(job, { threads: 2, onProgress: ({ done }) => told.push(done) });
  expect(found.values.data).toEqual(ensemble(job).values.data);
  expect(found.curves).toEqual(ensemble(job).curves);
  expect(told.at(-1)).toBe(1000);
  const diagram = await runParallel(networks, { threads: 2 });
  expect(diagram.fields["plateau"]!.data).toEqual(phaseDiagram(networks).fields["plateau"]!.data);
  const controller = new AbortController();
  controller.abort();
  await expect(runParallel(job, { threads: 1, signal: controller.signal })).rejects.toMatchObject({
    code: "aborted",
    cause: controller.signal.reason,
  });
});
