/** Every plot is valid Vega-Lite, draws without a warning, says what it shows, and can be read by everyone. */
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { exactFlow, linearTimes, network, parametrizations, phase, sample, taskFromMoments } from "feature-learning";
import {
  mechanismColours,
  type PlotSpec,
  phaseColours,
  plotPhaseDiagram,
  plotTrajectory,
  renderSvg,
  seriesColours,
} from "feature-learning/plot";
import { phaseDiagram } from "feature-learning/sweep";
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { describe, expect, test } from "vitest";
import { figures } from "../../scripts/figures.ts";
import { surfaces } from "../../src/plot/theme.ts";

const schema = JSON.parse(readFileSync("node_modules/vega-lite/build/vega-lite-schema.json", "utf8"));
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
const all = (["light", "dark"] as const).flatMap((theme) =>
  Object.entries(figures(theme)).map(([name, spec]) => ({ name, theme, spec })),
);

/** Everything that Vega-Lite and Vega have to say while they draw. */
async function drawn(spec: PlotSpec): Promise<{ svg: string; said: unknown[] }> {
  const said: unknown[] = [];
  const note = (...words: unknown[]): never => {
    said.push(words.join(" "));
    return logger as never;
  };
  const logger = {
    level: () => logger as never,
    error: note,
    warn: note,
    info: () => logger as never,
    debug: () => logger as never,
  };
  // Vega-Lite's own type takes it as it is.
  const typed: TopLevelSpec = spec;
  const view = new vega.View(vega.parse(compile(typed, { logger }).spec), { renderer: "none", logger: logger as never });
  return { svg: await view.toSVG(), said };
}

/** What is in a picture, whatever its pixels: how many marks of which kind, and every text but those of ticks and points. */
function structure(svg: string): object {
  const marks: Record<string, number> = {};
  for (const [, kind, role] of svg.matchAll(/class="mark-(\w+) role-(mark|axis-title|legend-label)[^"]*"/g))
    marks[`${role} ${kind}`] = (marks[`${role} ${kind}`] ?? 0) + 1;
  const texts = Array.from(svg.matchAll(/class="mark-text role-(?:axis-title|legend-label)"[^>]*>(.*?)<\/g>/gs), ([, inner]) =>
    inner!.replace(/<[^>]+>/g, ""),
  );
  return { marks, texts: [...new Set(texts)] };
}

describe("every plot", () => {
  test.each(all)("$name, $theme: valid by Vega-Lite's schema, drawn without a warning", async ({ name, theme, spec }) => {
    expect(validate(spec), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    const { svg, said } = await drawn(spec);
    expect(said).toEqual([]);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    // What follows the pointer is no part of a still picture, which has a title and a description instead.
    const still = await renderSvg(spec);
    if (theme === "light") expect(structure(still)).toMatchSnapshot(name);
    expect(still).toMatch(/^<svg [^>]* role="img"><title>[^<]+<\/title><desc>[^<]+<\/desc>/);
    expect(still.length).toBeLessThanOrEqual(svg.length + 1000);
  });

  test("a schema that cannot fail would prove nothing", () => {
    expect(validate({ ...all[0]!.spec, concat: [{ mark: "nonsense" }] })).toBe(false);
  });
});

/** Relative luminance and contrast, WCAG 2. */
function linear(hex: string): number[] {
  return [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
}
const luminance = (hex: string): number => linear(hex).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i]!, 0);
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

/** Colour vision without one kind of cone: the matrices of Machado, Oliveira and Fernandes (2009), at full severity, on linear light. */
const visions = {
  all: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

/** CIE L*a*b* of a colour as it is seen. */
function lab(hex: string, matrix: readonly number[]): number[] {
  const rgb = linear(hex);
  const [r, g, b] = [0, 1, 2].map((i) =>
    Math.max(0, matrix[3 * i]! * rgb[0]! + matrix[3 * i + 1]! * rgb[1]! + matrix[3 * i + 2]! * rgb[2]!),
  );
  const xyz = [
    (0.4124 * r! + 0.3576 * g! + 0.1805 * b!) / 0.9505,
    0.2126 * r! + 0.7152 * g! + 0.0722 * b!,
    (0.0193 * r! + 0.1192 * g! + 0.9505 * b!) / 1.089,
  ];
  const [x, y, z] = xyz.map((v) => (v > 0.008856 ? Math.cbrt(v) : 7.787 * v + 16 / 116));
  return [116 * y! - 16, 500 * (x! - y!), 200 * (y! - z!)];
}

describe("colours", () => {
  const groups = {
    mechanisms: Object.values(mechanismColours),
    phases: Object.values(phaseColours),
    series: seriesColours.slice(0, 3),
  };

  test.each(Object.entries(visions))("of one meaning are told apart, with the cones of %s", (_, matrix) => {
    for (const colours of Object.values(groups)) {
      for (const [i, one] of colours.entries()) {
        for (const other of colours.slice(0, i)) {
          const [a, b] = [lab(one, matrix), lab(other, matrix)];
          // A difference of 2.3 is the least that is seen; ten of them are told apart at a glance.
          expect(Math.hypot(...a.map((v, k) => v - b[k]!)), `${one} ${other}`).toBeGreaterThan(20);
        }
      }
    }
  });

  test("stand out on either background, and so does text", () => {
    for (const { background, text, quiet } of Object.values(surfaces)) {
      for (const colour of [...Object.values(groups).flat(), ...seriesColours])
        expect(contrast(colour, background), colour).toBeGreaterThan(3);
      for (const ink of [text, quiet]) expect(contrast(ink, background), ink).toBeGreaterThan(4.5);
    }
  });
});

describe("a phase diagram", () => {
  test("names parametrizations where their training is that of the point, layers rescaled or not", () => {
    const base = { width: 1, outputScale: 0, scale: 0, learningRates: 0 };
    const { named } = phaseDiagram({
      of: "exponents",
      x: { parameter: "outputScale", from: -2, to: 1, count: 2 },
      y: { parameter: "learningRates", from: -2, to: 2, count: 2 },
    });
    expect(named.map(({ names, x, y }) => [names.length, x, y])).toEqual([
      [1, -0.5, 0],
      [3, -1, 1],
    ]);
    const byName = new Map(Object.values(parametrizations).map((one) => [one.name, one]));
    for (const { names, x, y } of named) {
      const here = phase({ ...base, outputScale: x, learningRates: y });
      for (const name of names) {
        const there = phase(byName.get(name)!);
        expect(there.phase).toBe(here.phase);
        for (const exponent of ["rate", "kernel", "overlap", "output", "angle"] as const)
          expect(there.exponents[exponent]).toBeCloseTo(here.exponents[exponent], 12);
      }
    }
  });

  test("every named parametrization has a plane in which it lies", () => {
    const found = new Set<string>();
    for (const width of [0, 1]) {
      const { named } = phaseDiagram({
        of: "exponents",
        x: { parameter: "learningRates.u", from: -5, to: 5, count: 2 },
        y: { parameter: "learningRates.w", from: -5, to: 5, count: 2 },
        base: { width, outputScale: width === 0 ? 1 : -1 },
      });
      for (const { names } of named) for (const name of names) found.add(name);
    }
    // With γ = 1/d: mean field, μP, Xavier; with γ = κ: lazy.
    expect([...found].sort()).toEqual(["Xavier, rate ~ 1", "lazy by output scale", "maximal update (μP)", "mean field"].sort());
  });

  test("its cells cover the plane once, whichever the spacing", () => {
    const spec = plotPhaseDiagram(
      phaseDiagram({
        of: "networks",
        x: { parameter: "width", from: 1, to: 1e6, count: 9, spacing: "logarithmic" },
        y: { parameter: "scale", from: 0.01, to: 1, count: 7, spacing: "logarithmic" },
      }),
    );
    const cells = spec.datasets["cells"]!;
    for (const [x, y] of [
      [1.5, 0.02],
      [3e3, 0.4],
      [9e5, 0.9],
    ] as const) {
      const over = cells.filter(
        (c) => Number(c["x0"]) <= x && x < Number(c["x1"]) && Number(c["y0"]) <= y && y < Number(c["y1"]),
      );
      expect(over.length).toBeGreaterThan(0);
      // The one on top is the last drawn, and is the verdict there.
      expect(over.at(-1)!["value"]).toBe(x * y * y * 2 > 4.4 ? "kernel" : "feature-learning");
    }
  });
});

test("datasets are all that changes when the same plot shows another network", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  const plotOf = (uw: number): PlotSpec => {
    const flow = exactFlow({ network: network(), task, initial: { uu: 0.01, ww: 0.01, uw } });
    return plotTrajectory(sample(flow, linearTimes(flow)));
  };
  const [a, b] = [plotOf(0.001), plotOf(0.005)];
  expect(a.datasets).not.toEqual(b.datasets);
  expect({ ...a, datasets: {} }).toEqual({ ...b, datasets: {} });
});
