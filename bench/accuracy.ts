/**
 * Errors of kernel and residual, relative, in units of the last place (2⁻⁵²), on the problems of test/reference, by kind: of this library, and of what
 * else one would code or call. Beyond 10⁶ units a form has failed; "never" is one that fails nowhere.
 *
 *     npm run bench:accuracy        (needs python3 with scipy for DOP853: Debian's python3-scipy)
 */
import { spawnSync } from "node:child_process";
import { exactFlow, network, taskFromMoments } from "feature-learning";
import { type Case, casesOf, type Form, type Found, growingForm, rootsForm, tanhForm } from "../test/reference/textbook.ts";

const library: Form = (c, t) => {
  const { kernel, residual } = exactFlow({
    network: network({
      outputScale: c.gamma,
      learningRates: { u: c.eta_u, w: c.eta_w },
      loss: c.k === 1 ? "mse" : "half-mse",
    }),
    task: taskFromMoments({ xx: c.xx, xy: c.xy, yy: c.yy }),
    initial: { u: c.u0, w: c.w0 },
  }).at(t);
  return { kernel, residual };
};

const cases = ["exact-flow.json", "drawn.json"].flatMap(casesOf);
const python = spawnSync("/usr/bin/python3", ["bench/accuracy.py"], {
  input: JSON.stringify(cases),
  encoding: "utf8",
  maxBuffer: 1e9,
});
const integrated = python.status === 0 ? (JSON.parse(python.stdout) as (Found | null)[][]) : undefined;

/** Errors in units of the last place; a value below the smallest normal double is right to its own spacing. */
function errorOf(found: number | null, expected: string): number {
  const value = Number(expected);
  if (found === value) return 0;
  const error = Math.abs(Number(found ?? NaN) - value) / Math.max(Math.abs(value), 2 ** -1022) / 2 ** -52;
  return Number.isNaN(error) ? Infinity : error;
}

const forms: readonly [string, (c: Case, i: number, n: number) => Found | null | undefined][] = [
  ["this library", (c, i) => library(c, c.times[i]!)],
  ["tanh", (c, i) => tanhForm(c, c.times[i]!)],
  ["roots α±", (c, i) => rootsForm(c, c.times[i]!)],
  ["e^{+Ft}", (c, i) => (c.u0.length === 1 ? growingForm(c, c.times[i]!) : undefined)],
  ["DOP853", (_c, i, n) => integrated?.[n]?.[i]],
];

const show = (error: number): string =>
  error === Infinity ? "NaN" : error < 1e4 ? error.toFixed(error < 10 ? 1 : 0) : error.toExponential(0);
const row = (first: string, ...cells: string[]): void =>
  console.log(first.padEnd(34) + cells.map((cell) => cell.padStart(19)).join(""));
row("kind: kernel / residual, largest", ...forms.map(([name]) => name));
const kinds = [...new Set(cases.map(({ kind }) => kind))];
const everything = forms.map(() => ({ kernel: [] as number[], residual: [] as number[], failed: Infinity }));
for (const kind of kinds) {
  const cells = forms.map(([, form], f) => {
    const worst = { kernel: 0, residual: 0 };
    let known = 0;
    for (const [n, c] of cases.entries()) {
      if (c.kind !== kind) continue;
      for (const [i, { ntk, residual }] of c.expected.entries()) {
        const found = form(c, i, n);
        if (found === undefined) continue;
        known++;
        const errors = { kernel: errorOf(found?.kernel ?? null, ntk), residual: errorOf(found?.residual ?? null, residual) };
        for (const name of ["kernel", "residual"] as const) {
          worst[name] = Math.max(worst[name], errors[name]);
          everything[f]![name].push(errors[name]);
          const when = c.times[i]! * Number(c.rate);
          if (errors[name] > 1e6 && when > 0) everything[f]!.failed = Math.min(everything[f]!.failed, when);
        }
      }
    }
    return known === 0 ? "–" : `${show(worst.kernel)} / ${show(worst.residual)}`;
  });
  row(kind, ...cells);
}
const quantile = (errors: number[], level: number): number =>
  errors.sort((a, b) => a - b)[Math.floor(level * (errors.length - 1))]!;
row(
  "all, 99.9th percentile",
  ...everything.map(({ kernel, residual }) => `${show(quantile(kernel, 0.999))} / ${show(quantile(residual, 0.999))}`),
);
row(
  "all, median",
  ...everything.map(({ kernel, residual }) => `${show(quantile(kernel, 0.5))} / ${show(quantile(residual, 0.5))}`),
);
row(
  "share beyond 10⁶ units",
  ...everything.map(({ kernel, residual }) =>
    [kernel, residual]
      .map((errors) => `${Math.round((100 * errors.filter((error) => error > 1e6).length) / errors.length)} %`)
      .join(" / "),
  ),
);
row("first fails at ρt =", ...everything.map(({ failed }) => (failed === Infinity ? "never" : failed.toPrecision(2))));
