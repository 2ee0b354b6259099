/** The public names, as a snapshot: a change to it is a decision. */
import { readFileSync } from "node:fs";
import * as library from "feature-learning";
import { expect, test } from "vitest";

test("the functions and classes that the package exports", () => {
  expect(Object.keys(library).sort()).toMatchInlineSnapshot(`
    [
      "FeatureLearningError",
      "alignedWeights",
      "balancedWeights",
      "chain",
      "cosineSchedule",
      "evaluate",
      "exactApplies",
      "exactFlow",
      "exponentialSchedule",
      "fromLayers",
      "gaussianOrderParameters",
      "gaussianWeights",
      "halfLife",
      "linearTimes",
      "logarithmicTimes",
      "mirrored",
      "network",
      "orderParameters",
      "piecewiseSchedule",
      "plateau",
      "sample",
      "simulateDescent",
      "taskFromMoments",
      "taskFromSamples",
      "timeTo",
      "timesTo",
      "withSchedule",
    ]
  `);
});

test("the types that the package exports", () => {
  const index = readFileSync("src/index.ts", "utf8");
  const clauses = Array.from(index.matchAll(/export (type )?\{([^}]*)\}/g));
  const types = clauses.flatMap(([, all, names]) =>
    names!
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && (all !== undefined || name.startsWith("type ")))
      .map((name) => name.replace(/^type /, "")),
  );
  expect(types.sort()).toMatchInlineSnapshot(`
    [
      "AlignmentOptions",
      "Applicability",
      "BalanceOptions",
      "ChainFlow",
      "ChainProblem",
      "ErrorCode",
      "ExactFlow",
      "ExactOptions",
      "ExactWeightFlow",
      "Flow",
      "InitialisationOptions",
      "LayerScale",
      "LinearTimesOptions",
      "LogarithmicTimesOptions",
      "Loss",
      "MatrixLike",
      "MatrixObject",
      "Moments",
      "NdArrayLike",
      "NdArrayStore",
      "Network",
      "NetworkOptions",
      "OrderParameters",
      "Problem",
      "SampleOptions",
      "SamplingOptions",
      "Schedule",
      "SchedulePiece",
      "ScheduledFlow",
      "ScheduledWeightFlow",
      "Seed",
      "Simulation",
      "SimulationOptions",
      "Snapshot",
      "SolvedStage",
      "Stage",
      "Target",
      "Task",
      "Trajectory",
      "VectorLike",
      "WeightChainFlow",
      "WeightTrajectory",
      "Weights",
      "WeightsLike",
    ]
  `);
});

test("every exported function and class is documented with an example", () => {
  const missing = Object.keys(library).filter((name) => {
    const source = sourceOf(name);
    const [, doc] =
      new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport (?:function|class|const) ${name}\\b`).exec(source) ?? [];
    return doc === undefined || !doc.includes("@example");
  });
  expect(missing).toEqual([]);
});

function sourceOf(name: string): string {
  const index = readFileSync("src/index.ts", "utf8");
  const [, path] = new RegExp(`export \\{[^}]*\\b${name}\\b[^}]*\\} from "\\./([^"]+)"`).exec(index)!;
  return readFileSync(`src/${path}`, "utf8");
}
