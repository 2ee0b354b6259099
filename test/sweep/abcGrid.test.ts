/** The plane of exponents at any depth: its cells, boundaries and named points are what phase says. */
import { type AbcExponents, abcAtDepth, phase } from "feature-learning";
import { plotPhaseDiagram } from "feature-learning/plot";
import {
  type AbcGrid,
  assembleDiagram,
  type Boundary,
  chunksOf,
  type PhaseDiagram,
  phaseDiagram,
  phaseNames,
  runChunk,
} from "feature-learning/sweep";
import { describe, expect, test } from "vitest";

const rates = { parameter: "c.hidden", from: -1.5, to: 1.25, count: 12 } as const;
const output = { parameter: "b.output", from: -0.25, to: 1.25, count: 7 } as const;
const plane = (hiddenLayers: number): AbcGrid => ({ of: "abc", hiddenLayers, x: output, y: rates });

const withAxes = (base: AbcExponents, x: number, y: number): AbcExponents => {
  const last = base.a.length - 1;
  return { a: base.a, b: base.b.map((b, l) => (l === last ? x : b)), c: base.a.map((_, l) => (l === last ? 0 : y)) };
};

const lines = (boundaries: readonly Boundary[]): object[] =>
  boundaries.map(({ condition, between, on, points }) => ({
    condition,
    between,
    on,
    points: points.map((point) => point.map((value) => Number(value.toFixed(9)) + 0)),
  }));

describe("the plane of the output layer's scale and the hidden layers' rates", () => {
  test.each([1, 2, 5])("with %i hidden layers has the phase of every point", (L) => {
    const { x, y, fields } = phaseDiagram(plane(L));
    for (const [row, b] of y.entries())
      for (const [column, a] of x.entries()) {
        const found = phase({ abc: withAxes(abcAtDepth("ntk", L), a, b) });
        expect(phaseNames[fields["phase"]!.get(row, column)]).toBe(found.phase);
        expect(fields["r"]!.get(row, column)).toBe(found.r);
      }
    expect(new Set(fields["phase"]!.data)).toEqual(new Set([0, 1, 3]));
  });

  test.each([1, 4])("with %i hidden layers has its exact boundaries, one of which is feature learning", (L) => {
    const { boundaries } = phaseDiagram(plane(L));
    const between = ["kernel", "unstable"];
    expect(lines(boundaries)).toEqual([
      {
        condition: `a_${L + 1} + b_${L + 1} = 1/2`,
        between,
        on: undefined,
        points: [
          [0, 1.25],
          [0, 0],
        ],
      },
      {
        condition: "r = 0",
        between,
        on: "feature-learning",
        points: [
          [0.5, -1],
          [1.25, -1],
        ],
      },
      {
        condition: `a_${L + 1} + b_${L + 1} + r = 1`,
        between,
        on: undefined,
        points: [
          [0, 0],
          [0.5, -1],
        ],
      },
    ]);
  });

  test("names the parametrizations on it", () => {
    const named = (L: number): object[] => phaseDiagram(plane(L)).named.map(({ names, x, y }) => [names, x + 0, y + 0]);
    expect(named(1)).toEqual([
      [["neural tangent kernel"], 0, 0],
      [["standard, rate ~ 1/d"], 0, 1],
      [["maximal update (μP)", "mean field", "Xavier, rate ~ 1"], 0.5, -1],
    ]);
    // Deeper, the layers between the first and the last move as much under the standard scaling as under the
    // NTK's.
    expect(named(3)).toEqual([
      [["neural tangent kernel", "standard, rate ~ 1/d"], 0, 0],
      [["maximal update (μP)"], 0.5, -1],
    ]);
  });

  test("is put together from chunks, and drawn with the phase that holds on a line alone", () => {
    const grid = plane(3);
    const parts: PhaseDiagram = assembleDiagram(grid, chunksOf(grid, 5).map(runChunk));
    expect(parts.fields["r"]!.data).toEqual(phaseDiagram(grid).fields["r"]!.data);
    const spec = plotPhaseDiagram(parts);
    expect(spec.datasets["on feature-learning"]!.map(({ x, y }) => [x, y])).toEqual([
      [0.5, -1],
      [1.25, -1],
    ]);
    expect(spec.concat[0]!.layer[0]!.encoding.color!.scale!.domain).toEqual(["kernel", "feature-learning", "unstable"]);
  });
});

test("over the output's multiplier and one rate, all that learns lies on a line that ends at μP", () => {
  const { boundaries, named } = phaseDiagram({
    of: "abc",
    hiddenLayers: 2,
    x: { parameter: "a.output", from: 0, to: 1, count: 3 },
    y: { parameter: "c", from: -0.5, to: 1.5, count: 3 },
    base: abcAtDepth("muP", 2),
  });
  const kernel = lines(boundaries.filter(({ on }) => on === "kernel"));
  expect(kernel).toMatchObject([
    {
      points: [
        [0, 1],
        [0.5, 0],
      ],
    },
    {
      points: [
        [0, 1],
        [0.5, 0],
      ],
    },
  ]);
  expect(lines(boundaries.filter(({ condition }) => condition === "r = 0"))).toMatchObject([
    { between: ["trivial", "unstable"] },
  ]);
  expect(named.map(({ names, x, y }) => [names[0], Number(x.toFixed(9)), Number(y.toFixed(9)) + 0])).toEqual([
    ["neural tangent kernel", 0, 1],
    ["standard, rate ~ 1", 0, 0],
    ["maximal update (μP)", 0.5, 0],
  ]);
});

test("where activations vanish or blow up at the start, the plane is unstable and has no boundaries", () => {
  const base = { a: [0.25, 0.5], b: [0, 0], c: 0 };
  const { fields, boundaries } = phaseDiagram({ ...plane(1), base });
  expect(new Set(fields["phase"]!.data)).toEqual(new Set([3]));
  expect(boundaries).toEqual([]);
});

test.each([
  [{ hiddenLayers: 0 }, /^phaseDiagram: grid\.hiddenLayers is 0/],
  [{ base: { a: [0, 0.5], b: [0, 0], c: 0 } }, /grid\.base has exponents of 2 layers; 2 hidden layers need 3/],
  [{ x: { ...output, parameter: "c" } }, /both vary the rates of the same layers/],
  [{ x: { ...output, parameter: "width" } }, /grid\.x\.parameter is "width"/],
  [{ x: rates }, /both vary c\.hidden/],
])("%j is refused", (change, message) => {
  expect(() => phaseDiagram({ ...plane(2), ...change } as AbcGrid)).toThrow(message);
});
