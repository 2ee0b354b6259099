/** Pictures are legible for all numbers, names and sizes. */
import fc from "fast-check";
import {
  exactFlow,
  gaussianOrderParameters,
  gradientDescent,
  linearTimes,
  mechanisms,
  mechanismsOverTime,
  network,
  parametrizations,
  regime,
  sample,
  scaleNetwork,
  taskFromMoments,
} from "feature-learning";
import {
  type PlotSpec,
  plotAngleNorm,
  plotBands,
  plotDescent,
  plotLayers,
  plotMechanisms,
  plotPhaseDiagram,
  plotRegimePlane,
  plotTrajectory,
  renderSvg,
} from "feature-learning/plot";
import { phaseDiagram } from "feature-learning/sweep";
import { describe, expect, test } from "vitest";
import { placed } from "../../src/plot/labelled.ts";
import { legendOf } from "../../src/plot/legend.ts";
import { thinned } from "../../src/plot/thinned.ts";
import { pinned } from "../support/problems.ts";

const task = taskFromMoments({ xx: 1, xy: 1, yy: 1.1 });
const problem = { network: network(), task, initial: { uu: 0.01, ww: 0.01, uw: 0.001 } };
const rich = exactFlow(problem);
const lazy = (() => {
  const { network: net, scale, width } = scaleNetwork(parametrizations.ntk, 1e6);
  return exactFlow({ network: net, task, initial: gaussianOrderParameters({ width, scale, seed: 1 }) });
})();

/** The labels of every axis, as they are drawn. */
function tickLabels(svg: string): string[][] {
  const groups = svg.matchAll(/<g class="mark-text role-axis-label"[^>]*>(.*?)<\/g>/gs);
  return Array.from(groups, ([, inner]) => Array.from(inner!.matchAll(/>([^<]+)<\/text>/g), ([, label]) => label!));
}

const sizeOf = (svg: string): number[] => /width="(\d+)" height="(\d+)"/.exec(svg)!.slice(1).map(Number);

test("a value of 0 has no place on a logarithmic axis, and the line ends before it", async () => {
  const t = Float64Array.from({ length: 12 }, (_, i) => i);
  const loss = t.map((i) => (i < 8 ? 10 ** -i : 0));
  for (const spec of [
    plotTrajectory({ t, loss }, { quantities: ["loss"], axes: { loss: { scale: "logarithmic", domain: [1e-9, 10] } } }),
    plotTrajectory({ t, loss }, { quantities: ["loss"], axes: { loss: { scale: "logarithmic" } } }),
  ]) {
    const rows = spec.datasets["trajectories"]!;
    expect(rows.filter(({ loss: value }) => value === null).map((row) => row["t"])).toEqual([8, 9, 10, 11]);
    const [, path] = /class="mark-line[^>]*>\s*<path[^>]* d="([^"]+)"/.exec(await renderSvg(spec))!;
    expect(path!.split(/[ML]/).filter((point) => point !== "").length).toBe(8);
  }
});

test("bands that reach 0 go to the bottom of a logarithmic axis, and end where all of them are 0", async () => {
  const t = Float64Array.from({ length: 10 }, (_, i) => i);
  // Member n is 0 from t = n on.
  const members = Array.from({ length: 9 }, (_, n) => ({ t, loss: t.map((i) => (i < n ? 10 ** -i : 0)) }));
  const spec = plotBands(members, { quantities: ["loss"], axes: { loss: { scale: "logarithmic" } } });
  const rows = spec.datasets["loss"]!;
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.length).toBeLessThan(10);
  for (const { p5, p25, p50, p75, p95 } of rows) {
    for (const edge of [p5, p25, p75, p95]) expect(edge).toBeGreaterThan(0);
    if (p50 !== null) expect(p50).toBeGreaterThan(0);
  }
  expect(rows.some(({ p50 }) => p50 === null)).toBe(true);
  expect(await renderSvg(spec)).not.toContain("NaN");
});

describe("tick labels differ", () => {
  const column = (values: readonly number[]) => ({ t: Float64Array.from(values.keys()), output: Float64Array.from(values) });
  test.each([
    ["2 and its neighbourhood", 2, 1e-9],
    ["2e8 and its neighbourhood", 2e8, 20],
    ["-7e12", -7e12, 1e4],
    ["1e-7", 1e-7, 1e-12],
    ["3e-300", 3e-300, 1e-304],
    ["1e300", 1e300, 1e292],
    ["0.3", 0.3, 0.1],
    ["a constant", 5, 0],
    ["zero", 0, 0],
  ])("around %s", async (_, middle, spread) => {
    const values = Array.from({ length: 20 }, (_, i) => middle + (spread * (i - 10)) / 10);
    const labels = tickLabels(await renderSvg(plotTrajectory(column(values), { quantities: ["output"] })));
    expect(labels.length).toBe(2);
    for (const own of labels) {
      expect(own.length).toBeGreaterThan(1);
      expect(new Set(own).size, own.join(" ")).toBe(own.length);
    }
  });

  test("over many decades", async () => {
    const values = Array.from({ length: 20 }, (_, i) => 10 ** (2 * i - 20));
    const labels = tickLabels(await renderSvg(plotTrajectory(column(values), { quantities: ["output"] })));
    expect(labels.flat()).toContain("1e-10");
    for (const own of labels) expect(new Set(own).size).toBe(own.length);
  });

  test("are short at every power of ten", async () => {
    for (let exponent = -300; exponent < 300; exponent += 20) {
      const values = Array.from({ length: 6 }, (_, i) => 10 ** (exponent + 4 * i));
      const labels = tickLabels(await renderSvg(plotTrajectory(column(values), { quantities: ["output"] }))).flat();
      expect(labels.length).toBeGreaterThan(3);
      for (const label of labels) expect(label.length, label).toBeLessThan(8);
    }
  });

  test("in all panels of 13 kernel machines, from width 100 to 10¹¹", async () => {
    for (let i = 0; i < 38; i += 3) {
      const { network: net, scale, width } = scaleNetwork(parametrizations.ntk, Math.round(10 ** (2 + i / 4)));
      const flow = exactFlow({ network: net, task, initial: gaussianOrderParameters({ width, scale, seed: i }) });
      for (const own of tickLabels(await renderSvg(plotTrajectory(sample(flow, linearTimes(flow))))))
        expect(new Set(own).size, own.join(" ")).toBe(own.length);
    }
  });
});

describe("a kernel machine looks lazy", () => {
  const heights = (spec: PlotSpec, field: string): number => {
    const own = spec.datasets["trajectories"]!.map((row) => Number(row[field]));
    const frame = [`${field} frame`, `${field} band`].flatMap((name) => spec.datasets[name] ?? []);
    const all = [...own, ...frame.flatMap(({ low, high }) => [Number(low), Number(high ?? low)])];
    const span = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);
    return span(own) / span(all);
  };

  test("its kernel and alignment take less than a hundredth of their panels", () => {
    const spec = plotTrajectory(sample(lazy, linearTimes(lazy)));
    expect(spec.datasets["kernelRatio band"]).toEqual([{ low: 0.9, high: 1.1, middle: 1, label: "±10 %" }]);
    expect(heights(spec, "kernelRatio")).toBeLessThan(0.01);
    expect(heights(spec, "alignment")).toBeLessThan(0.05);
    expect(heights(plotTrajectory(sample(rich, linearTimes(rich))), "kernelRatio")).toBeGreaterThan(0.99);
  });

  test("the band is the threshold's, and the kernel can be drawn as it is", () => {
    const rows = sample(lazy, linearTimes(lazy));
    expect(plotTrajectory(rows, { kernelBelow: 0.3 }).datasets["kernelRatio band"]).toMatchObject([
      { low: 0.7, high: 1.3, label: "±30 %" },
    ]);
    const absolute = plotTrajectory(rows, { kernel: "absolute", quantities: ["kernel"] });
    expect(absolute.datasets["trajectories"]!.map((row) => row["kernel"])).toEqual([...rows.kernel]);
    // A kernel that starts at 0 has no ratio.
    const zero = { ...rows, kernel: rows.kernel.map((value, i) => (i === 0 ? 0 : value)) };
    expect(plotTrajectory(zero).datasets["trajectories"]![0]).toHaveProperty("kernel");
  });

  test("so it does in bands and beside a descent", () => {
    const rows = sample(lazy, [0, 1, 2]);
    expect(plotBands([rows, rows], { quantities: ["kernel"] }).datasets["kernel"]![0]).toMatchObject({ p5: 1, p50: 1, p95: 1 });
    const descent = gradientDescent(lazy.problem, { stepSize: 0.01, steps: 5 });
    expect(plotDescent(rows, descent).datasets["kernelRatio band"]).toMatchObject([{ low: 0.9, high: 1.1 }]);
  });

  test("absent mechanisms are grey, and named so", () => {
    const split = mechanismsOverTime(lazy, { times: linearTimes(lazy) });
    const report = mechanisms(lazy);
    expect(report.present).toEqual([]);
    const colours = (spec: PlotSpec): readonly unknown[] => spec.concat[0]!.layer[0]!.encoding.color!.scale!.range!;
    const grey = (colour: unknown): boolean => {
      const parts = [1, 3, 5].map((i) => Number.parseInt(String(colour).slice(i, i + 2), 16));
      return Math.max(...parts) - Math.min(...parts) < 24;
    };
    const spec = plotMechanisms(split, { report });
    expect(colours(spec).every(grey)).toBe(true);
    expect(spec.description).toContain("(alignment, disalignment, rescaling absent)");
    expect(colours(plotMechanisms(split)).some(grey)).toBe(false);
    expect(() => plotMechanisms(split, { report: { present: ["growth"] as never } })).toThrow(/^plotMechanisms: report is/);
  });
});

describe("names", () => {
  const long = (i: number): string =>
    `transformer.encoder.layers.${i}.attention.output.dense·transformer.encoder.layers.${i}.value`;
  test.each([1, 3, 12, 30])("of %i layers make a legend that is no wider than the panels", async (count) => {
    const rows = sample(rich, [0, 1, 2]);
    const pairs = Object.fromEntries(Array.from({ length: count }, (_, i) => [long(i), rows]));
    const [width] = sizeOf(await renderSvg(plotLayers(pairs)));
    expect(width!).toBeLessThan(900);
  });

  test("that are cut keep both of their ends", () => {
    const { labelExpr, columns } = legendOf([long(3), long(10)], 500);
    expect(labelExpr).toMatch(/slice\(datum\.label, 0, \d+\).*slice\(datum\.label, -\d+\)/);
    expect(columns).toBe(1);
    expect(legendOf(["a", "b", "c"], 500)).toMatchObject({ columns: 3 });
  });

  test("of networks never overlap, and stay in the panel or at their point", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            name: fc.integer({ min: 1, max: 30 }).map((length) => "n".repeat(length)),
            x: fc.double({ min: 0, max: 400, noNaN: true }),
            y: fc.double({ min: 0, max: 300, noNaN: true }),
          }),
          { minLength: 1, maxLength: 12 },
        ),
        (points) => {
          const boxes = placed(points, { width: 400, height: 300 }).flatMap((place, i) => {
            if (place === undefined) return [];
            const wide = 7 * points[i]!.name.length;
            return [
              { left: place.isEast ? place.x - wide : place.x, right: place.isEast ? place.x : place.x + wide, y: place.y },
            ];
          });
          for (const [i, a] of boxes.entries())
            for (const b of boxes.slice(0, i))
              expect(a.left < b.right && b.left < a.right && Math.abs(a.y - b.y) < 15 - 1e-9).toBe(false);
          expect(boxes.length).toBeGreaterThan(0);
        },
      ),
      pinned(71, 300),
    );
  });

  test("of eight networks at one place are all written", () => {
    const one = regime(exactFlow({ ...problem, initial: { uu: 0.3, ww: 0.3, uw: 0 } }));
    const { datasets } = plotRegimePlane(Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`network ${i}`, one])));
    const written = ["networks, west", "networks, east"].flatMap((name) => datasets[name] ?? []);
    expect(written.length).toBe(8);
    expect(new Set(written.map((row) => `${row["x"]} ${row["start"]}`)).size).toBe(8);
    expect(datasets["networks, leaders"]!.length).toBeGreaterThan(4);
  });
});

describe("points and lines", () => {
  test("a single point is drawn, of one trajectory and of several, and beside a gap", async () => {
    const one = sample(rich, [1]);
    const dots = (svg: string): number => [...svg.matchAll(/class="mark-symbol role-mark/g)].length;
    expect(dots(await renderSvg(plotTrajectory(one)))).toBe(4);
    expect(dots(await renderSvg(plotTrajectory({ one, other: sample(rich, [2]) })))).toBe(4);
    expect(dots(await renderSvg(plotLayers({ one })))).toBe(2);
    expect(dots(await renderSvg(plotMechanisms(mechanismsOverTime(rich, { times: [1] }))))).toBe(2);
    expect(dots(await renderSvg(plotBands([one, one], { quantities: ["loss"] })))).toBe(1);
    const gap = { t: Float64Array.of(0, 1, 2, 3), loss: Float64Array.of(1, 2, Infinity, 3) };
    const { datasets } = plotTrajectory(gap, { quantities: ["loss"] });
    expect(datasets["trajectories, loss dots"]).toEqual([{ t: 3, loss: 3 }]);
    expect(plotTrajectory(sample(rich, [0, 1, 2])).datasets).not.toHaveProperty("trajectories, loss dots");
  });

  test("time begins where the times begin", async () => {
    const late = plotTrajectory(sample(rich, [100, 101, 102, 103]), { quantities: ["loss"] });
    expect(tickLabels(await renderSvg(late))[0]).not.toContain("0");
    expect(tickLabels(await renderSvg(plotTrajectory(sample(rich, [0, 1, 2]), { quantities: ["loss"] })))[0]).toContain("0");
  });

  test("5,000 steps are a small picture, with the line on top and every extreme in it", async () => {
    const descent = gradientDescent(problem, { stepSize: 0.001, steps: 5000 });
    const spec = plotDescent(sample(rich, linearTimes(rich, { until: 5 })), descent);
    const dots = spec.datasets["gradient descent"]!;
    expect(dots.length).toBeLessThan(400);
    expect((await renderSvg(spec)).length).toBeLessThan(150_000);
    const layers = spec.concat[0]!.layer.map(({ data }) => data?.name);
    expect(layers.indexOf("exact solution")).toBeGreaterThan(layers.indexOf("gradient descent"));
    for (const field of ["loss", "output"] as const) {
      const all = descent[field];
      expect(Math.max(...dots.map((row) => Number(row[field])))).toBe(Math.max(...all));
      expect(Math.min(...dots.map((row) => Number(row[field])))).toBe(Math.min(...all));
    }
    // A swing between two values keeps both.
    const swing = gradientDescent({ ...problem, initial: { uu: 0.01, ww: 0.01, uw: 0.009 } }, { stepSize: 0.55, steps: 3000 });
    const swung = plotDescent(sample(rich, linearTimes(rich, { until: 1650 })), swing).datasets["gradient descent"]!;
    const ends = swung.filter(({ t }) => Number(t) > 1000).map(({ output }) => Number(output));
    expect(ends.filter((value) => value > 1).length).toBeGreaterThan(15);
    expect(ends.filter((value) => value < 1).length).toBeGreaterThan(15);
  });

  test("thinning keeps the first, the last, the extremes and the order of rows", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 400 }), (values) => {
        const rows = values.map((value, t) => ({ t, value: value === 0 ? null : value }));
        const kept = thinned(rows, { fields: ["value"], time: "linear", strips: 20 });
        expect([kept[0], kept.at(-1)]).toEqual([rows[0], rows.at(-1)]);
        const numbers = (list: readonly { value: number | null }[]): number[] => list.flatMap(({ value }) => value ?? []);
        if (numbers(rows).length > 0)
          expect([Math.min, Math.max].map((best) => best(...numbers(kept as typeof rows)))).toEqual(
            [Math.min, Math.max].map((best) => best(...numbers(rows))),
          );
        expect(kept.every((row, i) => i === 0 || Number(row["t"]) > Number(kept[i - 1]!["t"]))).toBe(true);
        expect(kept.length).toBeLessThanOrEqual(Math.max(40, 20 * 5));
      }),
      pinned(72, 300),
    );
  });
});

describe("axes and words", () => {
  test("have the chosen domain and scale", async () => {
    const rows = sample(rich, linearTimes(rich));
    const spec = plotTrajectory(rows, {
      quantities: ["loss", "kernel"],
      axes: { t: { domain: [1, 2] }, loss: { scale: "logarithmic" }, kernel: { domain: [0, 3], scale: "linear" } },
    });
    const [loss, kernel] = spec.concat.map(({ layer }) => layer.find(({ mark }) => mark.type === "line")!);
    expect(loss!.encoding.y!.scale).toEqual({ type: "log", nice: false });
    expect(kernel!.encoding.y!.scale).toEqual({ domain: [0, 3], nice: false });
    expect(kernel!.encoding.x!.scale).toEqual({ domain: [1, 2], nice: false });
    expect(kernel!.mark.clip).toBe(true);
    expect(tickLabels(await renderSvg(spec)).flat()).toContain("1.2");
    const angle = plotAngleNorm(rows, { axes: { norms: { domain: [1e-3, 10] } } });
    expect(angle.concat[0]!.layer[0]!.encoding.y!.scale!.domain).toEqual([1e-3, 10]);
  });

  test.each([
    [{ axes: { mass: {} } }, /^plotTrajectory: axes has an unknown key "mass"/],
    [{ axes: { loss: { domain: [1, 0] } } }, /axes\.loss\.domain goes from 1 to 0/],
    [{ axes: { loss: { domain: [0, 1], scale: "logarithmic" } } }, /axes\.loss\.domain starts at 0/],
    [{ axes: { loss: { scale: "cubic" } } }, /axes\.loss\.scale is "cubic"/],
    [{ kernel: "twice" }, /kernel is "twice"/],
    [{ kernelBelow: 0 }, /kernelBelow is 0/],
    [{ tooltips: 1 }, /tooltips is 1/],
  ])("%j is refused", (options, message) => {
    expect(() => plotTrajectory(sample(rich, [0, 1]), options as object)).toThrow(message);
  });

  test("a line follows the pointer through all panels, and is no part of a still picture", async () => {
    const spec = plotTrajectory(sample(rich, [0, 1, 2]));
    expect(spec.params![0]!.views).toEqual(["pointer 0", "pointer 1", "pointer 2", "pointer 3"]);
    expect(plotTrajectory(sample(rich, [0, 1, 2]), { tooltips: false })).not.toHaveProperty("params");
    expect(await renderSvg(spec)).toEqual(await renderSvg(plotTrajectory(sample(rich, [0, 1, 2]), { tooltips: false })));
  });

  test("a picture has its title and its description, whatever their letters", async () => {
    const svg = await renderSvg(plotTrajectory(sample(rich, [0, 1]), { title: 'a < b & "c"' }));
    expect(svg).toContain('<title>a &lt; b &amp; "c"</title><desc>loss, output, kernel, alignment against time</desc>');
  });
});

describe("phase diagrams", () => {
  const y = { parameter: "scale", from: 0.01, to: 1, count: 21, spacing: "logarithmic" } as const;
  const x = { parameter: "xy", from: 0, to: 3, count: 31 } as const;
  const diagram = phaseDiagram({ of: "networks", x, y, base: { width: 100 } });

  test("stay logarithmic with cells of zero, which are grey and named", () => {
    const spec = plotPhaseDiagram(diagram, { field: "kernelChange" });
    const [cells, zeros] = spec.concat[0]!.layer;
    expect(cells!.encoding.color!.scale).toEqual({ type: "log", scheme: "viridis" });
    expect(cells!.encoding.color!.legend!.title).toMatch(/\(grey: 0\)$/);
    expect(zeros!.data!.name).toBe("zeros");
    // The first column, up to where the next one begins.
    expect(spec.datasets["zeros"]!.length).toBe(21);
    for (const cell of spec.datasets["zeros"]!) expect(cell["x1"]).toBeCloseTo(0.05, 12);
    expect(spec.datasets["cells"]!.every(({ value }) => value !== 0)).toBe(true);
  });

  test("draw boundaries over a halo in the colour of the background", () => {
    for (const theme of ["light", "dark"] as const) {
      const spec = plotPhaseDiagram(diagram, { field: "kernelChange", theme });
      const [halo, line] = spec.concat[0]!.layer.filter(({ mark }) => mark.type === "line");
      expect(halo!.mark.color).toBe(spec.background);
      expect(halo!.mark.strokeWidth!).toBeGreaterThan(line!.mark.strokeWidth!);
    }
  });

  test("show a stability that holds on a line as a line, without scattered cells", () => {
    const exponents = phaseDiagram({
      of: "exponents",
      x: { parameter: "outputScale", from: -1.5, to: 0.25, count: 36 },
      y: { parameter: "learningRates", from: -1, to: 1.5, count: 26 },
    });
    const spec = plotPhaseDiagram(exponents, { field: "stability" });
    expect([...exponents.fields["stability"]!.data].filter((code) => code === 0).length).toBeGreaterThan(5);
    expect(spec.datasets["cells"]!.filter(({ value }) => value === "stable")).toEqual([]);
    expect(spec.datasets["on stable"]!.length).toBeGreaterThan(2);
    expect(spec.concat[0]!.layer[0]!.encoding.color!.scale!.domain).toEqual(["stable", "frozen", "unstable"]);
  });

  test("mark places by name, and refuse those outside", () => {
    const spec = plotPhaseDiagram(diagram, { here: { mine: { x: 1, y: 0.1 } } });
    expect(spec.datasets["here"]).toEqual([{ name: "mine", x: 1, y: 0.1 }]);
    expect(spec.description).toMatch(/and the places of mine$/);
    expect(() => plotPhaseDiagram(diagram, { here: { mine: { x: 5, y: 0.1 } } })).toThrow(
      /^plotPhaseDiagram: here\.mine\.x is 5/,
    );
  });
});
