/**
 * Boundaries of networks reach the frame, run in any direction, and exist on coarse grids and for drawn
 * starts.
 */
import { type Boundary, phaseDiagram } from "feature-learning/sweep";
import { describe, expect, test } from "vitest";
import { bisect } from "../../src/numerics/bisect.ts";
import { contours } from "../../src/sweep/contours.ts";

type Point = readonly [number, number];

function traced(holds: (x: number, y: number) => boolean, count: number): Point[][] {
  const xs = Array.from({ length: count }, (_, i) => -1 + (2 * i) / (count - 1));
  return contours({
    xs,
    ys: xs,
    holds,
    holdsAt: (column, row) => holds(xs[column]!, xs[row]!),
    crossing: (along, across, from, to, atFrom) =>
      bisect((place) => (along === "x" ? holds(place, across) : holds(across, place)) === atFrom, from, to).last,
  });
}

const onFrame = ([x, y]: Point): boolean => Math.abs(x) === 1 || Math.abs(y) === 1;

describe("a traced condition", () => {
  test("is one closed line around a disc, every point on the circle", () => {
    const lines = traced((x, y) => x * x + y * y < 0.5, 21);
    expect(lines.length).toBe(1);
    expect(lines[0]![0]).toEqual(lines[0]!.at(-1));
    expect(lines[0]!.length).toBeGreaterThan(40);
    for (const [x, y] of lines[0]!) expect(x * x + y * y).toBeCloseTo(0.5, 14);
  });

  test.each([
    ["a row", (_: number, y: number) => y < 0.123],
    ["a column", (x: number) => x < 0.123],
    ["a diagonal", (x: number, y: number) => y < 0.3 - x],
    ["a corner", (x: number, y: number) => x + y > 1.7],
    ["a curve that turns back", (x: number, y: number) => y < x * x - 0.3],
  ])("along %s is one line from frame to frame", (_, holds) => {
    for (const count of [3, 4, 50]) {
      const lines = traced(holds, count);
      expect(lines.length).toBe(1);
      expect(lines[0]!.filter(onFrame).length).toBeGreaterThanOrEqual(2);
      expect([lines[0]![0]!, lines[0]!.at(-1)!].every(onFrame)).toBe(true);
    }
  });

  test("takes two lines past each other as the middle says", () => {
    for (const sign of [1, -1]) {
      const lines = traced((x, y) => x * y > sign * 0.1, 2);
      expect(lines.length).toBe(2);
      for (const [[x0, y0], [x1, y1]] of lines as [Point, Point][]) expect(Math.sign((x0 + x1) * (y0 + y1))).toBe(sign);
    }
  });

  test("that holds everywhere has no line", () => {
    expect(traced(() => true, 5)).toEqual([]);
  });
});

describe("the boundary of concrete networks", () => {
  const x = { parameter: "width", from: 1, to: 1e6, count: 7, spacing: "logarithmic" } as const;
  const y = { parameter: "scale", from: 0.01, to: 1, count: 3, spacing: "logarithmic" } as const;
  const ends = ({ points }: Boundary): Point[] => [points[0]!, points.at(-1)!];
  const isEnd = ([a, b]: Point, X: { from: number; to: number } = x, Y: { from: number; to: number } = y): boolean =>
    a === X.from || a === X.to || b === Y.from || b === Y.to;

  test.each([2, 3, 7, 90])("reaches the frame at both ends, on %i columns and rows", (count) => {
    const { boundaries } = phaseDiagram({ of: "networks", x: { ...x, count }, y: { ...y, count } });
    expect(boundaries.length).toBe(1);
    expect(ends(boundaries[0]!).every((end) => isEnd(end))).toBe(true);
    expect(boundaries[0]!.points.length).toBeGreaterThanOrEqual(64);
  });

  test("runs along a row where the verdict does not depend on the columns", () => {
    // Equal learning rates only set the pace.
    const X = { parameter: "learningRates", from: 0.1, to: 10, count: 5, spacing: "logarithmic" } as const;
    const { boundaries } = phaseDiagram({ of: "networks", x: X, y, base: { width: 1000 } });
    expect(boundaries.length).toBe(1);
    const [first, last] = ends(boundaries[0]!) as [Point, Point];
    expect([first[0], last[0]].sort((a, b) => a - b)).toEqual([0.1, 10]);
    for (const [, scale] of boundaries[0]!.points) expect(scale / first[1]).toBeCloseTo(1, 12);
  });

  test("exists for drawn starts, and its sides are what the cells say", () => {
    const found = phaseDiagram({ of: "networks", x: { ...x, count: 9 }, y: { ...y, count: 9 }, draws: 5, seed: 1 });
    expect(found.boundaries.length).toBeGreaterThan(0);
    const typical = phaseDiagram({ of: "networks", x, y }).boundaries[0]!;
    // The median of five draws is near the typical start at large widths.
    const wide = found.boundaries.flatMap(({ points }) => points).filter(([width]) => width > 1e3);
    expect(wide.length).toBeGreaterThan(3);
    const product = typical.points.map(([width, scale]) => Math.log(width * scale * scale));
    const level = product.reduce((a, b) => a + b, 0) / product.length;
    for (const [width, scale] of wide) expect(Math.abs(Math.log(width * scale * scale) - level)).toBeLessThan(0.15);
    for (const line of found.boundaries) {
      const closes = ends(line)[0]!.every((value, i) => value === ends(line)[1]![i]);
      if (!closes) expect(ends(line).every((end) => isEnd(end))).toBe(true);
    }
  });
});

describe("of exponents", () => {
  test("a phase that holds on a line alone is told with the line", () => {
    const x = { parameter: "outputScale", from: -1.5, to: 0.25, count: 3 } as const;
    const y = { parameter: "learningRates", from: -1, to: 1.5, count: 3 } as const;
    const { boundaries } = phaseDiagram({ of: "exponents", x, y });
    expect(boundaries.map(({ condition, between, on }) => [condition, between, on])).toEqual([
      ["e_k = 0", ["feature-learning", "kernel"], undefined],
      ["r = 0", ["frozen", "unstable"], "stable"],
      ["e_a = 0", ["mechanisms present", "mechanisms vanishing"], undefined],
    ]);
    // At a fixed width the initial overlap is as large as the kernel where both layers weigh the same.
    const lean = phaseDiagram({
      of: "exponents",
      x: { parameter: "scale.u", from: -1, to: 1, count: 3 },
      y: { parameter: "outputScale", from: 0.5, to: 2, count: 3 },
      base: { width: 0 },
    });
    const overlap = lean.boundaries.filter(({ condition }) => condition === "e_s = 0");
    expect(overlap.map(({ between, on }) => [between, on])).toEqual([[["kernel", "kernel"], "feature-learning"]]);
  });
});
