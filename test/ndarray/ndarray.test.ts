/** Results as ndarrays: shared numbers, every axis, reductions that a plain loop confirms. */
import { exactFlow, matrixTaskFromMoments, network, sample } from "feature-learning";
import { reduce, toNdarray } from "feature-learning/ndarray";
import { ensemble, phaseDiagram } from "feature-learning/sweep";
import { describe, expect, test } from "vitest";

const drawn = ensemble({
  of: "ensemble",
  settings: { width: 5 },
  measure: ["kernelChange", "rate", "plateau"],
  draws: 7,
  seed: 1,
});
const flow = exactFlow({
  network: network(),
  task: matrixTaskFromMoments({
    xx: [
      [1, 0],
      [0, 2],
    ],
    yx: [
      [3, 0],
      [0, 1],
      [0, 0],
    ],
    yy: 20,
  }),
  initial: {
    W2: [
      [0.1, 0],
      [0, 0.1],
      [0, 0],
    ],
    W1: [
      [0.1, 0],
      [0, 0.1],
    ],
  },
});

describe("an ndarray of a result", () => {
  test("shares its numbers and has its shape", () => {
    const { output } = sample(flow, [0, 1, 2, 3]);
    const block = toNdarray(output);
    expect(block.shape).toEqual([4, 3, 2]);
    expect(block.data).toBe(output.data);
    for (let i = 0; i < 4; i++) expect(block.get(i, 1, 1)).toBe(output.get(i, 1, 1));
    expect(toNdarray(drawn.values).pick(null, 1).shape).toEqual([7]);
    const axis = { from: 1, to: 10, count: 3 } as const;
    const { fields } = phaseDiagram({
      of: "networks",
      x: { parameter: "width", ...axis },
      y: { parameter: "scale", ...axis, count: 2 },
    });
    expect(toNdarray(fields["rate"]!).shape).toEqual([2, 3]);
    expect(toNdarray(sample(flow, [0, 1]).loss).shape).toEqual([2]);
  });

  test("is made of clones and of JSON too", () => {
    const copies = [structuredClone(drawn.values), JSON.parse(JSON.stringify(drawn.values))];
    for (const copy of copies) expect(toNdarray(copy).data).toEqual(drawn.values.data);
    expect(toNdarray([1, 2, 3]).get(2)).toBe(3);
  });

  test.each([
    ["nothing", undefined, /toNdarray: block is undefined/],
    ["indices beyond the data", { data: [1, 2], shape: [3], stride: [1], offset: 0 }, /exceed them/],
    ["indices before the data", { data: [1, 2], shape: [2], stride: [-1], offset: 0 }, /exceed them/],
    ["a stride too few", { data: [1, 2], shape: [2, 1], stride: [1], offset: 0 }, /2 axes and 1 strides/],
    ["a shape that is none", { data: [1], shape: [0.5], stride: [1], offset: 0 }, /block.shape\[0\]/],
  ])("refuses %s", (_, block, message) => {
    expect(() => toNdarray(block as never)).toThrow(message);
  });
});

describe("reduce", () => {
  const plain = {
    sum: (numbers: number[]) => numbers.reduce((a, b) => a + b, 0),
    mean: (numbers: number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length,
    norm: (numbers: number[]) => Math.sqrt(numbers.reduce((a, b) => a + b * b, 0)),
    minimum: (numbers: number[]) => Math.min(...numbers),
    maximum: (numbers: number[]) => Math.max(...numbers),
  };
  const shape = [2, 3, 4];
  const data = Float64Array.from({ length: 24 }, (_, k) => Math.sin(7 * k));
  const block = { data, shape, stride: [12, 4, 1], offset: 0 };
  const at = ([i, j, k]: number[]) => data[12 * i! + 4 * j! + k!]!;

  test.each(Object.entries(plain))("%s, of all numbers and along every axis", (how, of) => {
    expect(reduce(block, how as "sum")).toBeCloseTo(of(Array.from(data)), 14);
    for (const axis of [0, 1, 2]) {
      const found = reduce(block, how as "sum", { axis });
      const others = shape.filter((_, other) => other !== axis);
      expect(found.shape).toEqual(others);
      for (let a = 0; a < others[0]!; a++) {
        for (let b = 0; b < others[1]!; b++) {
          const along = Array.from({ length: shape[axis]! }, (_, c) => at([a, b].toSpliced(axis, 0, c)));
          expect(found.get(a, b)).toBeCloseTo(of(along), 14);
        }
      }
    }
  });

  test("refuses an axis that is not there, and blocks without numbers", () => {
    expect(() => reduce(block, "sum", { axis: 3 })).toThrow(/reduce: axis is 3; pass an integer from 0 to 2/);
    expect(() => reduce({ data: Float64Array.of(1), shape: [0], stride: [1], offset: 0 }, "sum")).toThrow(/no numbers/);
    expect(() => reduce(block, "median" as never)).toThrow(/reduce: how is "median"/);
  });
});
