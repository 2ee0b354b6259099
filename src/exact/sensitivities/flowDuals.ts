/**
 * What the flow makes of a small change of the problem. From S(t) = S + g·M/Δ and g(t) = g·s/Δ, with m = M/Δ,
 * l = s/Δ,
 *
 *     dS(t) = m·G + l·V     dg(t) = l·(G − γxx·V)     G = d(xy) − S(t) d(γxx)     V = dS + g(dM/Δ − m ds/s)
 *
 * at fixed t: S forgets its start as fast as g vanishes, and nothing is a difference of large numbers. Near a
 * saddle, where S is far smaller than what it comes from and goes to, from the growing and the shrinking
 * part, S(t) = (Pξ − Q/ξ)/4h. The layers follow from
 *
 *     uu(t) = uu + η_u·Y     ww(t) = ww + η_w·Y     B(t) = B + 2h²Y     Y = (2kγτ·g/Δ)(2kγτ·xy·B + 2S)
 *
 * or, where that cancels, from what is conserved: B² = I + 4h²S², 2η_w·uu = B + δ', ww = (S² + Γ)/uu. In
 * time, Ṡ = 2kγgB.
 */
import { combine, leastCancelling, over } from "../../numerics/differential.ts";
import { type Dual, dual, plus, ratio, times } from "../../numerics/dual.ts";
import { negate, product, quotient, sum, toNumber, type Wide, wide, wideHypot } from "../../numerics/wide.ts";
import { moveTo, type Solution } from "../riccati/solution.ts";
import { type ClockDuals, clockDuals } from "./clockDuals.ts";
import { type StartDuals, startDuals } from "./startDuals.ts";

/** The state at one time. */
export interface FlowDuals {
  readonly start: StartDuals;
  readonly S: Dual;
  readonly g: Dual;
  readonly B: Dual;
  readonly uu: Dual;
  readonly ww: Dual;
}

export function flowDuals(found: Solution, given: number): FlowDuals {
  // Whatever lasts has its limit long before; later, powers of e^−ρt would leave even wide numbers.
  const t = toNumber(product(found.riccati.rho, given)) > 2 ** 40 ? Infinity : given;
  const start = startDuals(found);
  const clock = clockDuals(found, start, t);
  const { S, g } = overlapAt(found, start, clock, t);
  const { B, uu, ww } = layersAt(found, start, clock, S);

  const { hh, etaU, etaW } = start;
  const drive = product(2 * found.k, start.gamma.value, g.value);
  const moving = ({ value, d }: Dual, speed: Wide): Dual => dual(value, combine([1, d], [speed, start.t.d]));
  const speed = product(drive, B.value);
  return {
    start,
    S: moving(S, speed),
    g: moving(g, product(-1, start.gamma.value, start.xx.value, speed)),
    B: moving(B, product(4, hh.value, drive, S.value)),
    uu: moving(uu, product(2, etaU.value, drive, S.value)),
    ww: moving(ww, product(2, etaW.value, drive, S.value)),
  };
}

/** S from the growing and the shrinking part; not with a frozen layer. */
function overlapOfParts({ parts }: StartDuals, { xi }: ClockDuals): Dual | undefined {
  if (parts === undefined || xi === undefined) return undefined;
  return ratio(plus(times(1, parts.P, xi), times(-1, ratio(parts.Q, xi))), times(4, parts.h));
}

function overlapAt(found: Solution, start: StartDuals, clock: ClockDuals, t: number): { readonly S: Dual; readonly g: Dual } {
  const { riccati, state } = found;
  const { s, M, Delta } = clock;
  const fromParts = overlapOfParts(start, clock);
  moveTo(found, t);
  // At the end of a flow that goes to 0, S as it gets there.
  const vanishing = t === Infinity && !riccati.still && (riccati.saddle || riccati.rho.m === 0);
  const S = vanishing && fromParts !== undefined ? fromParts.value : wide(state.S, state.SExp);

  const { gammaXX, g0 } = riccati;
  const [l, m] = [quotient(s.value, Delta.value), quotient(M.value, Delta.value)];
  const G = combine([1, start.xy.d], [negate(S), times(1, start.gamma, start.xx).d]);
  const lV = combine(
    [l, start.S.d],
    [product(g0, quotient(l, Delta.value)), M.d],
    [product(-1, g0, quotient(m, Delta.value)), s.d],
  );
  const forgetful = combine([m, G], [1, lV]);
  const dS = fromParts === undefined ? forgetful : leastCancelling(forgetful, fromParts.d);
  const dg = leastCancelling(combine([l, G], [negate(gammaXX), lV]), combine([1, G], [negate(gammaXX), dS]));
  return { S: dual(S, dS), g: dual(wide(state.g, state.gExp), dg) };
}

function layersAt(
  { k, layers }: Solution,
  start: StartDuals,
  { tau, Delta }: ClockDuals,
  S: Dual,
): { readonly B: Dual; readonly uu: Dual; readonly ww: Dual } {
  const { gamma, xy, hh, I, delta, Gamma, etaU, etaW } = start;
  const turned = plus(times(2 * k, gamma, tau, xy, start.B), times(2, start.S));
  const Y = ratio(times(2 * k, gamma, tau, start.g, turned), Delta);
  const valueOfB = wideHypot(layers.root, product(layers.twoH, S.value));
  const direct = plus(start.B, times(2, hh, Y)).d;
  const conserved = combine([over(wide(0.5), valueOfB), plus(I, times(4, hh, [S, 2])).d]);
  const B = dual(valueOfB, valueOfB.m === 0 ? direct : leastCancelling(direct, conserved));

  const uu = plus(start.uu, times(1, etaU, Y));
  const ww = plus(start.ww, times(1, etaW, Y));
  if (layers.twoRate.m === 0) return { B, uu: dual(layers.uu, uu.d), ww: dual(layers.ww, ww.d) };
  const [heavier, lighter, rate, side] = layers.uHeavier ? [uu, ww, etaW, 1] : [ww, uu, etaU, -1];
  const heaviest = quotient(sum(B.value, layers.delta), layers.twoRate);
  const heavy = dual(heaviest, leastCancelling(heavier.d, ratio(plus(B, times(side, delta)), times(2, rate)).d));
  const norms = plus(times(1, [S, 2]), Gamma);
  const light = dual(
    over(norms.value, heaviest),
    heaviest.m === 0 ? lighter.d : leastCancelling(lighter.d, ratio(norms, heavy).d),
  );
  return layers.uHeavier ? { B, uu: heavy, ww: light } : { B, uu: light, ww: heavy };
}
