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
      "descentGap",
      "descentOutcome",
      "evaluate",
      "exactApplies",
      "exactFlow",
      "exponentialSchedule",
      "fromLayers",
      "gaussianLayers",
      "gaussianOrderParameters",
      "gaussianWeights",
      "gradientDescent",
      "halfLife",
      "integratedFlow",
      "linearTimes",
      "logarithmicTimes",
      "mirrored",
      "network",
      "orderParameters",
      "piecewiseSchedule",
      "plateau",
      "sample",
      "simulateDescent",
      "solve",
      "stability",
      "stepsToTime",
      "taskFromMoments",
      "taskFromSamples",
      "timeTo",
      "timeToSteps",
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
      "AbortSignalLike",
      "AlignmentOptions",
      "Applicability",
      "BalanceOptions",
      "ChainFlow",
      "ChainProblem",
      "Descent",
      "DescentGap",
      "DescentOptions",
      "DescentOutcome",
      "ErrorCode",
      "ExactFlow",
      "ExactOptions",
      "ExactWeightFlow",
      "Flow",
      "GapOptions",
      "InitialisationOptions",
      "IntegratedFlow",
      "IntegratedOptions",
      "IntegratedWeightFlow",
      "IntegrationProgress",
      "IntegrationStatus",
      "LayerOptions",
      "LayerScale",
      "LayerSchedules",
      "Layers",
      "LayersLike",
      "LinearTimesOptions",
      "LogarithmicTimesOptions",
      "Loss",
      "LossFunction",
      "MatrixLike",
      "MatrixObject",
      "Moments",
      "MomentumOptions",
      "MultiInputFlow",
      "MultiInputProblem",
      "MultiInputSnapshot",
      "NamedLoss",
      "NdArrayLike",
      "NdArrayStore",
      "Network",
      "NetworkOptions",
      "OrderParameters",
      "OutcomeOptions",
      "PaceOptions",
      "Problem",
      "Rows",
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
      "SolveOptions",
      "SolvedStage",
      "Stability",
      "Stage",
      "Target",
      "Task",
      "Trajectory",
      "VectorLike",
      "WeightChainFlow",
      "WeightDescent",
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
