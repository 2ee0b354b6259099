/** The solution as one would code it from the papers, in doubles: what the safe forms are for. */
import { readFileSync } from "node:fs";

/** One problem of the reference files, with its values as decimal strings. */
export interface Case {
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
  readonly expected: readonly Expected[];
}

/** What is expected at one time. */
export interface Expected {
  readonly u: readonly string[];
  readonly w: readonly string[];
  readonly output: string;
  readonly residual: string;
  readonly loss: string;
  readonly excess_loss: string;
  readonly ntk: string;
  readonly cosine: string | null;
}

export function casesOf(file: string): readonly Case[] {
  return (JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as { readonly cases: readonly Case[] }).cases;
}

export interface Found {
  readonly kernel: number;
  readonly residual: number;
}

export type Form = (c: Case, t: number) => Found;

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
export const tanhForm: Form = (c, t) => {
  const all = constants(c);
  const { a0, a1, a2, rho } = all;
  const tau = rho === 0 ? t : Math.tanh((rho * t) / 2) / (rho / 2);
  return fromXi(c, all, (1 + (a0 + a1 / 2) * tau) / (1 - (a2 + a1 / 2) * tau));
};

/** With the roots α± of the equation's right-hand side. [XuZiyin2025] */
export const rootsForm: Form = (c, t) => {
  const all = constants(c);
  const { a1, a2, rho } = all;
  const [plus, minus] = [(-a1 - rho) / (2 * a2), (-a1 + rho) / (2 * a2)];
  const ratio = ((1 - plus) / (1 - minus)) * Math.exp(-rho * t);
  return fromXi(c, all, (plus - minus * ratio) / (1 - ratio));
};

/** With e^{+Ft}, of the 2×2 matrix F, as published code for one neuron has it; for width 1. [KuninEtAl2024] */
export const growingForm: Form = (c, t) => {
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
