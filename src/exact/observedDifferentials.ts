/**
 * From the state's differentials to those of what is observed. With N = |u||w|, f = γS,
 *
 *     d cos ζ = (Γ dS − ½S dΓ)/N³     dζ = ½S dΓ/(√Γ N²) − √Γ dS/N²     dN = (S dS + ½dΓ)/N = ½(ww·duu + uu·dww)/N
 *     L = k(yy − 2f·xy + f²xx)        sharpness = ½[a(uu + ww) + W],  W² = (4kγ(fxx − g))² + a²((uu − ww)² + 4Γ),  a = 2kγ²xx
 */
import { lossPrefactor } from "../model/network.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { combine, type Differential, leastCancelling, over } from "../numerics/differential.ts";
import { difference, negate, product, quotient, squareRoot, sum, wide, wideHypot } from "../numerics/wide.ts";
import type { FlowDifferentials } from "./flowDifferentials.ts";
import type { Solution } from "./solution.ts";
import { inputs } from "./startDifferentials.ts";

type Observed<Name extends keyof Snapshot> = { readonly [name in Name]: Differential };

export function observedDifferentials(found: Solution, state: FlowDifferentials): Observed<Exclude<keyof Snapshot, "t">> {
  return { ...layerDifferentials(found, state), ...lossDifferentials(found, state) };
}

function layerDifferentials(
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

function lossDifferentials(
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

  const factor = product(2 * k, gamma, gamma);
  const da = combine([product(4 * k, gamma, task.xx), inputs.gamma], [factor, inputs.xx]);
  const pull = difference(product(f, task.xx), g);
  const dX = combine(
    [product(4 * k, pull), inputs.gamma],
    [product(4 * k, gamma, task.xx), df],
    [product(4 * k, gamma, f), inputs.xx],
    [product(-4 * k, gamma), dg],
  );
  const apart = difference(uu, ww);
  const spread = sum(product(apart, apart), product(4, Gamma));
  // X, a and W all over xx: their ratios have limits where there are no data.
  const X = product(4 * k, gamma, difference(f, misfit));
  const W = wideHypot(X, product(factor, squareRoot(spread)));
  const dW = combine(
    [over(X, W), dX],
    [over(product(factor, spread), W), da],
    [over(product(factor, a, apart), W), combine([1, dUU], [-1, dWW])],
    [over(product(2, factor, a), W), dGamma],
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
