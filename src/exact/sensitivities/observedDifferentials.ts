/**
 * From the state's differentials to those of what is observed. With N = |u||w|, f = γS,
 *
 *     d cos ζ = (Γ dS − ½S dΓ)/N³     dζ = ½S dΓ/(√Γ N²) − √Γ dS/N²     dN = (S dS + ½dΓ)/N = ½(ww·duu + uu·dww)/N
 *     L = k(yy − 2f·xy + f²xx)        sharpness = ½[a(uu + ww) + W],  W² = X² + a²((uu − ww)² + 4Γ),  a = 2kγ²xx,  X = 4kγ(f·xx − g)
 */
import type { Snapshot } from "../../model/snapshot.ts";
import { combine, type Differential, leastCancelling, over } from "../../numerics/differential.ts";
import { plus, times } from "../../numerics/dual.ts";
import { absolute, difference, negate, product, quotient, squareRoot, wide, wideHypot } from "../../numerics/wide.ts";
import type { Solution } from "../riccati/solution.ts";
import type { FlowDuals } from "./flowDuals.ts";

type Observed<Name extends keyof Snapshot> = { readonly [name in Name]: Differential };

export function observedDifferentials(found: Solution, state: FlowDuals): Observed<Exclude<keyof Snapshot, "t">> {
  const losses = lossDifferentials(found, state);
  return {
    ...layerDifferentials(found, state),
    ...losses,
    outputSize: outputSizeDifferential(state, losses.output),
    sharpness: sharpnessDifferential(found, state),
  };
}

function layerDifferentials(
  { layers: { area } }: Solution,
  { start, S, B, uu, ww }: FlowDuals,
): Observed<"uu" | "ww" | "uw" | "area" | "balance" | "kernel" | "kernelSize" | "alignment" | "angle" | "normProduct"> {
  const { Gamma, etaU, etaW } = start;
  const N = wideHypot(S.value, area);
  const NN = product(N, N);
  const normProduct = combine([over(S.value, N), S.d], [over(wide(0.5), N), Gamma.d]);
  return {
    uu: uu.d,
    ww: ww.d,
    uw: S.d,
    area: combine([over(wide(0.5), area), Gamma.d]),
    balance: combine(
      [over(wide(1), etaU.value), start.uu.d],
      [negate(over(start.uu.value, product(etaU.value, etaU.value))), etaU.d],
      [over(wide(-1), etaW.value), start.ww.d],
      [over(start.ww.value, product(etaW.value, etaW.value)), etaW.d],
    ),
    kernel: times(1, [start.gamma, 2], B).d,
    kernelSize: times(1, [start.gamma, 2], B, start.xx).d,
    alignment: combine([over(Gamma.value, product(NN, N)), S.d], [over(product(-0.5, S.value), product(NN, N)), Gamma.d]),
    angle: combine([negate(over(area, NN)), S.d], [over(product(0.5, S.value), product(area, NN)), Gamma.d]),
    normProduct: N.m === 0 ? normProduct : leastCancelling(normProduct, combine([quotient(wide(0.5), N), times(1, uu, ww).d])),
  };
}

function lossDifferentials({ k }: Solution, { start, S, g }: FlowDuals): Observed<"output" | "residual" | "loss" | "excessLoss"> {
  const { gamma, xx, xy, yy } = start;
  const f = times(1, gamma, S);
  // dL = k(d(yy) − 2f d(xy) + f² d(xx) − 2g df)
  const loss = (slope: typeof f.value, rest: Differential): Differential =>
    combine([k, yy.d], [product(-2 * k, slope), xy.d], [product(k, slope, slope), xx.d], [1, rest]);
  if (xx.value.m === 0) {
    // Without data g = −f·xx all the same.
    const excessLoss = combine([product(-2 * k, f.value), g.d], [product(-k, f.value, f.value), xx.d]);
    return { output: f.d, residual: g.d, loss: loss(f.value, combine([product(-2 * k, g.value), f.d])), excessLoss };
  }
  const per = quotient(wide(1), xx.value);
  const output = leastCancelling(f.d, combine([per, xy.d], [negate(product(per, f.value)), xx.d], [negate(per), g.d]));
  const misfit = product(per, g.value);
  const excessLoss = combine([product(2 * k, misfit), g.d], [product(-k, misfit, misfit), xx.d]);
  return {
    output,
    residual: g.d,
    loss: leastCancelling(loss(f.value, combine([product(-2 * k, g.value), output])), loss(product(per, xy.value), excessLoss)),
    excessLoss,
  };
}

/** |f|√xx, whose slope at f = 0 is taken as 0. */
function outputSizeDifferential({ start: { gamma, xx }, S }: FlowDuals, output: Differential): Differential {
  const f = product(gamma.value, S.value);
  const size = absolute(f);
  const root = squareRoot(xx.value);
  return combine([product(Math.sign(f.m), root), output], [over(product(0.5, size), root), xx.d]);
}

function sharpnessDifferential({ k }: Solution, { start, S, g, uu, ww }: FlowDuals): Differential {
  const { gamma, xx, Gamma } = start;
  const f = times(1, gamma, S);
  const a = times(2 * k, [gamma, 2], xx);
  const X = times(4 * k, gamma, plus(times(1, f, xx), times(-1, g)));
  const apart = plus(uu, times(-1, ww));
  const spread = plus(times(1, [apart, 2]), times(4, Gamma));
  // X, a and W over xx: their ratios have limits where there are no data.
  const misfit = xx.value.m === 0 ? negate(f.value) : quotient(g.value, xx.value);
  const factor = product(2 * k, gamma.value, gamma.value);
  const pull = product(4 * k, gamma.value, difference(f.value, misfit));
  const W = wideHypot(pull, product(factor, squareRoot(spread.value)));
  const dW = combine(
    [over(pull, W), X.d],
    [over(product(factor, spread.value), W), a.d],
    [over(product(0.5, factor, a.value), W), spread.d],
  );
  return combine([0.5, times(1, a, plus(uu, ww)).d], [0.5, dW]);
}
