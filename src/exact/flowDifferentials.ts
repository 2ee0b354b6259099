/**
 * What the flow makes of a small change of the problem. From S(t) = S + g·M/Δ and g(t) = g·s/Δ, with m = M/Δ, l = s/Δ,
 *
 *     dS(t) = m·G + l·V     dg(t) = l·(G − γxx·V)     G = d(xy) − S(t) d(γxx)     V = dS + g(dM/Δ − m d ln s)
 *
 * at fixed t: S forgets its start as fast as g vanishes, and nothing is a difference of large numbers. Near a saddle, where S is far
 * smaller than what it comes from and goes to, from the modes, S(t) = (Pξ − Q/ξ)/4h. The layers follow from
 *
 *     uu(t) = uu + η_u·Y     ww(t) = ww + η_w·Y     B(t) = B + 2h²Y     Y = (2kγτ g/Δ)(2kγτ xy·B + 2S)
 *
 * or, where that cancels, from what is conserved: B² = I + 4h²S², 2η_w·uu = B + δ', ww = (S² + Γ)/uu. In time, Ṡ = 2kγgB.
 */
import { lossPrefactor } from "../model/network.ts";
import { combine, type Differential, leastCancelling, over } from "../numerics/differential.ts";
import { absolute, difference, negate, product, quotient, sum, type Wide, wide, wideHypot } from "../numerics/wide.ts";
import { type ClockDifferentials, clockDifferentials } from "./clockDifferentials.ts";
import { moveTo, type Solution } from "./solution.ts";
import { inputs, type StartDifferentials, startDifferentials } from "./startDifferentials.ts";

/** The state at one time, with its differentials. */
export interface FlowDifferentials {
  readonly S: Wide;
  readonly g: Wide;
  readonly B: Wide;
  readonly uu: Wide;
  readonly ww: Wide;
  readonly Gamma: Wide;
  readonly dS: Differential;
  readonly dg: Differential;
  readonly dB: Differential;
  readonly dUU: Differential;
  readonly dWW: Differential;
  readonly dGamma: Differential;
}

export function flowDifferentials(found: Solution, t: number): FlowDifferentials {
  const start = startDifferentials(found.network, found.start);
  const clock = clockDifferentials(found, start, t);
  const { S, g } = stateAt(found, start, clock, t);
  const { layers } = found;
  const { hh, Gamma, dGamma } = start;
  const B = wideHypot(layers.root, product(layers.twoH, S));
  const heavy = layers.twoRate.m > 0 ? quotient(sum(B, layers.delta), layers.twoRate) : layers.uHeavier ? layers.uu : layers.ww;
  const light = layers.twoRate.m > 0 ? over(sum(product(S, S), Gamma), heavy) : layers.uHeavier ? layers.ww : layers.uu;
  const [uu, ww] = layers.uHeavier ? [heavy, light] : [light, heavy];

  const { dS, dg } = overlapDifferentials(found, start, clock, S);
  const { dB, dUU, dWW } = layerDifferentials(found, start, clock, { S, B, heavy, light, dS });

  const { outputScale: gamma, learningRates: rates } = found.network;
  const speed = product(2 * lossPrefactor(found.network), gamma, g);
  const turning = (rate: number): Wide => product(2, rate, speed, S);
  return {
    S,
    g,
    B,
    uu,
    ww,
    Gamma,
    dS: combine([1, dS], [product(speed, B), inputs.t]),
    dg: combine([1, dg], [product(-gamma, found.task.xx, speed, B), inputs.t]),
    dB: combine([1, dB], [product(4, hh, speed, S), inputs.t]),
    dUU: combine([1, dUU], [turning(rates.u), inputs.t]),
    dWW: combine([1, dWW], [turning(rates.w), inputs.t]),
    dGamma,
  };
}

/** S and g; at the end of a flow that goes to S = 0, S as it gets there. */
function stateAt(
  found: Solution,
  { h }: StartDifferentials,
  { xi }: ClockDifferentials,
  t: number,
): { readonly S: Wide; readonly g: Wide } {
  const { riccati, state } = found;
  moveTo(found, t);
  const g = wide(state.g, state.gExp);
  if (t < Infinity || xi === undefined || riccati.still || !(riccati.saddle || riccati.rho.m === 0)) {
    return { S: wide(state.S, state.SExp), g };
  }
  const { P, Q } = found.start;
  return { S: quotient(difference(product(P, xi.xi), quotient(Q, xi.xi)), product(4, h)), g };
}

function overlapDifferentials(
  found: Solution,
  { h, modes, dhh, hh }: StartDifferentials,
  { M, dM, Delta, s, tau, time, dR, xi }: ClockDifferentials,
  S: Wide,
): { readonly dS: Differential; readonly dg: Differential } {
  const gamma = wide(found.network.outputScale);
  const xx = wide(found.task.xx);
  const { g0, gammaXX } = found.riccati;
  const [l, m] = [quotient(s, Delta), quotient(M, Delta)];
  const G = combine([1, inputs.xy], [negate(product(S, xx)), inputs.gamma], [negate(product(S, gamma)), inputs.xx]);
  const lV = combine([l, inputs.uw], [product(g0, quotient(l, Delta)), dM], [product(0.25, g0, m, l, tau, time), dR]);
  const forgetful = combine([m, G], [1, lV]);
  const falling = combine([l, G], [negate(gammaXX), lV]);
  if (xi === undefined || modes === undefined) return { dS: forgetful, dg: falling };
  const { P, Q } = found.start;
  const fourH = product(4, h);
  const { dP, dQ } = modes;
  const dS = leastCancelling(
    forgetful,
    combine(
      [quotient(xi.xi, fourH), dP],
      [quotient(wide(-1), product(fourH, xi.xi)), dQ],
      [quotient(sum(product(P, xi.xi), quotient(Q, xi.xi)), fourH), xi.dLogXi],
      [negate(quotient(S, product(2, hh))), dhh],
    ),
  );
  return { dS, dg: leastCancelling(falling, combine([1, G], [negate(gammaXX), dS])) };
}

interface Layers {
  readonly S: Wide;
  readonly B: Wide;
  readonly heavy: Wide;
  readonly light: Wide;
  readonly dS: Differential;
}

function layerDifferentials(
  found: Solution,
  start: StartDifferentials,
  { tau, dTau, Delta, s, time, dR, M, dM, xi }: ClockDifferentials,
  { S, B, heavy, light, dS }: Layers,
): { readonly dB: Differential; readonly dUU: Differential; readonly dWW: Differential } {
  const { hh, dhh, dI, dDelta, dGamma, modes } = start;
  const { network, task, riccati, layers } = found;
  const k = lossPrefactor(network);
  const { outputScale: gamma, learningRates: rates } = network;
  const { g0, gammaXX } = riccati;

  // Y = F·H, F = 2kγτg/Δ, H = 2kγτ·xy·B + 2S.
  const F = quotient(product(2 * k, gamma, tau, g0), Delta);
  const [rising, given] = [product(2 * k, gamma, tau, task.xy, start.B), product(2, found.start.S)];
  const H = sum(rising, given);
  const sizeOfH = sum(absolute(rising), absolute(given));
  const Y = product(F, H);
  const sizeOfY = product(absolute(F), sizeOfH);
  const dG0 = combine(
    [1, inputs.xy],
    [negate(product(found.start.S, task.xx)), inputs.gamma],
    [negate(product(found.start.S, gamma)), inputs.xx],
    [negate(gammaXX), inputs.uw],
  );
  const dF = combine(
    [quotient(product(2 * k, tau, g0), Delta), inputs.gamma],
    [quotient(product(2 * k, gamma, g0), Delta), dTau],
    [quotient(product(2 * k, gamma, tau), Delta), dG0],
    [negate(quotient(product(F, gammaXX), Delta)), dM],
    [negate(quotient(product(F, M, task.xx), Delta)), inputs.gamma],
    [negate(quotient(product(F, M, gamma), Delta)), inputs.xx],
    [product(0.25, quotient(product(F, s), Delta), tau, time), dR],
  );
  const dH = combine(
    [product(2 * k, tau, task.xy, start.B), inputs.gamma],
    [product(2 * k, gamma, task.xy, start.B), dTau],
    [product(2 * k, gamma, tau, start.B), inputs.xy],
    [product(2 * k, gamma, tau, task.xy), start.dB],
    [2, inputs.uw],
  );
  const dY = combine([H, dF, sizeOfH], [F, dH]);

  const direct = combine([1, start.dB], [product(2, hh), dY], [product(2, Y), dhh, product(2, sizeOfY)]);
  const dB =
    B.m === 0
      ? direct
      : leastCancelling(
          direct,
          combine([quotient(wide(0.5), B), dI], [quotient(product(2, S, S), B), dhh], [quotient(product(4, hh, S), B), dS]),
          ...(xi === undefined || modes === undefined
            ? []
            : [
                combine(
                  [product(0.5, xi.xi), modes.dP],
                  [quotient(wide(0.5), xi.xi), modes.dQ],
                  [product(layers.twoH, S), xi.dLogXi],
                ),
              ]),
        );

  const grown = (rate: number, dRate: Differential, dLayer: Differential): Differential =>
    combine([1, dLayer], [rate, dY], [Y, dRate, sizeOfY]);
  const [heavier, lighter] = layers.uHeavier
    ? [grown(rates.u, inputs.etaU, inputs.uu), grown(rates.w, inputs.etaW, inputs.ww)]
    : [grown(rates.w, inputs.etaW, inputs.ww), grown(rates.u, inputs.etaU, inputs.uu)];
  if (layers.twoRate.m === 0 || heavy.m === 0) {
    return layers.uHeavier ? { dB, dUU: heavier, dWW: lighter } : { dB, dUU: lighter, dWW: heavier };
  }
  const dHeavy = leastCancelling(
    heavier,
    combine(
      [quotient(wide(1), layers.twoRate), dB],
      [quotient(wide(layers.uHeavier ? 1 : -1), layers.twoRate), dDelta],
      [negate(quotient(product(2, heavy), layers.twoRate)), layers.uHeavier ? inputs.etaW : inputs.etaU],
    ),
  );
  const dLight = leastCancelling(
    lighter,
    combine([quotient(product(2, S), heavy), dS], [quotient(wide(1), heavy), dGamma], [negate(quotient(light, heavy)), dHeavy]),
  );
  return layers.uHeavier ? { dB, dUU: dHeavy, dWW: dLight } : { dB, dUU: dLight, dWW: dHeavy };
}
