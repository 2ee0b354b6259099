import { exactFlow, network, sample, taskFromMoments } from "feature-learning";
import { describe, expect, test } from "vitest";
import { type Case, casesOf, type Expected } from "./textbook.ts";

const TOLERANCE = 2e-13;

describe.each(["exact-flow.json", "drawn.json"])("every value of %s", (file) => {
  const cases = casesOf(file);
  const kinds = [...new Set(cases.map((c) => c.kind))];

  test.each(kinds)("%s", (kind) => {
    const failures: string[] = [];
    let compared = 0;
    for (const c of cases.filter((candidate) => candidate.kind === kind)) {
      compareCase(c, (quantity, t, got, expected, error) => {
        compared++;
        if (!(error <= TOLERANCE)) failures.push(`${quantity} at t = ${t}: ${got}, expected ${expected}, error ${error}`);
      });
    }
    expect(failures).toEqual([]);
    expect(compared).toBeGreaterThan(50);
  });
});

type Compare = (quantity: string, t: number, got: number, expected: string, error: number) => void;

function compareCase(c: Case, compare: Compare): void {
  const u = Float64Array.from(c.u0);
  const w = Float64Array.from(c.w0);
  const flow = exactFlow({
    network: network({
      outputScale: c.gamma,
      learningRates: { u: c.eta_u, w: c.eta_w },
      loss: c.k === 1 ? "mse" : "half-mse",
    }),
    task: taskFromMoments({ xx: c.xx, xy: c.xy, yy: c.yy }),
    initial: { u, w },
  });
  compare("rate", Number.NaN, flow.rate, c.rate, relative(flow.rate, Number(c.rate)));
  const rows = sample(flow, c.times).toRows();
  for (const [i, t] of c.times.entries()) {
    const s = flow.at(t);
    const e = c.expected[i]!;
    if (t !== 0) expect(rows[i]).toEqual(s);
    const direct = { residual: e.residual, excessLoss: e.excess_loss, kernel: e.ntk } as const;
    for (const [name, value] of Object.entries(direct)) {
      const got = s[name as keyof typeof direct];
      compare(name, t, got, value, relative(got, Number(value)));
    }
    compare("loss", t, s.loss, e.loss, Math.abs(s.loss - Number(e.loss)) / Math.max(Number(e.loss), c.k * c.yy));
    compare("output", t, s.output, e.output, over(s.output - Number(e.output), outputScale(c, e)));
    if (e.cosine !== null) compare("alignment", t, s.alignment, e.cosine, Math.abs(s.alignment - Number(e.cosine)));
    const weights = flow.weights(t);
    const scales = weightScales(c, e);
    for (const layer of ["u", "w"] as const) {
      for (const [j, value] of e[layer].entries()) {
        const got = weights[layer][j]!;
        compare(`${layer}[${j}]`, t, got, value, over(got - Number(value), scales[layer]));
      }
    }
  }
}

/** Relative error; below the smallest normal double, of the spacing there. */
function relative(got: number, expected: number): number {
  return over(got - expected, Math.max(Math.abs(expected), 2 ** -1022));
}

function over(difference: number, scale: number): number {
  return difference === 0 ? 0 : Math.abs(difference) / scale;
}

function outputScale(c: Case, e: Expected): number {
  const h = Math.sqrt(c.eta_u) * Math.sqrt(c.eta_w);
  const byModes = h > 0 ? Number(e.ntk) / (2 * Math.abs(c.gamma) * h) : Number.POSITIVE_INFINITY;
  const byTarget = (Math.abs(c.xy) + Math.abs(Number(e.residual))) / c.xx;
  return Math.max(Math.abs(Number(e.output)), Math.min(byModes, byTarget));
}

function weightScales(c: Case, e: Expected): { u: number; w: number } {
  const largest = (a: readonly (number | string)[]): number => Math.max(...a.map((x) => Math.abs(Number(x))));
  if (c.eta_u === 0 || c.eta_w === 0) return { u: largest([...c.u0, ...e.u]), w: largest([...c.w0, ...e.w]) };
  const [rootU, rootW] = [Math.sqrt(c.eta_u), Math.sqrt(c.eta_w)];
  const m = Math.max(...e.u.map((x, j) => Math.hypot(Number(x) / rootU, Number(e.w[j]) / rootW)));
  return { u: rootU * m, w: rootW * m };
}
