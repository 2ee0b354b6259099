/**
 * Errors of kernel and residual, relative, in units of the last place (2⁻⁵²), on the problems of test/reference, by kind: of this library, and of what
 * else one would code or call. Beyond 10⁶ units a form has failed; "never" is one that fails nowhere.
 *
 *     npm run bench:accuracy        (needs python3 with scipy for DOP853: Debian's python3-scipy)
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { exactFlow, network, taskFromMoments } from "feature-learning";

interface Case {
  readonly kind: string;
  readonly gamma: number;
  readonly eta_u: number;
  readonly eta_w: number;
  readonly k: number;
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
  readonly u0: readonly number[];
  readonly w0: readonly number[];
  readonly rate: string;
  readonly times: readonly number[];
  readonly expected: readonly { readonly ntk: string; readonly residual: string }[];
}

interface Found {
  readonly kernel: number;
  readonly residual: number;
}

type Form = (c: Case, t: number) => Found;

/** P, Q and the equation's constants, as the papers have them. */
function constants({ gamma, eta_u, eta_w, k, xx, xy, u0, w0 }: Case) {
  const h = Math.sqrt(eta_u * eta_w);
  let [P, Q] = [0, 0];
  for (const [i, u] of u0.entries()) {
    P += ((u / Math.sqrt(eta_u) + w0[i]! / Math.sqrt(eta_w)) / 2) ** 2;
    Q += ((u / Math.sqrt(eta_u) - w0[i]! / Math.sqrt(eta_w)) / 2) ** 2;
  }
  const lambda = 2 * k * gamma * h;
  const A = gamma * h * xx;
  const [a0, a1, a2] = [2 * lambda * A * Q, 2 * lambda * xy, -2 * lambda * A * P];
  return { h, P, Q, a0, a1, a2, rho: Math.sqrt(a1 * a1 - 4 * a0 * a2) };
}

/** Kernel and residual from ξ. */
function fromXi({ gamma, xx, xy }: Case, { h, P, Q }: ReturnType<typeof constants>, xi: number): Found {
  return { kernel: 2 * gamma * gamma * h * h * (P * xi + Q / xi), residual: xy - gamma * xx * h * (P * xi - Q / xi) };
}

/** With tanh(ρt/2). */
const tanhForm: Form = (c, t) => {
  const all = constants(c);
  const { a0, a1, a2, rho } = all;
  const tau = rho === 0 ? t : Math.tanh((rho * t) / 2) / (rho / 2);
  return fromXi(c, all, (1 + (a0 + a1 / 2) * tau) / (1 - (a2 + a1 / 2) * tau));
};

/** With the roots α± of the equation's right-hand side. [XuZiyin2025] */
const rootsForm: Form = (c, t) => {
  const all = constants(c);
  const { a1, a2, rho } = all;
  const [plus, minus] = [(-a1 - rho) / (2 * a2), (-a1 + rho) / (2 * a2)];
  const ratio = ((1 - plus) / (1 - minus)) * Math.exp(-rho * t);
  return fromXi(c, all, (plus - minus * ratio) / (1 - ratio));
};

/** With e^{+Ft}, of the 2×2 matrix F, as published code for one neuron has it; for width 1. [KuninEtAl2024] */
const growingForm: Form = (c, t) => {
  const { gamma, eta_u, eta_w, k, xx, xy, u0, w0 } = c;
  if (u0.length !== 1) return { kernel: 0, residual: 0 };
  const h = Math.sqrt(eta_u * eta_w);
  const b = Math.abs(gamma) * xx * h;
  const [A, C] = [(Math.sqrt(b) * u0[0]!) / Math.sqrt(eta_u), (Math.sqrt(b) * w0[0]!) / Math.sqrt(eta_w)];
  const lambda = A * A - C * C;
  const sigma = Math.sign(gamma) * xy;
  const f = Math.sqrt((lambda * lambda) / 4 + sigma * sigma);
  const s = 2 * k * Math.abs(gamma) * h * t;
  // e^{Fs} = cosh(fs) I + sinh(fs) F/f; ∫e^{2Fs} likewise.
  const [ch, sh] = [Math.cosh(f * s), Math.sinh(f * s) / f];
  const [ch2, sh2] = [Math.sinh(2 * f * s) / (2 * f), (Math.cosh(2 * f * s) - 1) / (2 * f * f)];
  const q = [(ch - (sh * lambda) / 2) * C + sh * sigma * A, sh * sigma * C + (ch + (sh * lambda) / 2) * A];
  const N = 1 + (ch2 - (sh2 * lambda) / 2) * C * C + 2 * sh2 * sigma * A * C + (ch2 + (sh2 * lambda) / 2) * A * A;
  const [CC, AC, AA] = [(q[0]! * q[0]!) / N, (q[0]! * q[1]!) / N, (q[1]! * q[1]!) / N];
  return { kernel: (gamma * gamma * h * h * (CC + AA)) / b, residual: xy - (gamma * xx * AC * h) / b };
};

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

const cases = ["exact-flow.json", "drawn.json"].flatMap(
  (file) => (JSON.parse(readFileSync(`test/reference/${file}`, "utf8")) as { readonly cases: readonly Case[] }).cases,
);
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
