/** The notes of a task on its data, and their absence for ordinary data. */
import {
  chain,
  exactFlow,
  gradientDescent,
  integratedFlow,
  kernelMachine,
  matrixTaskFromMoments,
  matrixTaskFromSamples,
  network,
  piecewiseSchedule,
  simulateDescent,
  solve,
  taskFromSamples,
  withSchedule,
} from "feature-learning";
import seedrandom from "seedrandom";
import { describe, expect, test } from "vitest";

const random = seedrandom("notes");
const normal = (): number => random() + random() + random() + random() - 2;
const about = (pattern: RegExp, notes: readonly string[] | undefined): readonly string[] =>
  (notes ?? []).filter((note) => pattern.test(note));
const MEANS = /means of the data leave a loss/;

describe("means that no slope removes", () => {
  const x = [1, 2, 3, 4];
  const y = [2, 3.1, 3.9, 5];

  test("are told with the loss that they leave", () => {
    const { notes, xx, xy, yy } = taskFromSamples(x, y);
    expect(notes).toEqual([
      "The means of the data leave a loss that no slope removes: the least mean square error is 0.188, of which 0.184 (97.6 %) " +
        "is due to the means. Pass { center: true }, or { bias: true } for a constant input.",
    ]);
    expect(yy - xy ** 2 / xx).toBeCloseTo(0.188, 3);
    const flow = exactFlow({ network: network(), task: taskFromSamples(x, y), initial: { uu: 1, ww: 1, uw: 0 } });
    expect(flow.limit.loss).toBeCloseTo(0.188, 3);
    const centred = taskFromSamples(x, y, { center: true });
    expect(yy - xy ** 2 / xx - (centred.yy - centred.xy ** 2 / centred.xx)).toBeCloseTo(0.184, 3);
  });

  test("are the difference between least squares without and with a constant, in 200 random problems", () => {
    let told = 0;
    for (let trial = 0; trial < 200; trial++) {
      const [n, k, m] = [20, 1 + (trial % 4), 1 + (trial % 3)];
      const offset = trial % 2;
      const inputs = Array.from({ length: n }, () => Array.from({ length: k }, () => normal() + offset));
      const targets = inputs.map((row) =>
        Array.from({ length: m }, (_, o) => row[o % k]! + 3 * offset * (o + 1) + 0.5 * normal()),
      );
      const loss = (options: { bias: boolean }): number => {
        const { xx, yx, yy } = matrixTaskFromSamples(inputs, targets, { ...options, whiten: true });
        expect(xx.rows).toBe(k + (options.bias ? 1 : 0));
        return yy - yx.norm() ** 2;
      };
      const [without, least] = [loss({ bias: false }), loss({ bias: true })];
      const [note] = about(MEANS, matrixTaskFromSamples(inputs, targets).notes);
      const difference = without - least;
      expect(note !== undefined).toBe(difference > 0.1 * without || (difference > 0.01 * without && n * difference > 10 * least));
      if (note === undefined) continue;
      told++;
      const [floor, gain] = Array.from(note.matchAll(/(\d[\d.e+-]*)(?:,| \()/g), (match) => Number(match[1]));
      expect(Math.abs(floor! / without - 1)).toBeLessThan(0.006);
      expect(Math.abs(gain! / difference - 1)).toBeLessThan(0.006);
      // The same of whitened inputs.
      expect(about(MEANS, matrixTaskFromSamples(inputs, targets, { whiten: true }).notes)).toEqual([note]);
    }
    // All of the 100 with an offset, and those of the 100 others whose means are large by chance.
    expect(told).toBeGreaterThanOrEqual(100);
    expect(told).toBeLessThan(125);
  });

  test("are not told where the data are centred, have a constant input or lie on a line through 0", () => {
    for (const options of [{ center: true }, { standardize: true }, { bias: true }, { bias: 1e-3 }] as const) {
      expect(taskFromSamples(x, y, options).notes).toBeUndefined();
      expect(
        matrixTaskFromSamples(
          x.map((value) => [value, value ** 2]),
          y,
          options,
        ).notes,
      ).toBeUndefined();
    }
    expect(taskFromSamples([1, 2, 3], [2, 4, 6]).notes).toBeUndefined();
    expect(taskFromSamples([1e9, 3e9, 7e9], [0.1, 0.3, 0.7]).notes).toBeUndefined();
    expect(taskFromSamples([3], [2]).notes).toBeUndefined();
    // As many inputs as samples explain the targets whole.
    expect(
      matrixTaskFromSamples(
        [
          [1, 2],
          [3, 1],
        ],
        [1, 2],
      ).notes,
    ).toBeUndefined();
  });

  test("of the size of the sampling noise are seldom told", () => {
    let told = 0;
    for (let trial = 0; trial < 300; trial++) {
      const inputs = Array.from({ length: 200 }, normal);
      told += about(
        MEANS,
        taskFromSamples(
          inputs,
          inputs.map((value) => value + normal()),
        ).notes,
      ).length;
    }
    // χ² with one degree of freedom exceeds 10 once in 640.
    expect(told).toBeLessThan(5);
  });

  test("are told of data of any size", () => {
    for (const size of [1e-150, 1e-100, 1e100, 1e150]) {
      const scaled = (values: number[]): number[] => values.map((value) => size * value);
      expect(about(/97\.6 %/, taskFromSamples(scaled(x), scaled(y)).notes).length).toBe(1);
      expect(
        about(
          /97\.6 %/,
          matrixTaskFromSamples(
            x.map((value) => [size * value, 0]),
            y,
          ).notes,
        ).length,
      ).toBe(1);
    }
  });
});

describe("columns", () => {
  const rows = Array.from({ length: 30 }, () => [normal(), normal()]);
  const y = rows.map(([a, b]) => a! - b! + normal());
  const withColumn = (of: (row: number[]) => number): number[][] => rows.map((row) => [...row, of(row)]);

  test("without anything to tell there are no notes", () => {
    expect(matrixTaskFromSamples(rows, y).notes).toBeUndefined();
    expect(taskFromSamples(rows, y).notes).toBeUndefined();
    expect(matrixTaskFromSamples(rows, y, { whiten: true }).notes).toBeUndefined();
  });

  test("that are constant act as a bias, are 0, or are 0 once centred", () => {
    const notesOf = (value: number, options = {}): unknown =>
      matrixTaskFromSamples(
        withColumn(() => value),
        y,
        options,
      ).notes;
    expect(notesOf(3)).toEqual(["Column 2 of x (counted from 0) is constant: such an input acts as a bias of the hidden layer."]);
    expect(notesOf(0)).toEqual([
      "Column 2 of x (counted from 0) is 0 in every sample: the data do not train the weights on such an input.",
    ]);
    expect(notesOf(3, { center: true })).toEqual([
      "Column 2 of x (counted from 0) is constant, 0 once centred: the data do not train the weights on such an input.",
    ]);
    expect(
      about(
        /Column 2 .* is constant:/,
        taskFromSamples(
          withColumn(() => 3),
          y,
        ).notes,
      ).length,
    ).toBe(1);
    const task = matrixTaskFromSamples(
      withColumn(() => 3),
      y,
      { center: true },
    );
    const W1 = [[0.3, 0.2, 0.7]];
    const flow = solve({ network: network(), task, initial: { W2: [[0.5]], W1 } }, { until: 1 });
    expect(flow.weights!(1).W1.get(0, 2)).toBe(0.7);
    expect(flow.weights!(1).W1.get(0, 1)).not.toBeCloseTo(0.2, 2);
  });

  test("that nearly are constant, or only the constant input of a bias, are not told", () => {
    expect(matrixTaskFromSamples(rows, y, { bias: true }).notes).toBeUndefined();
    expect(
      about(
        /constant/,
        matrixTaskFromSamples(
          withColumn(([a]) => 1 + 1e-12 * a!),
          y,
        ).notes,
      ),
    ).toEqual([]);
  });

  test("that are multiples of each other are told, each group by its columns", () => {
    const x = rows.map(([a, b]) => [a!, b!, -3 * a!, b! / 7, a!, 1e-200 * b!]);
    expect(matrixTaskFromSamples(x, y).notes).toEqual([
      "Columns 0, 2 and 4 of x (counted from 0) are multiples of each other: the data decide only the sum of what they contribute.",
      "Columns 1 and 3 of x (counted from 0) are multiples of each other: the data decide only the sum of what they contribute.",
    ]);
    expect(about(/multiples/, taskFromSamples(x, y).notes).length).toBe(2);
    // Affine copies are multiples once they are centred.
    const affine = rows.map(([a, b]) => [a!, b!, 5 - 2 * a!]);
    expect(about(/multiples/, matrixTaskFromSamples(affine, y).notes)).toEqual([]);
    expect(about(/Columns 0 and 2 .* multiples/, matrixTaskFromSamples(affine, y, { center: true }).notes).length).toBe(1);
    expect(
      about(
        /multiples/,
        matrixTaskFromSamples(
          withColumn(([a, b]) => a! + 1e-8 * b!),
          y,
        ).notes,
      ),
    ).toEqual([]);
  });

  test("of one direction are no news, and of many columns six are named", () => {
    expect(
      taskFromSamples(
        rows.map(([a]) => [a!, 2 * a!]),
        y,
      ).notes,
    ).toBeUndefined();
    const wide = rows.map(([a]) => Array.from({ length: 20 }, (_, j) => (j + 1) * a!));
    expect(matrixTaskFromSamples(wide, y).notes![0]).toMatch(/^Columns 0, 1, 2, 3, 4, 5 and 14 others of x/);
  });

  test("that depend on each other are told where the inputs are whitened", () => {
    const x = withColumn(([a, b]) => a! + b!);
    expect(matrixTaskFromSamples(x, y, { whiten: true }).notes).toEqual([
      "The 3 columns of x have 2 independent directions, so the whitened inputs have 2 of 3 entries.",
    ]);
    expect(matrixTaskFromSamples(x, y, { whiten: true, bias: true }).notes).toEqual([
      "The 3 columns of x and the constant input have 3 independent directions, so the whitened inputs have 3 of 4 entries.",
    ]);
  });
});

test("a projection tells what it leaves out, and data on one direction do not", () => {
  const x = [
    [2, 0],
    [-2, 0],
    [0, 1],
    [0, -1],
  ];
  const y = [1, -1, 0.5, -0.5];
  expect(taskFromSamples(x, y, { project: true }).notes).toEqual([
    "The projection onto one direction leaves out 20 % of E[|x|²].",
  ]);
  expect(
    taskFromSamples(
      x.map(([a, b]) => [a! + b!, 2 * (a! + b!)]),
      y,
      { project: true },
    ).notes,
  ).toBeUndefined();
});

test("a note says that targets 0 and 1 are not labels of the logistic loss", () => {
  const x = [-2, -1, 1, 2];
  const LABELS = /logistic loss takes the labels 1 and -1/;
  expect(about(LABELS, taskFromSamples(x, [0, 0, 1, 1]).notes).length).toBe(1);
  expect(
    about(
      LABELS,
      matrixTaskFromSamples(
        x.map((value) => [value]),
        [0, 0, 1, 1],
      ).notes,
    ).length,
  ).toBe(1);
  for (const y of [
    [-1, -1, 1, 1],
    [0, 0, 0, 0],
    [1, 1, 1, 1],
    [0, 0, 1, 2],
  ])
    expect(about(LABELS, taskFromSamples(x, y).notes)).toEqual([]);
  expect(about(LABELS, taskFromSamples(x, [0, 0, 1, 1], { center: true }).notes)).toEqual([]);
});

test("notes change no number, and only sentences are taken for notes", () => {
  const task = taskFromSamples([1, 2, 3, 4], [2, 3.1, 3.9, 5]);
  const { notes, ...silent } = task;
  const problem = { network: network(), initial: { uu: 1, ww: 1, uw: 0 } };
  expect(exactFlow({ ...problem, task }).at(1)).toEqual(exactFlow({ ...problem, task: silent }).at(1));
  expect(notes?.length).toBe(1);
  for (const bad of ["a sentence", [1], {}])
    expect(() => exactFlow({ ...problem, task: { ...task, notes: bad as never } })).toThrow(/task\.notes is .*; pass an array/);
});

test("a task's notes are on every flow and descent of it", () => {
  const net = network();
  const task = taskFromSamples([1, 2, 3, 4], [2, 3.1, 3.9, 5]);
  const one = { network: net, task, initial: { u: [0.1, 0.2], w: [0.1, -0.1] } };
  const rows = [
    [1, 1],
    [2, 0],
    [3, 1],
    [4, 0],
  ];
  const targets = [
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 1],
  ];
  const several = matrixTaskFromSamples(rows, targets);
  const initial = {
    W2: [
      [0.1, 0.2],
      [0.2, 0.1],
    ],
    W1: [
      [0.1, 0.3],
      [0.2, 0.1],
    ],
  };
  const matrices = { network: net, task: several, initial };
  const vectorTask = taskFromSamples(rows, [2, 3.1, 3.9, 5]);
  const vector = { network: net, task: vectorTask, initial: { u: [0.1, 0.2], W: initial.W1 } };
  const steps = { stepSize: 0.001, steps: 2 };
  const until = { until: 1 };
  for (const [notes, made] of [
    [task.notes, exactFlow(one)],
    [task.notes, integratedFlow(one)],
    [task.notes, kernelMachine(one)],
    [task.notes, withSchedule(exactFlow(one), piecewiseSchedule([{ factor: 1 }]))],
    [task.notes, chain({ network: net, initial: one.initial, stages: [{ task, duration: 1 }, { task }] })],
    [task.notes, gradientDescent(one, steps)],
    [task.notes, simulateDescent(one, steps)],
    [several.notes, solve(matrices, until)],
    [several.notes, gradientDescent(matrices, steps)],
    [several.notes, simulateDescent({ ...matrices }, steps)],
    [vectorTask.notes, solve(vector, until)],
    [vectorTask.notes, gradientDescent(vector, steps)],
  ] as const) {
    expect(notes!.length).toBeGreaterThan(0);
    expect(made.notes).toEqual(notes);
  }
  const silent = matrixTaskFromMoments({ xx: [[1]], yx: [[1]], yy: 1 });
  const quiet = { network: net, task: silent, initial: { W2: [[0.1]], W1: [[0.1]] } };
  expect("notes" in solve(quiet) || "notes" in gradientDescent(quiet, steps)).toBe(false);
});

test("a projection by solve has the same note as one by the task", () => {
  const x = [
    [1, 0.1],
    [-1, 0.1],
    [2, -0.2],
  ];
  const y = [1, -1, 2];
  const initial = { uu: 1, ww: 1, uw: 0 };
  const asked = solve({ network: network(), task: taskFromSamples(x, y), initial }, { project: true });
  const made = taskFromSamples(x, y, { project: true });
  const about = (notes: readonly string[] | undefined): readonly string[] =>
    (notes ?? []).filter((note) => /projection/.test(note));
  expect(about(asked.notes).length).toBe(1);
  expect(about(asked.notes)).toEqual(about(made.notes));
  expect(about(solve({ network: network(), task: made, initial }, { project: true }).notes).length).toBe(1);
});
