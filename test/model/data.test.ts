/**
 * Results are data: they survive structuredClone and JSON, and every function that takes them takes the
 * copies.
 */
import * as fc from "fast-check";
import {
  type AnyDescent,
  type AnyTrajectory,
  design,
  evaluate,
  exactFlow,
  gaussianLayers,
  gaussianMatrixLayers,
  gaussianWeights,
  gradientDescent,
  type HalfLineDescent,
  type HalfLineFlow,
  linearTimes,
  matrixTaskFromSamples,
  mechanisms,
  mechanismsOverTime,
  mirrored,
  network,
  orderParameters,
  type Problem,
  regime,
  sample,
  sharpness,
  simulateDescent,
  solve,
  type Trajectory,
  taskFromMoments,
  taskFromSamples,
  timesTo,
  trajectoryOf,
} from "feature-learning";
import {
  plotAngleNorm,
  plotBands,
  plotDescent,
  plotEnsemble,
  plotLayers,
  plotMechanisms,
  plotPhaseDiagram,
  plotRegimePlane,
  plotTrajectory,
} from "feature-learning/plot";
import { assembleDiagram, assembleEnsemble, chunksOf, ensemble, phaseDiagram, runChunk } from "feature-learning/sweep";
import { Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";

const json = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const copies = { structuredClone: <T>(value: T): T => structuredClone(value), JSON: json };
const ways = Object.entries(copies);

const task = taskFromSamples([-2, -1, 0.5, 1], [-1, -0.7, 0.2, 1]);
const plane = taskFromSamples(
  [
    [1, 0.2],
    [-1, 0.3],
    [0.4, -2],
    [0.1, 1],
  ],
  [1, -1, 0.5, 2],
);
const pairs = matrixTaskFromSamples(
  [
    [1, 0.2],
    [-1, 0.3],
    [0.4, -2],
    [0.1, 1],
  ],
  [
    [1, 0],
    [-1, 0.5],
    [0.5, 1],
    [2, 0.3],
  ],
  {
    standardize: true,
  },
);
const weights = gaussianWeights({ width: 5, scale: 0.4, seed: 1 });
const problems: readonly (readonly [string, Problem])[] = [
  ["weights", { network: network({ outputScale: 2 }), task, initial: weights }],
  ["order parameters", { network: network(), task, initial: orderParameters(weights) }],
  ["a frozen layer", { network: network({ learningRates: { u: 0, w: 1 } }), task, initial: { uu: 0.5, ww: 0.2, uw: 0.1 } }],
  [
    "weights that decay",
    { network: network({ weightDecay: { u: 0.1, w: 0.05 }, learningRates: { u: 1, w: 2 } }), task, initial: weights },
  ],
  ["three layers", { network: network({ depth: 3 }), task, initial: { layers: [0.4, -0.3, 0.5] } }],
  ["layers { u, W }", { network: network(), task: plane, initial: gaussianLayers({ width: 4, inputs: 2, scale: 0.5, seed: 1 }) }],
  [
    "layers { W2, W1 }",
    { network: network(), task: pairs, initial: gaussianMatrixLayers({ task: pairs, width: 4, scale: 0.5, seed: 1 }) },
  ],
];

describe.each(ways)("after %s", (_, copy) => {
  test.each(problems)("a problem of %s is solved alike, and its descents are the same", (_name, problem) => {
    const flow = solve(problem);
    const again = solve(copy(problem));
    for (const t of [0, 0.5, flow.until]) expect(again.at(t)).toEqual(flow.at(t));
    const options = { stepSize: 0.05, steps: 20 };
    expect(gradientDescent(copy(problem), options)).toEqual(gradientDescent(problem, options));
  });

  test.each(problems)("the trajectory and the descent of %s give the same verdicts and pictures", (_name, problem) => {
    const flow = solve(problem);
    const rows: readonly AnyTrajectory[] = [
      sample(flow, [0, 0.1, 0.5, 1, 2, Math.min(flow.until, 1e300)]) as AnyTrajectory,
      gradientDescent(problem, { stepSize: 0.05, steps: 20 }) as unknown as AnyTrajectory,
    ];
    for (const trajectory of rows) {
      const other = copy(trajectory);
      expect(mechanisms(other)).toEqual(mechanisms(trajectory));
      expect(mechanismsOverTime(other)).toEqual(mechanismsOverTime(trajectory));
      expect(regime(other as Parameters<typeof regime>[0])).toEqual(regime(trajectory as Parameters<typeof regime>[0]));
      const split = mechanismsOverTime(trajectory);
      expect(plotMechanisms(copy(split))).toEqual(plotMechanisms(split));
      const [a, b] = [other, trajectory] as Trajectory[];
      expect(plotLayers({ pair: a! })).toEqual(plotLayers({ pair: b! }));
      expect(plotTrajectory(a!)).toEqual(plotTrajectory(b!));
      expect(plotTrajectory({ one: a!, two: a! })).toEqual(plotTrajectory({ one: b!, two: b! }));
      if ("area" in trajectory) expect(plotAngleNorm(a!)).toEqual(plotAngleNorm(b!));
      expect(plotDescent(a!, a!)).toEqual(plotDescent(b!, b!));
      expect(plotBands([a!, a!])).toEqual(plotBands([b!, b!]));
    }
  });

  test.each(problems)("the descent of %s answers the same questions", (_name, problem) => {
    const descent = gradientDescent(problem, { stepSize: 0.05, steps: 20 }) as AnyDescent;
    const other = copy(descent);
    const target = { excessLossFraction: 0.9 };
    expect(timesTo(other, target)).toEqual(timesTo(descent, target));
    expect(linearTimes(other)).toEqual(linearTimes(descent));
    expect(evaluate(other, descent.t[7]!, problem.task)).toBeCloseTo(evaluate(descent, descent.t[7]!, problem.task), 12);
    expect(sharpness(other, descent.t[7]!)).toBeCloseTo(sharpness(descent, descent.t[7]!), 10);
  });

  test.each(problems)("the snapshots of %s are starts, the frozen layer's infinite balance too", (name, problem) => {
    const flow = solve(problem);
    const snapshot = flow.at(0.3);
    const on = (initial: unknown) => solve({ ...problem, initial } as Problem).at(1);
    expect(on(copy(snapshot))).toEqual(on(snapshot));
    if (name === "a frozen layer") expect((copy(snapshot) as { balance?: unknown }).balance).not.toBeNull();
  });

  test("weights and tasks are taken by what takes them", () => {
    expect(orderParameters(copy(weights))).toEqual(orderParameters(weights));
    expect(mirrored(copy(weights))).toEqual(mirrored(weights));
    const flow = solve(problems[0]![1]);
    expect(evaluate(flow, 1, copy(task))).toBe(evaluate(flow, 1, task));
    const standard = taskFromSamples([1, 2, 3, 6], [10, 20, 40, 50], { standardize: true });
    expect(taskFromSamples([4, 5], [1, 2], { like: copy(standard) })).toEqual(
      taskFromSamples([4, 5], [1, 2], { like: standard }),
    );
    expect(matrixTaskFromSamples([[1, 2]], [[3, 4]], { like: copy(pairs) })).toEqual(
      matrixTaskFromSamples([[1, 2]], [[3, 4]], { like: pairs }),
    );
  });

  test("the simulation, the regime and the design are numbers that can be used again", () => {
    const simulated = simulateDescent(problems[0]![1] as never, { stepSize: 0.1, steps: 5 }) as unknown as {
      weights: unknown;
      t: unknown;
    };
    expect(orderParameters(copy(simulated).weights as never)).toEqual(orderParameters(simulated.weights as never));
    const place = regime(
      exactFlow({ network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial: { uu: 1, ww: 1, uw: 0 } }),
    );
    expect(plotRegimePlane({ one: copy(place) })).toEqual(plotRegimePlane({ one: place }));
    const endless = { ...place, place: { start: 0, end: Infinity } };
    expect(plotRegimePlane({ one: { ...endless, place: { start: 0, end: "Infinity" } } as never })).toEqual(
      plotRegimePlane({ one: endless }),
    );
    const made = design({ target: { kernelRatio: 4 }, given: { width: 100 } });
    const again = copy(made);
    expect(again).toEqual(made);
    expect(again.family.at).toBeUndefined();
    const problem = { network: again.network, task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial: again.initial };
    expect(regime(solve(problem)).kernelRatio).toBeCloseTo(4, 9);
  });

  test("diagrams, ensembles and chunks are put together and drawn", () => {
    const axes = {
      x: { parameter: "width", from: 1, to: 100, count: 3 },
      y: { parameter: "scale", from: 0.1, to: 1, count: 3 },
    } as const;
    const grid = { of: "networks", ...axes } as const;
    expect(
      assembleDiagram(
        copy(grid),
        chunksOf(grid, 1).map((chunk) => copy(runChunk(copy(chunk)))),
      ),
    ).toEqual(phaseDiagram(grid));
    const diagram = phaseDiagram(grid);
    for (const field of Object.keys(diagram.fields))
      expect(plotPhaseDiagram(copy(diagram), { field })).toEqual(plotPhaseDiagram(diagram, { field }));
    // Plateaus of some starts never end: infinite numbers.
    const job = {
      of: "ensemble",
      settings: { width: 3 },
      measure: ["plateau", { timeTo: { output: 2 } }],
      times: [0, "end"],
      fields: ["loss"],
      draws: 40,
      seed: 1,
    } as const;
    const drawn = ensemble(job);
    expect([...drawn.values.data]).toContain(Infinity);
    expect(
      assembleEnsemble(
        job,
        chunksOf(job, 7).map((chunk) => copy(runChunk(copy(chunk)))),
      ),
    ).toEqual(drawn);
    const options = { observable: "plateau", along: "width" };
    const both = (one: typeof drawn) => [
      { value: 1, ensemble: one },
      { value: 2, ensemble: one },
    ];
    expect(plotEnsemble(both(copy(drawn)), options)).toEqual(plotEnsemble(both(drawn), options));
    expect(plotBands(copy(drawn))).toEqual(plotBands(drawn));
  });
});

describe.each([
  ["ReLU", "relu"],
  ["leaky ReLU", { leaky: 0.1 }],
] as const)("networks of %s neurons", (_name, activation) => {
  const problem = { network: network({ activation }), task, initial: weights };
  const flow = solve(problem) as unknown as HalfLineFlow;
  const trajectory = sample(flow, [0, 0.1, 0.5, 1]);
  const descent = gradientDescent(problem, { stepSize: 0.05, steps: 20 }) as unknown as HalfLineDescent;

  test.each(ways)("after %s problems, trajectories, descents and events are what they were", (_, copy) => {
    const again = solve(copy(problem)) as unknown as HalfLineFlow;
    expect(again.at(1)).toEqual(flow.at(1));
    expect(again.events).toEqual(flow.events);
    expect(copy(flow.events)).toEqual(flow.events);
    expect(plotTrajectory(copy(trajectory) as never)).toEqual(plotTrajectory(trajectory as never));
    expect(regime(copy(trajectory) as never)).toEqual(regime(trajectory as never));
    expect(timesTo(copy(descent), { excessLossFraction: 0.9 })).toEqual(timesTo(descent, { excessLossFraction: 0.9 }));
    expect(evaluate(copy(descent), descent.t[7]!, task)).toBe(evaluate(descent, descent.t[7]!, task));
    const half = sample(flow.halves.positive, [0, 1, 2]);
    expect(mechanisms(copy(half))).toEqual(mechanisms(half));
  });

  test("rows give the trajectory back", () => {
    expect(trajectoryOf(trajectory.toRows() as never)).toEqual(trajectory);
    expect(trajectoryOf(json(trajectory.toRows()) as never)).toEqual(trajectory);
  });
});

describe("trajectoryOf is the inverse of toRows", () => {
  test.each(problems)("for trajectories and descents of %s, also through JSON", (_name, problem) => {
    const flow = solve(problem);
    const last = flow.until === Infinity ? Infinity : flow.until;
    const trajectory = sample(flow, [0.5, 0, 1, last]);
    const of = trajectoryOf as (rows: readonly unknown[]) => object;
    expect(of(trajectory.toRows())).toEqual(trajectory);
    expect(of(json(trajectory.toRows()))).toEqual(trajectory);
    const descent = gradientDescent(problem, { stepSize: 0.05, steps: 5 });
    const columns = of(json(descent.toRows())) as Readonly<Record<string, unknown>>;
    for (const [name, column] of Object.entries(columns)) expect(descent[name as keyof typeof descent]).toEqual(column);
    expect(Object.keys(columns).length).toBeGreaterThan(7);
  });

  test("a log's rows are the log again", () => {
    const log = trajectoryOf(
      [
        { t: 1, uu: 1, ww: 2, uw: 0, loss: 3 },
        { t: 2, uu: 1, ww: 2, uw: 0.5, loss: 2 },
      ],
      { outputScale: 3 },
    );
    expect(trajectoryOf((log as unknown as { toRows(): never[] }).toRows())).toEqual(log);
  });

  test("rows of several shapes are refused", () => {
    const rows = sample(solve(problems.at(-1)![1]), [0, 1]).toRows() as unknown as Record<string, unknown>[];
    expect(() => trajectoryOf([rows[0]!, { ...rows[1]!, output: [[1]] }] as never)).toThrow(
      /trajectoryOf: samples\[1\].output is 1×1/,
    );
  });
});

test("results are compared by their numbers, and their methods are not enumerable", () => {
  const flow = solve(problems[0]![1]);
  const trajectory = sample(flow, [0, 1]);
  expect(sample(flow, [0, 1])).toEqual(trajectory);
  const listed: string[] = [];
  for (const name in trajectory) listed.push(name);
  expect(listed).toEqual(Object.keys(flow.at(0)));
  const run = gradientDescent(problems[0]![1], { stepSize: 0.1, steps: 2 }) as { weights?: unknown };
  expect(typeof run.weights).toBe("function");
  expect(Object.keys(run)).not.toContain("weights");
});

test("numbers of every size survive JSON in columns, in strided records and in chunks", () => {
  const special = fc.oneof(fc.double(), fc.constantFrom(Infinity, -Infinity, NaN, -0, 5e-324, 1.7976931348623157e308));
  fc.assert(
    fc.property(fc.array(special, { minLength: 1, maxLength: 20 }), (values) => {
      const job = { of: "ensemble", settings: { width: 3 }, measure: ["rate"], draws: values.length, seed: 1 } as const;
      const result = { ...runChunk(chunksOf(job, values.length)[0]!) };
      const numbers = Float64Array.from(values);
      const direct = assembleEnsemble(job, [{ ...result, values: numbers }]).values.data;
      const text = JSON.stringify({ values: values.map((x) => (Number.isFinite(x) ? x : String(x))) });
      expect(assembleEnsemble(job, [{ ...result, ...JSON.parse(text) }]).values.data).toEqual(direct.map((x) => x + 0));
    }),
    { seed: 18, numRuns: 100 },
  );
});

test("ml-matrix matrices are read after a clone, after JSON, and by their fields with flat data", () => {
  const W1 = new Matrix([
    [0.1, 0.2],
    [0.3, -0.4],
    [0.5, 0.6],
  ]);
  const W2 = new Matrix([[1, 0.5, -1]]);
  const expected = orderParameters({ W2, W1 });
  const flat = (matrix: Matrix) => ({ rows: matrix.rows, columns: matrix.columns, data: matrix.to1DArray() });
  for (const copy of [structuredClone, json, flat] as ((matrix: Matrix) => never)[])
    expect(orderParameters({ W2: copy(W2), W1: copy(W1) })).toEqual(expected);
  const torn = {
    rows: 3,
    columns: 2,
    data: [
      [1, 2, 3],
      [4, 5, 6],
    ],
  };
  expect(() => orderParameters({ W2, W1: torn as never })).toThrow(
    /orderParameters: weights.W1 is an object with rows, columns, data; pass an array of rows/,
  );
});

test("a network of infinite depth goes through JSON as text, and null is no depth", () => {
  const infinite = network({ depth: Infinity });
  expect(network(JSON.parse(JSON.stringify(infinite)))).toEqual(infinite);
  const problem = { network: infinite, task: taskFromMoments({ xx: 1, xy: 1, yy: 1.2 }), initial: { output: 0.01 } };
  const flow = solve(problem);
  expect(solve(JSON.parse(JSON.stringify(flow.problem)) as typeof problem).at(1).output).toBe(flow.at(1).output);
  expect(() => network({ depth: null as never })).toThrow("network: depth is null");
});
