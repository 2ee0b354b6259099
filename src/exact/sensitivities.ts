/**
 * Derivatives of everything that a snapshot shows by everything that a problem is made of: the forward sensitivities of the flow, in
 * closed form as the flow itself is. [XuZiyin2025, §3]
 */
import { lossPrefactor } from "../model/network.ts";
import type { Problem } from "../model/problem.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { refuse } from "../numerics/check.ts";
import { combine, type Differential, leastCancelling, over } from "../numerics/differential.ts";
import { difference, negate, product, quotient, squareRoot, sum, toNumber, wide, wideHypot } from "../numerics/wide.ts";
import { exactFlow, type SolvedFlow, solved } from "./exactFlow.ts";
import { type FlowDifferentials, flowDifferentials } from "./flowDifferentials.ts";
import type { Solution } from "./solution.ts";
import { inputs, parameters } from "./startDifferentials.ts";

/** What {@link sensitivities} differentiates by: time, the network's numbers, the task's moments, the initial order parameters. */
export type Parameter = (typeof parameters)[number];

/** The partial derivatives of one quantity. */
export type Gradient = { readonly [parameter in Parameter]: number };

/** The gradient of every number in a snapshot, and the snapshot itself. */
export type Sensitivities = { readonly [quantity in Exclude<keyof Snapshot, "t">]-?: Gradient } & { readonly snapshot: Snapshot };

export function sensitivities(problem: Problem, t: number): Sensitivities {
  const flow = exactFlow(problem) as SolvedFlow;
  if (typeof t !== "number" || !(t >= 0)) refuse("sensitivities", "t", t, "pass a time ≥ 0, or Infinity");
  const found = flow[solved];
  const state = flowDifferentials(found, t);
  const observed = { ...layerGradients(found, state), ...lossGradients(found, state) };
  const gradients = Object.entries(observed).map(([name, differential]) => [name, gradientOf(differential)]);
  return { snapshot: flow.at(t), ...Object.fromEntries(gradients) };
}

function gradientOf({ parts }: Differential): Gradient {
  // + 0: no −0.
  return Object.fromEntries(parameters.map((name, i) => [name, toNumber(parts[i]!) + 0])) as Gradient;
}

type Observed<Name extends keyof Snapshot> = { readonly [name in Name]: Differential };

function layerGradients(
  found: Solution,
  { S, B, uu, ww, Gamma, dS, dB, dUU, dWW, dGamma }: FlowDifferentials,
): Observed<"uu" | "ww" | "uw" | "area" | "balance" | "kernel" | "alignment" | "angle" | "normProduct"> {
  const { network, layers, start } = found;
  const gamma = network.outputScale;
  const rate = { u: wide(network.learningRates.u), w: wide(network.learningRates.w) };
  const N = wideHypot(S, layers.area);
  const area = layers.area;
  const NN = product(N, N);
  return {
    uu: dUU,
    ww: dWW,
    uw: dS,
    area: combine([over(wide(0.5), area), dGamma]),
    balance: combine(
      [over(wide(1), rate.u), inputs.uu],
      [over(wide(-start.given.uu), product(rate.u, rate.u)), inputs.etaU],
      [over(wide(-1), rate.w), inputs.ww],
      [over(wide(start.given.ww), product(rate.w, rate.w)), inputs.etaW],
    ),
    kernel: combine([product(gamma, gamma), dB], [product(2, gamma, B), inputs.gamma]),
    alignment: combine([over(Gamma, product(NN, N)), dS], [over(product(-0.5, S), product(NN, N)), dGamma]),
    angle: combine([negate(over(area, NN)), dS], [over(product(0.5, S), product(area, NN)), dGamma]),
    normProduct: leastCancelling(
      combine([over(S, N), dS], [over(wide(0.5), N), dGamma]),
      ...(N.m > 0 ? [combine([quotient(ww, product(2, N)), dUU], [quotient(uu, product(2, N)), dWW])] : []),
    ),
  };
}

/** With f = γS: L = k(yy − 2f·xy + f²xx), and the Hessian's top eigenvalue ½[a(uu + ww) + W], W² = (4kγ(fxx − g))² + a²((uu − ww)² + 4Γ), a = 2kγ²xx. */
function lossGradients(
  found: Solution,
  { S, g, uu, ww, Gamma, dS, dg, dUU, dWW, dGamma }: FlowDifferentials,
): Observed<"output" | "residual" | "loss" | "excessLoss" | "sharpness"> {
  const { network, task, curvature: a } = found;
  const k = lossPrefactor(network);
  const gamma = network.outputScale;
  const f = product(gamma, S);
  const direct = combine([gamma, dS], [S, inputs.gamma]);
  const perXX = over(wide(1), wide(task.xx));
  const df =
    task.xx > 0
      ? leastCancelling(direct, combine([perXX, inputs.xy], [negate(product(perXX, f)), inputs.xx], [negate(perXX), dg]))
      : direct;
  // Without data g = −f·xx all the same.
  const misfit = task.xx > 0 ? over(g, wide(task.xx)) : negate(f);

  const best = product(perXX, task.xy);
  const dLoss = combine([k, inputs.yy], [product(-2 * k, f), inputs.xy], [product(k, f, f), inputs.xx], [product(-2 * k, g), df]);
  const dExcess = combine([product(2 * k, misfit), dg], [product(-k, misfit, misfit), inputs.xx]);

  const da = combine([product(4 * k, gamma, task.xx), inputs.gamma], [product(2 * k, gamma, gamma), inputs.xx]);
  const pull = difference(product(f, task.xx), g);
  const X = product(4 * k, gamma, pull);
  const dX = combine(
    [product(4 * k, pull), inputs.gamma],
    [product(4 * k, gamma, task.xx), df],
    [product(4 * k, gamma, f), inputs.xx],
    [product(-4 * k, gamma), dg],
  );
  const apart = difference(uu, ww);
  const spread = sum(product(apart, apart), product(4, Gamma));
  const W = wideHypot(X, product(a, squareRoot(spread)));
  const dW = combine(
    [over(X, W), dX],
    [over(product(a, spread), W), da],
    [over(product(a, a, apart), W), combine([1, dUU], [-1, dWW])],
    [over(product(2, a, a), W), dGamma],
  );
  return {
    output: df,
    residual: dg,
    loss:
      task.xx > 0
        ? leastCancelling(
            dLoss,
            combine([k, inputs.yy], [product(-2 * k, best), inputs.xy], [product(k, best, best), inputs.xx], [1, dExcess]),
          )
        : dLoss,
    excessLoss: dExcess,
    sharpness: combine([product(0.5, sum(uu, ww)), da], [product(0.5, a), dUU], [product(0.5, a), dWW], [0.5, dW]),
  };
}
