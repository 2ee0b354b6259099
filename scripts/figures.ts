/**
 * The figures of the documentation, by the library itself, one a plot function.
 *
 *     npm run figures
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import {
  exactFlow,
  gaussianOrderParameters,
  gaussianWeights,
  gradientDescent,
  halfLife,
  linearTimes,
  logarithmicTimes,
  matrixTaskFromMoments,
  mechanisms,
  mechanismsOverTime,
  network,
  type Parametrization,
  parametrizations,
  regime,
  sample,
  saxeAlignedLayers,
  scaleNetwork,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { recordLayers } from "feature-learning/deep";
import {
  type PlotSpec,
  plotAngleNorm,
  plotBands,
  plotDescent,
  plotEnsemble,
  plotFit,
  plotLandscape,
  plotLayers,
  plotMechanisms,
  plotPhaseDiagram,
  plotRegimePlane,
  plotSpectrum,
  plotTrajectory,
  renderSvg,
} from "feature-learning/plot";
import { ensemble, type PhaseDiagram, phaseDiagram } from "feature-learning/sweep";
import { Matrix } from "ml-matrix";

const task = taskFromMoments({ xx: 1, xy: 1, yy: 1.1 });

function flowOf(uu: number, ww: number, cosine: number) {
  return exactFlow({ network: network(), task, initial: { uu, ww, uw: cosine * Math.sqrt(uu * ww) } });
}

/** A flow from unaligned layers of this size under this decay, until the layers have balanced. */
function decayingFrom(size: number, weightDecay: number) {
  const problem = { network: network({ weightDecay }), task, initial: { uu: size, ww: size, uw: 0 } };
  const times = Array.from({ length: 240 }, (_, i) => 0.01 * 10 ** ((i / 239) * 4.6));
  return sample(exactFlow(problem), times);
}

/** Small, misaligned, and overshooting starts. */
const starts = {
  "small start": flowOf(1e-3, 1e-3, 0.1),
  "misaligned start": flowOf(1, 1, -0.9),
  "too large a start": flowOf(6, 6, 0.5),
};

const named = {
  NTK: parametrizations.ntk,
  "mean field": parametrizations.meanField,
  "small start": parametrizations.smallInitialisation,
};

function regimeAt(scaling: Parametrization) {
  const { network: net, scale, width } = scaleNetwork(scaling, 64, scaling.width === 0 ? { kappa: 30 } : {});
  return regime(exactFlow({ network: net, task, initial: gaussianOrderParameters({ width, scale, seed: "figure" }) }));
}

function widths(outputScale: (d: number) => number) {
  return [1, 10, 100, 1e3, 1e4, 1e5, 1e6].map((width) => {
    const settings = { width, outputScale: outputScale(width) };
    return {
      value: width,
      ensemble: ensemble({ of: "ensemble", settings, measure: ["kernelChange"], draws: 2000, seed: "figure" }),
    };
  });
}

/** A deep linear network of three layers learns a random matrix from white inputs, by plain descent. */
function layers() {
  const width = 12;
  const random = (rows: number, columns: number, scale: number, seed: string): Matrix =>
    Matrix.from1DArray(rows, columns, gaussianWeights({ width: rows * columns, scale, seed }).u);
  const goal = random(4, 8, 0.5, "goal");
  let weights: readonly [Matrix, Matrix, Matrix] = [
    random(width, 8, 0.15, "first"),
    random(width, width, 0.15, "second"),
    random(4, width, 0.15, "third"),
  ];
  const recorder = recordLayers();
  for (let step = 0; step <= 600; step++) {
    const [A, B, C] = weights;
    if (step % 5 === 0) recorder.record(step, { first: A.to2DArray(), second: B.to2DArray(), third: C.to2DArray() });
    const error = Matrix.sub(C.mmul(B).mmul(A), goal).mul(0.05);
    weights = [
      Matrix.sub(A, B.transpose().mmul(C.transpose()).mmul(error)),
      Matrix.sub(B, C.transpose().mmul(error).mmul(A.transpose())),
      Matrix.sub(C, error.mmul(A.transpose()).mmul(B.transpose())),
    ];
  }
  return recorder.trajectories();
}

/** The same data and the same final loss, by a wide network in NTK scaling and by a small one. */
function lazyAndRich() {
  const { network: net, scale, width } = scaleNetwork(parametrizations.ntk, 10_000);
  const lazy = exactFlow({ network: net, task, initial: gaussianOrderParameters({ width, scale, seed: 2 }) });
  const rich = exactFlow({ network: network(), task, initial: gaussianOrderParameters({ width: 10, scale: 0.03, seed: 2 }) });
  const times = linearTimes(rich, { until: 4 });
  return { "NTK scaling, width 10,000": sample(lazy, times), "small start, width 10": sample(rich, times) };
}

/** Samples of a noisy line. */
function noisyLine() {
  const x = gaussianWeights({ width: 200, scale: 1, seed: "inputs" }).u;
  const noise = gaussianWeights({ width: 200, scale: 0.4, seed: "noise" }).u;
  return taskFromSamples(
    x,
    x.map((value, i) => 1.5 * value + noise[i]!),
  );
}

/** Modes of three strengths, learned one after the other. */
function stagesFlow() {
  const modes = matrixTaskFromMoments({ xx: Matrix.eye(3, 3), yx: Matrix.diag([4, 2, 1]), yy: 21 });
  const initial = saxeAlignedLayers({ task: modes, width: 8, scale: 1e-3, seed: 1 });
  return exactFlow({ network: network({ loss: "half-mse" }), task: modes, initial }, { family: "modes" });
}

function stages() {
  const flow = stagesFlow();
  const times = linearTimes(flow.modes[2]!.flow, { until: 11 });
  return Object.fromEntries(flow.modes.map((mode) => [`s = ${mode.flow.problem.task.xy.toFixed(0)}`, sample(mode.flow, times)]));
}

/** The two sides of a ReLU network, between which neurons cross. */
function sides() {
  const halves = taskFromMoments({ positive: { xx: 0.6, xy: 0.9 }, negative: { xx: 0.5, xy: 0.4 }, yy: 3 });
  const initial = { u: [0.9, -0.7, 0.4, -0.6, 0.8, -0.3], w: [0.2, 0.3, 0.3, -0.2, -0.3, -0.5] };
  const flow = exactFlow({ network: network({ activation: "relu" }), task: halves, initial });
  const times = linearTimes(flow.halves.positive, { until: 1.5, count: 601 });
  return { "x > 0": sample(flow.halves.positive, times), "x < 0": sample(flow.halves.negative, times) };
}

/**
 * ReLU networks of width 100 on y = |x| over the scales of both layers. Beside the line where the kernel
 * moves by a tenth: that of the linear network of either side, and the one of Luo et al. at infinite width,
 * up to factors.
 */
function madeReluPhases(): PhaseDiagram {
  const width = 100;
  const x = { parameter: "scale.u", from: 1e-3, to: 10, count: 31, spacing: "logarithmic" } as const;
  const y = { parameter: "scale.w", from: 1e-3, to: 10, count: 31, spacing: "logarithmic" } as const;
  const diagram = phaseDiagram({ of: "relu", x, y, base: { width }, seed: 1 });
  const linear = phaseDiagram({ of: "networks", x, y, base: { width: width / 2, xx: 0.5, xy: 0.5 } });
  const corner = width ** -0.5;
  const luo = {
    condition: "Luo et al.: σ_w = 1/√d, σ_u·σ_w = 1/d",
    between: ["condensed", "linear"],
    points: [
      [x.from, corner],
      [corner, corner],
      [x.to, 1 / width / x.to],
    ],
  } as const;
  const boundaries = linear.boundaries.map((line) => ({ ...line, condition: `${line.condition} of linear networks` }));
  return { ...diagram, boundaries: [...diagram.boundaries, luo, ...boundaries] };
}

const kept: PhaseDiagram[] = [];

/** The same for both themes. */
function reluPhases(): PhaseDiagram {
  if (kept.length === 0) kept.push(madeReluPhases());
  return kept[0]!;
}

/** Of pictures with three panels in a row, so that their text is not small on a page. */
const narrow = { width: 230, height: 190 };

/** Balanced layers from one small output, at several depths of the same total rate. */
function depths() {
  const flows = [1, 2, 3, 6, Infinity].map((depth) => {
    const rate = depth === Infinity ? 1 : 1 / depth;
    return [
      `L = ${depth === Infinity ? "∞" : depth}`,
      exactFlow({ network: network({ depth, learningRates: rate }), task, initial: { output: 0.05 } }),
    ] as const;
  });
  const times = linearTimes(flows[0]![1], { until: 14 });
  return Object.fromEntries(flows.map(([name, flow]) => [name, sample(flow, times)]));
}

/** One figure a plot function, by file name. */
export function figures(theme: "light" | "dark" = "light"): Readonly<Record<string, PlotSpec>> {
  const small = starts["small start"];
  const times = linearTimes(small, { until: 3 * halfLife(small) });
  const descent = gradientDescent(small.problem, { stepSize: 0.05, steps: 140, recordEvery: 4 });
  const smooth = linearTimes(small, { count: 300, until: descent.t.at(-1)! });
  const seeds = Array.from({ length: 100 }, (_, seed) =>
    exactFlow({ network: network(), task, initial: gaussianOrderParameters({ width: 10, scale: 0.05, seed }) }),
  );
  const moving = Object.fromEntries(
    Object.entries(starts).map(([name, flow]) => [name, sample(flow, [0, ...logarithmicTimes(flow)])]),
  );
  const large = gradientDescent(starts["misaligned start"].problem, { stepSize: 0.35, steps: 60 });
  const line = noisyLine();
  const fitting = exactFlow({ network: network(), task: line, initial: { uu: 0.01, ww: 0.01, uw: 0 } });
  const several = stagesFlow();
  return {
    "lazy-and-rich": plotTrajectory(lazyAndRich(), { ...narrow, theme, quantities: ["loss", "kernel", "alignment"] }),
    trajectory: plotTrajectory(sample(small, times), { theme }),
    trajectories: plotTrajectory(moving, { ...narrow, theme, quantities: ["excessLoss", "kernel", "alignment"] }),
    descent: plotDescent(sample(small, smooth), descent, { ...narrow, theme }),
    "phase-diagram": plotPhaseDiagram(
      phaseDiagram({
        of: "exponents",
        x: { parameter: "outputScale", from: -1.5, to: 0.25, count: 141 },
        y: { parameter: "learningRates", from: -1, to: 1.5, count: 101 },
      }),
      { theme },
    ),
    "depth-diagram": plotPhaseDiagram(
      phaseDiagram({
        of: "abc",
        hiddenLayers: 3,
        x: { parameter: "b.output", from: -0.25, to: 1.25, count: 151 },
        y: { parameter: "c.hidden", from: -1.5, to: 1, count: 101 },
      }),
      { theme },
    ),
    "network-diagram": plotPhaseDiagram(
      phaseDiagram({
        of: "networks",
        x: { parameter: "width", from: 1, to: 1e6, count: 31, spacing: "logarithmic" },
        y: { parameter: "scale", from: 0.01, to: 1, count: 21, spacing: "logarithmic" },
      }),
      { theme, field: "kernelChange", here: { "width 1,024, σ = 1/32": { x: 1024, y: 1 / 32 } } },
    ),
    "regime-plane": plotRegimePlane(
      Object.fromEntries(Object.entries(named).map(([name, scaling]) => [name, regimeAt(scaling)])),
      { theme },
    ),
    mechanisms: plotMechanisms(
      mechanismsOverTime(starts["misaligned start"], { times: linearTimes(starts["misaligned start"]) }),
      { theme, report: mechanisms(starts["misaligned start"]) },
    ),
    "angle-norm": plotAngleNorm(moving, { theme, field: small.problem }),
    landscape: plotLandscape(small.problem, { ...moving, "descent, large steps": large }, { theme }),
    fit: plotFit(
      line.samples!,
      { start: fitting.at(0), "t = 0.5": fitting.at(0.5), "t = 0.8": fitting.at(0.8), end: fitting.limit },
      { theme },
    ),
    spectrum: plotSpectrum(sample(several, linearTimes(several, { until: 11 })), {
      theme,
      network: several.problem.network,
      count: 4,
    }),
    bands: plotBands(
      seeds.map((flow) => sample(flow, linearTimes(flow, { until: 8 }))),
      { ...narrow, theme },
    ),
    ensemble: plotEnsemble(
      widths((d) => d ** -0.5),
      { theme, observable: "kernelChange", along: "width d (output scale 1/√d)" },
    ),
    layers: plotLayers(layers(), { theme }),
    relu: plotTrajectory(sides(), { theme, time: "linear", quantities: ["output", "kernel", "alignment"] }),
    "relu-diagram": plotPhaseDiagram(reluPhases(), { theme, field: "died" }),
    "weight-decay": plotTrajectory(
      {
        "lazy start": decayingFrom(9, 0),
        "lazy start, decay": decayingFrom(9, 0.01),
        "small start, decay": decayingFrom(1e-3, 0.01),
      },
      { theme, quantities: ["output", "kernel", "alignment"] },
    ),
    depth: plotTrajectory(depths(), { theme, quantities: ["output", "kernel"] }),
    stages: plotTrajectory(stages(), { theme, quantities: ["output", "excessLoss"] }),
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = process.argv[2] ?? "docs/figures";
  // The dark ones are for the site alone, which shows the one that suits the reader's setting.
  mkdirSync(`${folder}/dark`, { recursive: true });
  for (const [theme, within] of [
    ["light", folder],
    ["dark", `${folder}/dark`],
  ] as const)
    for (const [name, spec] of Object.entries(figures(theme))) writeFileSync(`${within}/${name}.svg`, await renderSvg(spec));
}
