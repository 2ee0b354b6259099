/** Which problems have no closed form, and what the refusal tells to do. */
import { exactApplies, exactFlow, network, type Problem, taskFromSamples } from "feature-learning";
import { expect, test } from "vitest";

const scattered = taskFromSamples(
  [
    [1, 0],
    [0, 1],
  ],
  [1, 1],
);
const line = taskFromSamples([1, -1, 2], [1, -1, 1]);
const initial = { uu: 1, ww: 1, uw: 0 };

test.each([
  ["scattered inputs", network(), scattered, 1, "({ project: true } trains on their projection); call integratedFlow."],
  [
    "layers that decay at different paces",
    network({ weightDecay: { u: 1, w: 2 } }),
    line,
    1,
    "with any m has a closed form; call integratedFlow, or solve.",
  ],
  ["a curved activation with another loss", network({ power: 2, loss: "huber" }), line, 2, "not a square; call integratedFlow."],
  [
    "scattered inputs with another loss",
    network({ loss: "huber" }),
    scattered,
    2,
    "({ project: true } trains on their projection); the loss is not a square; call integratedFlow.",
  ],
])("%s: named, each with the remedy that is enough", (_, net, task, count, ending) => {
  const problem: Problem = { network: net, task, initial };
  const verdict = exactApplies(problem);
  expect(verdict).toMatchObject({ applies: false, failed: { length: count } });
  const message = messageOf(() => exactFlow(problem));
  expect(message).toMatch(/^exactFlow: /);
  if (!verdict.applies) expect(message).toContain(verdict.failed.join("; "));
  expect(message.endsWith(ending), message).toBe(true);
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}
