/**
 * What moves when a problem is changed a little: the parameters themselves, and with them the numbers that the closed form starts from,
 *
 *     dΓ = ww·duu + uu·dww − 2S·duw          Γ = uu·ww − uw²
 *     dδ' = d(η_w·uu) − d(η_u·ww)            dB = d(η_w·uu) + d(η_u·ww)
 *     dI = 2δ'dδ' + 4Γ d(h²) + 4h²dΓ = 2B dB − 4S²d(h²) − 8h²S dS
 *     dP = dB + 2h dS + 2S dh                dQ = dB − 2h dS − 2S dh
 *
 * all at t = 0. Γ, δ', P and Q keep the digits that weights or a snapshot brought along.
 */
import type { Network } from "../model/network.ts";
import type { Start } from "../model/start.ts";
import { basis, combine, type Differential, leastCancelling, over } from "../numerics/differential.ts";
import { negate, product, squareRoot, sum, type Wide, wide } from "../numerics/wide.ts";

/** What derivatives are taken by: names as in a problem. */
export const parameters = ["t", "outputScale", "learningRates.u", "learningRates.w", "xx", "xy", "yy", "uu", "ww", "uw"] as const;

/** The differentials of the parameters. */
export interface Inputs {
  readonly t: Differential;
  readonly gamma: Differential;
  readonly etaU: Differential;
  readonly etaW: Differential;
  readonly xx: Differential;
  readonly xy: Differential;
  readonly yy: Differential;
  readonly uu: Differential;
  readonly ww: Differential;
  readonly uw: Differential;
}

const [t, gamma, etaU, etaW, xx, xy, yy, uu, ww, uw] = parameters.map((_, i) => basis(i, parameters.length)) as [
  Differential,
  Differential,
  Differential,
  Differential,
  Differential,
  Differential,
  Differential,
  Differential,
  Differential,
  Differential,
];

export const inputs: Inputs = { t, gamma, etaU, etaW, xx, xy, yy, uu, ww, uw };

export interface StartDifferentials {
  readonly h: Wide;
  /** h² = η_u·η_w, smooth where a layer is frozen. */
  readonly hh: Wide;
  readonly B: Wide;
  readonly I: Wide;
  readonly Gamma: Wide;
  readonly dhh: Differential;
  readonly dB: Differential;
  readonly dI: Differential;
  readonly dGamma: Differential;
  readonly dDelta: Differential;
  /** dh, dP, dQ; where a layer is frozen they do not exist. */
  readonly modes?: { readonly dh: Differential; readonly dP: Differential; readonly dQ: Differential };
}

export function startDifferentials({ learningRates: rates }: Network, start: Start): StartDifferentials {
  const { S, P, Q, area, delta, given } = start;
  const [a, b] = [wide(given.uu), wide(given.ww)];
  const hh = product(rates.u, rates.w);
  const B = product(0.5, sum(P, Q));
  const Gamma = product(area, area);
  const dhh = combine([rates.w, etaU], [rates.u, etaW]);
  const [dHeft, dLever] = [combine([rates.w, uu], [a, etaW]), combine([rates.u, ww], [b, etaU])];
  const dB = combine([1, dHeft], [1, dLever]);
  const dDelta = combine([1, dHeft], [-1, dLever]);
  const dGamma = combine([b, uu], [a, ww], [product(-2, S), uw]);
  const dI = leastCancelling(
    combine([product(2, delta), dDelta], [product(4, Gamma), dhh], [product(4, hh), dGamma]),
    combine([product(2, B), dB], [product(-4, S, S), dhh], [product(-8, hh, S), uw]),
  );
  const found = { h: squareRoot(hh), hh, B, I: product(P, Q), Gamma, dhh, dB, dI, dGamma, dDelta };
  return hh.m === 0 ? found : { ...found, modes: modeDifferentials(rates, start, found) };
}

/** dP and dQ; by a rate, 2η_w ∂P/∂η_w = P + δ' and so on, which keeps the digits of a small P. */
function modeDifferentials(
  rates: Network["learningRates"],
  { S, P, Q, delta }: Start,
  { h, dB }: Pick<StartDifferentials, "h" | "dB">,
): NonNullable<StartDifferentials["modes"]> {
  const [halfU, halfW] = [over(wide(0.5), wide(rates.u)), over(wide(0.5), wide(rates.w))];
  const dh = combine([product(h, halfU), etaU], [product(h, halfW), etaW]);
  const of = (mode: Wide, side: number): Differential => {
    const overlap = combine([product(2 * side, h), uw]);
    return leastCancelling(
      combine([1, dB], [1, overlap], [product(2 * side, S), dh]),
      combine(
        [rates.w, uu],
        [rates.u, ww],
        [1, overlap],
        [product(mode, halfU), etaU],
        [negate(product(delta, halfU)), etaU],
        [product(mode, halfW), etaW],
        [product(delta, halfW), etaW],
      ),
    );
  };
  return { dh, dP: of(P, 1), dQ: of(Q, -1) };
}
