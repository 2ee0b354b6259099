/**
 * What the safe forms are for: the textbook's own form of the solution (tanh, ξ = num/den, g from S), coded in doubles with care for
 * overflow, on the same problems.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the textbook form, in doubles, loses the kernel on many kinds of problem, and the late residual on nearly all", () => {
  const kernel = new Map<string, number>();
  const residual = new Map<string, number>();
  for (const file of ["exact-flow.json", "drawn.json"]) {
    const { cases } = JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
    for (const c of cases) {
      for (const [i, t] of c.times.entries()) {
        const found = textbook(c, t);
        note(kernel, c.kind, Math.abs(found.kernel / Number(c.expected[i].ntk) - 1));
        note(residual, c.kind, Math.abs(found.residual / Number(c.expected[i].residual) - 1));
      }
    }
  }
  const kinds = (errors: Map<string, number>, above: number): number =>
    [...errors.values()].filter((error) => error > above).length;
  expect({
    kinds: kernel.size,
    kernelOffBy1e10: kinds(kernel, 1e-10),
    kernelOffByMoreThanItself: kinds(kernel, 1),
    residualOffByMoreThanItself: kinds(residual, 1),
  }).toMatchInlineSnapshot(`
    {
      "kernelOffBy1e10": 8,
      "kernelOffByMoreThanItself": 6,
      "kinds": 28,
      "residualOffByMoreThanItself": 25,
    }
  `);
});

/** The largest error of a kind; a NaN counts as infinite. */
function note(errors: Map<string, number>, kind: string, error: number): void {
  errors.set(kind, Math.max(errors.get(kind) ?? 0, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error));
}

// biome-ignore lint/suspicious/noExplicitAny: a row of the reference file
function textbook({ gamma, eta_u, eta_w, k, xx, xy, u0, w0 }: any, t: number): { kernel: number; residual: number } {
  const [rootU, rootW, h] = [Math.sqrt(eta_u), Math.sqrt(eta_w), Math.sqrt(eta_u * eta_w)];
  let P = 0;
  let Q = 0;
  for (const [i, u] of u0.entries()) {
    P += ((u / rootU + w0[i] / rootW) / 2) ** 2;
    Q += ((u / rootU - w0[i] / rootW) / 2) ** 2;
  }
  const lambda = 2 * k * gamma * h;
  const A = gamma * h * xx;
  const [a0, a1, a2] = [2 * lambda * A * Q, 2 * lambda * xy, -2 * lambda * A * P];
  const rho = Math.sqrt(a1 * a1 - 4 * a0 * a2);
  const tau = rho === 0 ? t : Math.tanh((rho * t) / 2) / (rho / 2);
  const xi = (1 + (a0 + a1 / 2) * tau) / (1 - (a2 + a1 / 2) * tau);
  return { kernel: 2 * gamma * gamma * h * h * (P * xi + Q / xi), residual: xy - gamma * xx * h * (P * xi - Q / xi) };
}
