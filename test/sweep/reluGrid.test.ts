/**
 * The plane of ReLU networks of finite width: neurons that die, kernels that move, and the lines that Luo et
 * al. (2021) found at infinite width.
 */
import { exactFlow, network, regime, taskFromMoments } from "feature-learning";
import { plotPhaseDiagram } from "feature-learning/plot";
import { assembleDiagram, chunksOf, phaseDiagram, type ReluGrid, regimeNames, runChunk } from "feature-learning/sweep";
import { describe, expect, test } from "vitest";

const grid: ReluGrid = {
  of: "relu",
  x: { parameter: "scale.u", from: 1e-3, to: 10, count: 9, spacing: "logarithmic" },
  y: { parameter: "scale.w", from: 1e-3, to: 10, count: 9, spacing: "logarithmic" },
  base: { width: 100 },
  seed: 1,
};
const diagram = phaseDiagram(grid);
const field = (name: string, column: number, row: number, of = diagram): number => of.fields[name]!.get(row, column);

/** The height of the boundary between the regimes in a column, from the grid's points on either side. */
function heightAt(column: number, { fields, boundaries, x }: typeof diagram = diagram): number {
  expect(fields["regime"]!.get(0, column)).toBe(1);
  const on = boundaries.flatMap(({ points }) => points.filter(([at]) => Math.abs(at / x[column]! - 1) < 1e-9));
  return Math.min(...on.map(([, height]) => height));
}

describe("ReLU networks of width 100 on y = |x|", () => {
  test("half of the neurons die where the input weights move far, and none where they hardly move", () => {
    // σ_u = 0.1, σ_w = 0.001: all neurons reach their kink that the data turn back, every second one.
    expect(field("died", 4, 0)).toBeGreaterThan(0.4);
    expect(field("inputMovement", 4, 0)).toBeGreaterThan(10);
    expect(field("died", 0, 8)).toBe(0);
    expect(field("inputMovement", 0, 8)).toBeLessThan(1e-6);
    expect(field("crossed", 4, 0)).toBe(0);
  });

  test("the kernel's boundary has the two lines of Luo et al.: σ_w constant, then σ_u·σ_w constant", () => {
    expect(heightAt(1) / heightAt(0)).toBeCloseTo(1, 2);
    // From σ_u = 1 to σ_u = 10.
    const [near, far] = [heightAt(6), heightAt(8)];
    expect(near / far).toBeGreaterThan(8);
    expect(near / far).toBeLessThan(12.5);
  });

  test("beyond the corner it is deaths that move the kernel, by about one half", () => {
    // σ_u = 3, σ_w = 0.003: a linear network with these layers is lazy.
    const { fields } = phaseDiagram({ ...grid, of: "networks", base: { width: 50, xx: 0.5, xy: 0.5 } } as never);
    expect(fields["kernelChange"]!.get(1, 7)).toBeLessThan(0.01);
    expect(field("kernelChange", 7, 1)).toBeGreaterThan(0.2);
    expect(field("died", 7, 1)).toBeGreaterThan(0.2);
  });

  test("the lines move with the width as 1/√d and 1/d", () => {
    // Of a quarter, as near the line of a tenth the initial output is of the order of the target.
    const [narrow, wide] = [100, 1600].map((width) =>
      phaseDiagram({ ...grid, x: { ...grid.x, to: 1, count: 2 }, base: { width }, draws: 3, kernelBelow: 0.25 }),
    );
    const exponent = (column: number): number => Math.log(heightAt(column, narrow) / heightAt(column, wide)) / Math.log(16);
    // The lines of single draws scatter by a third, which is 0.1 in an exponent over a factor of 16.
    expect(Math.abs(exponent(0) - 0.5)).toBeLessThan(0.1);
    expect(Math.abs(exponent(1) - 1)).toBeLessThan(0.2);
  });

  test("a cell says what regime says of the network itself", () => {
    const scales = { u: diagram.x[5]!, w: diagram.y[2]! };
    const half = { xx: 0.5, xy: 0.5 };
    const one = phaseDiagram({ ...grid, base: { width: 1 }, seed: "a" });
    // A single neuron: its start follows from what died and moved.
    const task = taskFromMoments({ positive: half, negative: { xx: 0.5, xy: -0.5 }, yy: 1 });
    const changes = [1, -1].flatMap((su) =>
      [1, -1].map(
        (sw) =>
          regime(
            exactFlow({
              network: network({ activation: "relu" }),
              task,
              initial: { u: [su * scales.u], w: [sw * scales.w] },
            }),
          ).regime,
      ),
    );
    expect(changes).toContain(regimeNames[field("regime", 5, 2, one)]);
  });
});

describe("the grid", () => {
  test("gives the same in chunks, through JSON", () => {
    const small: ReluGrid = { ...grid, x: { ...grid.x, count: 3 }, y: { ...grid.y, count: 4 }, draws: 2 };
    const results = chunksOf(small, 3).map((chunk) => runChunk(JSON.parse(JSON.stringify(chunk))));
    expect(assembleDiagram(small, results.reverse()).fields["kernelChange"]!.data).toEqual(
      phaseDiagram(small).fields["kernelChange"]!.data,
    );
  });

  test("neurons cross where both slopes have one sign, and die under |x| whatever the data", () => {
    const cell = { ...grid, x: { ...grid.x, from: 0.1, to: 0.2, count: 2 }, y: { ...grid.y, from: 1e-3, to: 2e-3, count: 2 } };
    const negative = { xx: 0.5, xy: 0.5 };
    const crossing = phaseDiagram({ ...cell, base: { width: 1000, negative } });
    expect(field("crossed", 0, 0, crossing)).toBeGreaterThan(0.4);
    expect(field("died", 0, 0, crossing)).toBe(0);
    // Each side gives away as many neurons as it gets: the kernel moves by fluctuations of the draw alone.
    expect(field("inputMovement", 0, 0, crossing)).toBeGreaterThan(15);
    expect(field("kernelChange", 0, 0, crossing)).toBeLessThan(0.2);
    const even = phaseDiagram({ ...cell, base: { width: 100, negative: { xx: 0.5, xy: -0.2 }, activation: "abs" } });
    expect(field("died", 0, 0, even)).toBeGreaterThan(0.3);
  });

  test("is drawn, with the regime unless another field is asked for", () => {
    expect(plotPhaseDiagram(diagram).concat[0]!.layer[0]!.encoding.color!.scale!.domain).toEqual(["kernel", "feature-learning"]);
    expect(plotPhaseDiagram(diagram, { field: "died" }).description).toMatch(/^died over initial standard deviation σ_u/);
  });

  test("layers of zeros are static", () => {
    const still = phaseDiagram({
      ...grid,
      x: { parameter: "scale.u", from: 0, to: 1, count: 2 },
      base: { scale: 0, width: 3 },
      y: { parameter: "outputScale", from: 0, to: 1, count: 2 },
    });
    expect(regimeNames[field("regime", 0, 0, still)]).toBe("static");
  });

  test.each([
    [{ seed: undefined }, /^phaseDiagram: grid\.seed/],
    [{ draws: 0 }, /grid\.draws is 0/],
    [{ x: { ...grid.x, parameter: "xy" } }, /grid\.x\.parameter is "xy"/],
    [{ base: { width: 1e6 } }, /grid\.width is 1000000/],
    [{ base: { activation: "gelu" } }, /grid\.base\.activation is "gelu"/],
    [{ base: { positive: { xx: -1, xy: 0 } } }, /grid\.base\.positive\.xx is -1/],
    [{ measure: ["rate"] }, /unknown key "measure"/],
  ])("%j is refused", (change, message) => {
    expect(() => phaseDiagram({ ...grid, ...change } as ReluGrid)).toThrow(message);
  });
});
