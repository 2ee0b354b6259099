/** Any argument is refused with the library's own error or accepted, and is never changed or kept. */
import * as library from "feature-learning";
import * as deep from "feature-learning/deep";
import * as ndarrays from "feature-learning/ndarray";
import * as parallel from "feature-learning/parallel";
import * as plot from "feature-learning/plot";
import * as sweep from "feature-learning/sweep";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

// biome-ignore lint/suspicious/noExplicitAny: wrong types are this file's subject
type Any = any;

const { exactFlow, FeatureLearningError, network, sample, taskFromMoments, taskFromSamples } = library;
const moments = { xx: 1, xy: 0.5, yy: 1 };
const net = network();
const task = taskFromMoments(moments);
const initial = { u: [1, 0.5], w: [0.2, 0.3] };
const problem = { network: net, task, initial };
const reduced = { network: net, task, initial: { uu: 1, ww: 1, uw: 0.1 } };
const flow = exactFlow(problem);
const rows = sample(flow, [0, 1]);
const logged = library.trajectoryOf([
  { uu: 1, ww: 1, uw: 0 },
  { uu: 1, ww: 1, uw: 0.5 },
]);
const samples = { x: [-1, 1, 0.5], y: [-1, 0.9, 0.6] };
const exponents = { width: 1, outputScale: -0.5, scale: 0, learningRates: 0 };
const axes = {
  x: { parameter: "width", from: 1, to: 100, count: 3, spacing: "logarithmic" },
  y: { parameter: "scale", from: 0.1, to: 1, count: 3 },
} as const;
const grid = { of: "networks", ...axes } as const;
const job = { of: "ensemble", settings: { width: 4 }, measure: ["rate"], draws: 10, seed: 1 } as const;
const chunk = sweep.chunksOf(job, 10)[0]!;
const drawn = sweep.ensemble(job);
const spec = plot.plotTrajectory(rows);
const steps = { stepSize: 0.1, steps: 3 };
const layer = [
  [1, 2],
  [3, 4],
];
const npy = new Uint8Array(0);

const matrixTask = library.matrixTaskFromMoments({ xx: [[1]], yx: [[0.5]], yy: 1 });
const matrixProblem = { network: net, task: matrixTask, initial: { W2: [[1, 0.5]], W1: [[0.2], [0.3]] } };
const matrixRows = sample(library.integratedFlow(matrixProblem), [0, 1]);
const modes = library.exactFlow(matrixProblem, { family: "modes" });

/** One sound call of every public function: what follows is about its arguments. Readers of files are refused what is no file. */
const calls: Readonly<Record<string, readonly Any[]>> = {
  abcAtDepth: ["ntk", 3],
  abcOfScaling: [library.parametrizations.ntk],
  scalingOfAbc: [{ a: [0, 0.5], b: [0, 0], c: 0 }],
  alignedLayers: [{ task: matrixTask, depth: 3, width: 2, scale: 0.5, seed: 1 }],
  alignedWeights: [{ width: 3, alignment: 0.5, scale: 1, seed: 1 }],
  balancedWeights: [{ width: 3, scale: 1, seed: 1 }],
  chain: [{ network: net, initial: { uu: 1, ww: 1, uw: 0.5 }, stages: [{ task, duration: 1 }, { task }] }],
  cosineSchedule: [{ duration: 1 }],
  descentGap: [problem, { stepSize: 0.01 }],
  descentOutcome: [problem, { stepSize: 0.1 }],
  design: [{ target: { kernelRatio: 10 }, given: { scale: { u: 1, w: 2 } } }],
  dominantMechanism: [{ normProduct: 1, angle: 1, target: 2 }],
  evaluate: [flow, 1, task],
  exactApplies: [problem],
  exactFlow: [problem, {}],
  forecast: [{ task, width: 8, abc: { a: [0, 0.5], b: 0, c: 0 } }],
  exponentialSchedule: [{ decayTime: 1 }],
  fromLayers: [layer, [1, 2], [0.6, 0.8]],
  gaussianLayers: [{ width: 3, inputs: 2, scale: 1, seed: 1 }],
  gaussianMatrixLayers: [{ task: matrixTask, width: 3, scale: 1, seed: 1 }],
  gaussianOrderParameters: [{ width: 3, scale: 1, seed: 1 }],
  gaussianWeights: [{ width: 3, scale: 1, seed: 1 }],
  gradientDescent: [problem, steps],
  halfLife: [flow],
  integratedFlow: [problem, { until: 1 }],
  kaimingLayers: [{ inputs: 2, outputs: 2, width: 3, seed: 1 }],
  kaimingWeights: [{ width: 3, seed: 1 }],
  kernelMachine: [problem],
  lambdaBalancedLayers: [{ width: 2, inputs: 2, outputs: 3, seed: 1 }],
  learningStages: [modes],
  linearTimes: [flow, { count: 3 }],
  logarithmicTimes: [flow, { count: 3 }],
  matrixTaskFromMoments: [{ xx: [[1]], yx: [[1]], yy: 2 }],
  matrixTaskFromSamples: [layer, layer, {}],
  mechanisms: [flow, {}],
  mechanismsOverTime: [flow, {}],
  mirrored: [initial],
  network: [{ outputScale: 2 }],
  oneDirectionFlow: [problem],
  orderParameters: [initial],
  phase: [exponents],
  piecewiseSchedule: [[{ factor: 1 }]],
  plateau: [flow],
  pytorchLayers: [{ task, width: 3, seed: 1 }],
  pytorchWeights: [{ task, width: 3, seed: 1 }],
  regime: [flow, {}],
  sample: [flow, [0, 1], {}],
  saxeAlignedLayers: [{ task: matrixTask, width: 2, scale: 1, seed: 1 }],
  scaleNetwork: [exponents, 100, {}],
  sensitivities: [problem, 1],
  sharpness: [problem],
  simulateDescent: [problem, steps],
  singleNeuron: [{ output: [1, 2] }],
  solve: [problem, {}],
  stability: [problem, {}],
  stepsToTime: [3, 0.1],
  taskFromMoments: [moments],
  taskFromSamples: [samples.x, samples.y, {}],
  timesTo: [flow, { output: 0.4 }],
  timeTo: [flow, { output: 0.4 }],
  timeToSteps: [1, 0.1],
  trajectoryOf: [[{ uu: 1, ww: 1, uw: 0 }], {}],
  warmupSchedule: [{ warmup: 1 }],
  withSchedule: [flow, library.exponentialSchedule({ decayTime: 1 })],
  xavierLayers: [{ task: matrixTask, width: 3, seed: 1 }],
  xavierWeights: [{ width: 3, seed: 1 }],
  empiricalKernel: [layer],
  kernelMovement: [
    [
      [2, 1],
      [1, 2],
    ],
    [
      [2, 1],
      [1, 2],
    ],
  ],
  kernelTargetAlignment: [
    [
      [2, 1],
      [1, 2],
    ],
    [1, 2],
  ],
  layerOverlap: [layer, layer],
  layerSpectrum: [layer],
  readCheckpoint: [npy],
  readNpy: [npy],
  readNpz: [npy],
  readSafetensors: [npy],
  recordLayers: [],
  assembleDiagram: [grid, sweep.chunksOf(grid, 3).map(sweep.runChunk)],
  assembleEnsemble: [job, [sweep.runChunk(chunk)]],
  chunksOf: [job, 5],
  classifyNetworks: [{ uu: 1, ww: 1, uw: [0.5, 0.6], xy: 1 }],
  ensemble: [job, {}],
  phaseDiagram: [grid, {}],
  runChunk: [chunk],
  runParallel: [job, {}],
  toNdarray: [drawn.values],
  reduce: [drawn.values, "mean", { axis: 0 }],
  scalingLaw: [{ parametrization: exponents, observable: "rate", widths: [10, 100], draws: 3, seed: 1 }],
  wideLimit: [{ width: 100 }],
  display: [spec],
  plotAngleNorm: [rows, {}],
  plotBands: [[rows, rows], {}],
  plotDescent: [rows, rows, {}],
  plotEnsemble: [
    [
      { value: 1, ensemble: drawn },
      { value: 2, ensemble: drawn },
    ],
    { observable: "rate", along: "width" },
  ],
  plotFit: [{ x: [1, 2], y: [1, 2] }, { output: 1 }, {}],
  plotLandscape: [problem, rows, {}],
  plotLayers: [{ pair: logged }, {}],
  plotMechanisms: [library.mechanismsOverTime(flow), {}],
  plotPhaseDiagram: [sweep.phaseDiagram(grid), {}],
  plotRegimePlane: [{ one: library.regime(exactFlow(reduced)) }, {}],
  plotSpectrum: [matrixRows, {}],
  plotTrajectory: [rows, {}],
  renderSvg: [spec],
};

const functions = Object.fromEntries(
  Object.entries({ ...library, ...deep, ...sweep, ...plot, ...ndarrays, ...parallel }).filter(
    ([name, value]) => typeof value === "function" && name !== "FeatureLearningError",
  ),
) as Readonly<Record<string, (...args: Any[]) => Any>>;

const throwing = (): Any => {
  throw new Error("a trap");
};
/** Classes of bad arguments. */
const bad: Readonly<Record<string, unknown>> = {
  null: null,
  NaN: Number.NaN,
  "-Infinity": Number.NEGATIVE_INFINITY,
  text: "x",
  symbol: Symbol("s"),
  bigint: 3n,
  function: () => 1,
  date: new Date(0),
  map: new Map(),
  "array of text": ["x"],
  "array of NaN": [Number.NaN],
  "unknown key": { nonsense: 1 },
  "getter that throws": Object.defineProperty({}, "u", { enumerable: true, get: throwing }),
  "proxy that throws": new Proxy({}, { get: throwing, has: throwing, ownKeys: throwing, getOwnPropertyDescriptor: throwing }),
  "revoked proxy": (() => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  })(),
  "array of a billion holes": new Array(1e9),
};

async function outcome(run: () => Any): Promise<unknown> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** No file, or no worker threads of the sources: refused although the call is otherwise sound. */
const cannotHere = ["readCheckpoint", "readNpy", "readNpz", "readSafetensors", "runParallel"];

/** What is sound in some places: a schedule is its factor, and results may have NaN in them. */
const sound: readonly string[] = ["withSchedule 1: function", "toNdarray 0: array of NaN", "reduce 0: array of NaN"];

describe("every public function", () => {
  test("is in the table", () => {
    expect(Object.keys(functions).sort()).toEqual(Object.keys(calls).sort());
  });

  test.each(Object.keys(calls))("%s: refuses every class of bad argument in every place, and only so", async (name) => {
    const call = calls[name]!;
    const run = functions[name]!;
    const error = await outcome(() => run(...call));
    if (!cannotHere.includes(name)) expect(error).toBeUndefined();
    for (const place of call.keys()) {
      for (const [what, value] of Object.entries(bad)) {
        const args = call.with(place, value);
        const found = await outcome(() => run(...args));
        if (sound.includes(`${name} ${place}: ${what}`)) {
          expect(found).toBeUndefined();
          continue;
        }
        expect(found, `${name}, argument ${place}: ${what}`).toBeInstanceOf(FeatureLearningError);
        expect((found as Error).message, what).toMatch(/^[a-zA-Z]+(?: of checkpoint \d+)?[:,]/);
      }
    }
  });

  const here = Object.keys(calls).filter((name) => !cannotHere.includes(name));
  test.each(here)("%s: takes frozen arguments, and leaves them as they were", async (name) => {
    const sound = calls[name]!;
    const before = JSON.stringify(sound, (_, value) => (typeof value === "function" ? "function" : value));
    expect(await outcome(() => functions[name]!(...sound.map(frozen)))).toBeUndefined();
    expect(JSON.stringify(sound, (_, value) => (typeof value === "function" ? "function" : value))).toBe(before);
  });
});

/** Functions and flows are not data; their values are. */
function isProgram(value: Any): boolean {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  return (
    typeof value === "function" || (typeof value === "object" && Object.values(value).some((one) => typeof one === "function"))
  );
}

/** Where JSON would lose a number: paths of infinite numbers and NaN that the text has as null. */
function lost(value: Any, copy: Any, path: string): string[] {
  if (typeof value === "number") return Number.isFinite(value) || copy === String(value) ? [] : [path];
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return [];
  return Object.entries(value).flatMap(([key, one]) => lost(one, copy?.[key], `${path}.${key}`));
}

describe("results are data", () => {
  const programs: string[] = [];
  test.each(Object.keys(calls).filter((name) => !cannotHere.includes(name)))("%s", async (name) => {
    const result = await functions[name]!(...calls[name]!);
    if (isProgram(result)) {
      programs.push(name);
      return;
    }
    expect(structuredClone(result)).toEqual(result);
    const text = JSON.stringify(result);
    if (text !== undefined) expect(lost(result, JSON.parse(text), name)).toEqual([]);
  });

  test("only flows, schedules and sources are not data", () => {
    expect(programs).toMatchInlineSnapshot(`
      [
        "chain",
        "cosineSchedule",
        "exactFlow",
        "exponentialSchedule",
        "integratedFlow",
        "kernelMachine",
        "oneDirectionFlow",
        "piecewiseSchedule",
        "solve",
        "warmupSchedule",
        "withSchedule",
        "recordLayers",
        "wideLimit",
        "display",
      ]
    `);
  });
});

/** Frozen as deep as plain objects and arrays go. */
function frozen(value: Any): Any {
  if (Array.isArray(value)) return Object.freeze(value.map(frozen));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.freeze({ ...value, ...Object.fromEntries(Object.entries(value).map(([key, one]) => [key, frozen(one)])) });
}

describe("arrays of every kind are the same numbers", () => {
  const [u, w] = [
    [1, -2, 3, 0.5],
    [0.5, 0.25, -1, 2],
  ] as const;
  const expected = exactFlow({ network: net, task, initial: { u, w } }).at(1);
  const spread = (values: readonly number[], stride: number): Float64Array => {
    const data = new Float64Array(values.length * Math.abs(stride) + 3).fill(Number.NaN);
    const offset = stride < 0 ? 2 + (values.length - 1) * -stride : 2;
    for (const [i, value] of values.entries()) data[offset + i * stride] = value;
    return data;
  };
  const strided = (values: readonly number[], stride: number): Any =>
    ndarray(spread(values, stride), [values.length], [stride], stride < 0 ? 2 + (values.length - 1) * -stride : 2);

  const kinds: Readonly<Record<string, (values: readonly number[]) => Any>> = {
    array: (values) => [...values],
    Float32Array: (values) => Float32Array.from(values),
    "shared buffer": (values) => {
      const shared = new Float64Array(new SharedArrayBuffer(8 * values.length));
      shared.set(values);
      return shared;
    },
    "resizable buffer": (values) => {
      const Resizable = ArrayBuffer as Any;
      const view = new Float64Array(new Resizable(8 * values.length, { maxByteLength: 800 }));
      view.set(values);
      return view;
    },
    "view into a buffer": (values) => {
      const view = new Float64Array(new ArrayBuffer(8 * values.length + 16), 8, values.length);
      view.set(values);
      return view;
    },
    "ndarray, every third": (values) => strided(values, 3),
    "ndarray, backwards": (values) => strided(values, -2),
  };

  test.each(Object.keys(kinds))("%s", (kind) => {
    const make = kinds[kind]!;
    const mine = { u: make(u), w: make(w) };
    const made = exactFlow({ network: net, task, initial: mine });
    expect(made.at(1)).toEqual(expected);
    // What becomes of them later is nobody's business.
    for (const layer of [mine.u, mine.w]) (layer.data ?? layer).fill(7);
    expect(made.at(1)).toEqual(expected);
    expect(Array.from(made.weights(0).u)).toEqual([...u]);
  });

  test("a matrix with rows and columns exchanged", () => {
    const data = Float64Array.of(1, 2, 3, 2, 4, 6);
    const given = taskFromSamples(ndarray(data, [3, 2], [1, 3]) as Any, [1, 2, 3]);
    const plain = [
      [1, 2],
      [2, 4],
      [3, 6],
    ];
    expect(given.xx).toBe(taskFromSamples(plain, [1, 2, 3]).xx);
  });

  test("a shape beyond memory is refused", () => {
    const endless = { shape: [1e15], stride: [0], offset: 0, data: [1] };
    expect(() => taskFromSamples(endless as Any, [1])).toThrow(/more than fit in memory/);
  });
});

describe("polluted prototypes", () => {
  test("are no options", () => {
    const before = JSON.stringify(network());
    const poison = Object.prototype as Any;
    try {
      poison.weightDecay = 1;
      poison.outputScale = 9;
      poison.project = true;
      expect(JSON.stringify(network())).toBe(before);
      expect(JSON.stringify(network({}))).toBe(before);
      expect(taskFromSamples(samples.x, samples.y).projected).toBe(false);
    } finally {
      delete poison.weightDecay;
      delete poison.outputScale;
      delete poison.project;
    }
  });

  test("cannot come from names", () => {
    const recorder = deep.recordLayers();
    const layers = JSON.parse('{"__proto__": [[1]], "constructor": [[2]], "last": [[3]]}');
    recorder.record(0, layers);
    recorder.record(1, layers);
    expect(Object.keys(recorder.trajectories())).toEqual(["constructor·__proto__", "last·constructor"]);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  test("options of a class are read, inherited or not", () => {
    class Options {
      get outputScale(): number {
        return 3;
      }
    }
    expect(network(new Options()).outputScale).toBe(3);
  });
});
