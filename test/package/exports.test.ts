/** The public names, as a snapshot: a change to it is a decision. Their types are in api.test.ts. */
import { readFileSync } from "node:fs";
import * as library from "feature-learning";
import * as deep from "feature-learning/deep";
import * as ndarrays from "feature-learning/ndarray";
import * as parallel from "feature-learning/parallel";
import * as plot from "feature-learning/plot";
import * as sweep from "feature-learning/sweep";
import { expect, test } from "vitest";

test("the functions and classes that the package exports", () => {
  expect(Object.keys(library).sort()).toMatchInlineSnapshot(`
    [
      "FeatureLearningError",
      "abcAtDepth",
      "abcOfScaling",
      "alignedLayers",
      "alignedWeights",
      "balancedWeights",
      "chain",
      "cosineSchedule",
      "descentGap",
      "descentOutcome",
      "design",
      "dominantMechanism",
      "evaluate",
      "exactApplies",
      "exactFlow",
      "exponentialSchedule",
      "forecast",
      "fromLayers",
      "gaussianLayers",
      "gaussianMatrixLayers",
      "gaussianOrderParameters",
      "gaussianWeights",
      "gradientDescent",
      "halfLife",
      "integratedFlow",
      "kaimingLayers",
      "kaimingWeights",
      "kernelMachine",
      "lambdaBalancedLayers",
      "learningStages",
      "linearTimes",
      "logarithmicTimes",
      "matrixTaskFromMoments",
      "matrixTaskFromSamples",
      "mechanismNames",
      "mechanisms",
      "mechanismsOverTime",
      "mirrored",
      "network",
      "oneDirectionFlow",
      "orderParameters",
      "parametrizations",
      "phase",
      "piecewiseSchedule",
      "plateau",
      "pytorchLayers",
      "pytorchWeights",
      "regime",
      "sample",
      "saxeAlignedLayers",
      "scaleNetwork",
      "scalingOfAbc",
      "sensitivities",
      "sharpness",
      "simulateDescent",
      "singleNeuron",
      "solve",
      "stability",
      "stepsToTime",
      "taskFromMoments",
      "taskFromSamples",
      "timeTo",
      "timeToSteps",
      "timesTo",
      "trajectoryOf",
      "warmupSchedule",
      "withSchedule",
      "xavierLayers",
      "xavierWeights",
    ]
  `);
});

test("the functions that feature-learning/deep exports", () => {
  expect(Object.keys(deep).sort()).toMatchInlineSnapshot(`
    [
      "empiricalKernel",
      "kernelMovement",
      "kernelTargetAlignment",
      "layerOverlap",
      "layerSpectrum",
      "readCheckpoint",
      "readNpy",
      "readNpz",
      "readSafetensors",
      "recordLayers",
    ]
  `);
});

test("the functions and classes that feature-learning/sweep exports", () => {
  expect(Object.keys(sweep).sort()).toMatchInlineSnapshot(`
    [
      "assembleDiagram",
      "assembleEnsemble",
      "chunksOf",
      "classifyNetworks",
      "ensemble",
      "observables",
      "phaseDiagram",
      "phaseNames",
      "presenceNames",
      "regimeNames",
      "runChunk",
      "scalingLaw",
      "stabilityNames",
      "wideLimit",
    ]
  `);
});

test("the functions of the entries for ndarrays and for threads", () => {
  expect(Object.keys(ndarrays).sort()).toEqual(["reduce", "toNdarray"]);
  expect(Object.keys(parallel)).toEqual(["runParallel"]);
});

test("the functions and colours that feature-learning/plot exports", () => {
  expect(Object.keys(plot).sort()).toMatchInlineSnapshot(`
    [
      "display",
      "mechanismColours",
      "phaseColours",
      "plotAngleNorm",
      "plotBands",
      "plotDescent",
      "plotEnsemble",
      "plotFit",
      "plotLandscape",
      "plotLayers",
      "plotMechanisms",
      "plotPhaseDiagram",
      "plotRegimePlane",
      "plotSpectrum",
      "plotTrajectory",
      "renderSvg",
      "seriesColours",
    ]
  `);
});

test("every exported function and class is documented with an example", () => {
  const all = [
    ...Object.keys(library).map((name) => ["src", name]),
    ...Object.keys(deep).map((name) => ["src/networks", name]),
    ...Object.keys(sweep).map((name) => ["src/sweep", name]),
    ...Object.keys(ndarrays).map((name) => ["src/ndarray", name]),
    ...Object.keys(parallel).map((name) => ["src/parallel", name]),
    ...Object.keys(plot).map((name) => ["src/plot", name]),
  ];
  const missing = all.filter(([folder, name]) => {
    const source = sourceOf(folder!, name!);
    // Lists of names show themselves.
    if (/Names$|Colours$|^observables$/.test(name!)) return false;
    const [, doc] =
      new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport (?:async )?(?:function|class|const) ${name}\\b`).exec(source) ?? [];
    return doc === undefined || !doc.includes("@example");
  });
  expect(missing).toEqual([]);
});

function sourceOf(folder: string, name: string): string {
  const index = readFileSync(`${folder}/index.ts`, "utf8");
  const [, path] = new RegExp(`export \\{[^}]*\\b${name}\\b[^}]*\\} from "\\./([^"]+)"`).exec(index)!;
  return readFileSync(`${folder}/${path}`, "utf8");
}
