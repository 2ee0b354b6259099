/**
 * What the page "From PyTorch" shows of the command is what the command prints; its TypeScript is run with
 * that of all pages.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { analyze } from "../../src/cli/analyze.ts";
import { readArguments } from "../../src/cli/arguments.ts";
import { svgOf } from "../../src/cli/charts.ts";
import { tableOf } from "../../src/cli/table.ts";
import { painter } from "../../src/cli/text.ts";
import type { RunReport } from "../../src/networks/runReport.ts";

/**
 * The runs that the page names, where they are kept. Both were made by PyTorch, the log by
 * examples/recorders/pytorch.py.
 */
const RUNS: Readonly<Record<string, string>> = {
  "runs/mlp": "test/networks/fixtures/mlp/pt-zip",
  "run.jsonl": "test/networks/fixtures/recorder.jsonl",
};
const page = readFileSync("docs/from-pytorch.md", "utf8");
const sessions = Array.from(page.matchAll(/```console\n\$ npx feature-learning (.*)\n([\s\S]*?)```/g), ([, call, printed]) => ({
  call: call!,
  printed: printed!,
}));

function reportOn(call: string): RunReport {
  const command = readArguments(call.split(" ").map((word) => RUNS[word] ?? word));
  if (command.name !== "analyze") throw new Error(`${call} is no analysis`);
  return analyze(command.asked);
}

describe("the page From PyTorch", () => {
  test("shows the command on checkpoints and on a log", () => {
    expect(sessions.map(({ call }) => call)).toEqual(["analyze runs/mlp", "analyze run.jsonl"]);
  });

  test.each(sessions)("prints what $call prints", ({ call, printed }) => {
    expect(`${tableOf(reportOn(call), painter(false))}\n`).toBe(printed);
  });

  test("has the picture that the command draws", () => {
    expect(svgOf(reportOn("analyze runs/mlp"))).toBe(readFileSync("docs/figures/from-pytorch.svg", "utf8"));
  });
});
