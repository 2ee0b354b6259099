/** What every flow of this network must do, whichever way it was solved. */
import { type Flow, type OneDirectionFlow, type Snapshot, sample } from "feature-learning";
import type { Counted } from "./counted.ts";
import { EPS, expectWithin } from "./problems.ts";

/** h = √(η_u·η_w), k and the slack that conditioning allows. */
function constants(flow: Flow): { h: number; k: number } {
  const { u, w } = flow.problem.network.learningRates;
  return { h: Math.sqrt(u) * Math.sqrt(w), k: flow.problem.network.loss === "mse" ? 1 : 0.5 };
}

/** On what scale a value of the output can be right, however it came about: the terms that cancel in the best of its forms. */
export function outputScaleOf(flow: Flow, s: Snapshot): number {
  const { network, task } = flow.problem;
  const { h } = constants(flow);
  const byModes = h > 0 ? s.kernel / (2 * Math.abs(network.outputScale) * h) : Infinity;
  const byTarget = (Math.abs(task.xy) + Math.abs(s.residual)) / task.xx;
  return Math.max(Math.abs(s.output), Math.min(byModes, byTarget));
}

/**
 * The flow is a gradient flow: Ṡ = 2kγgB by central differences, the loss falls, S is monotone, δ, Γ and the identities between the
 * observables hold, all at the given times (which the caller takes in order).
 * Derivatives are compared where a difference can resolve them, which `derivatives` counts.
 */
export function expectGradientFlow(
  flow: OneDirectionFlow,
  times: readonly number[],
  { tolerance = 64 * EPS, derivatives }: { readonly tolerance?: number; readonly derivatives?: Counted } = {},
): void {
  const { network, task } = flow.problem;
  const { k } = constants(flow);
  const gamma = network.outputScale;
  const start = flow.at(0);
  const columns = sample(flow, times);
  const rows = columns.toRows();
  const direction = Math.sign(flow.limit.output - start.output);
  for (const [i, s] of rows.entries()) {
    const slack = tolerance * (1 + flow.rate * s.t);
    for (const [name, value] of Object.entries(s)) if (Number.isNaN(value)) throw new Error(`${name} is NaN at t = ${s.t}`);
    expectWithin(Math.abs(s.area - start.area), 0, "the area is conserved");
    if (Number.isFinite(start.balance)) expectWithin(Math.abs(s.balance - start.balance), 0, "the balance is conserved");
    expectWithin(Math.abs(s.normProduct - Math.sqrt(s.uu) * Math.sqrt(s.ww)), slack * s.normProduct, "|u||w| = √(uu·ww)");
    expectWithin(Math.abs(s.normProduct * s.alignment - s.uw), slack * s.normProduct, "uw = |u||w| cos ζ");
    expectWithin(Math.abs(Math.cos(s.angle) - s.alignment), slack, "ζ is the angle of cos ζ");
    const kernel = gamma * gamma * (network.learningRates.w * s.uu + network.learningRates.u * s.ww);
    expectWithin(Math.abs(s.kernel - kernel), slack * s.kernel, "kernel = γ²(η_w·uu + η_u·ww)");
    const residual = task.xy - task.xx * s.output;
    expectWithin(
      Math.abs(s.residual - residual),
      slack * (Math.abs(task.xy) + task.xx * outputScaleOf(flow, s)),
      "g = xy − xx·output",
    );
    expectWithin(Math.abs(s.excessLoss - (k * s.residual ** 2) / task.xx), slack * s.excessLoss, "the excess loss is k g²/xx");
    const h2 = 2 * k * task.xx * gamma * gamma;
    const tilt = 2 * h2 * s.uw - 4 * k * gamma * s.residual;
    const sharpness = (h2 * (s.uu + s.ww) + Math.hypot(tilt, h2 * (s.uu - s.ww), 2 * h2 * s.area)) / 2;
    expectWithin(Math.abs(s.sharpness! - sharpness), slack * sharpness, "the sharpness is the Hessian's top eigenvalue");
    const before = rows[i - 1];
    if (before !== undefined) {
      expectWithin(s.loss - before.loss, slack * before.loss, "the loss never increases");
      expectWithin(s.excessLoss - before.excessLoss, slack * before.excessLoss, "the excess loss never increases");
      expectWithin(direction * (before.output - s.output), slack * outputScaleOf(flow, s), "the output is monotone");
    }
    expectDerivative(flow, s, derivatives);
  }
}

/** Ṡ = 2kγgB, that is d output/dt = 2k·g·kernel, at a step over which curvature costs as much as rounding. */
function expectDerivative(flow: OneDirectionFlow, s: Snapshot, derivatives: Counted | undefined): void {
  const { k } = constants(flow);
  const speed = 2 * k * s.residual * s.kernel;
  const step = 1e-4 * localTime(flow, s);
  const resolved = step > 1e-9 * s.t && s.t - step > flow.from && Number.isFinite(speed);
  derivatives?.when(resolved);
  if (!resolved) return;
  const [a, b] = [flow.at(s.t - step), flow.at(s.t + step)];
  const measured = (b.output - a.output) / (2 * step);
  const noise = (64 * EPS * (1 + s.t / step) * outputScaleOf(flow, s)) / step;
  expectWithin(Math.abs(measured - speed), 1e-6 * Math.abs(speed) + noise, `d output/dt = 2k·g·kernel at t = ${s.t}`);
}

/** How fast g and B change: 1/(2k·xx·kernel + 4k|γ|h|g|). */
function localTime(flow: Flow, s: Snapshot): number {
  const { network, task } = flow.problem;
  const { h, k } = constants(flow);
  return 1 / (2 * k * task.xx * s.kernel + 4 * k * Math.abs(network.outputScale) * h * Math.abs(s.residual));
}
