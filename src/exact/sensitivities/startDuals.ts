/**
 * What moves when a problem is changed a little: its parameters, and the numbers that the closed form starts
 * from,
 *
 *     B = η_w·uu + η_u·ww     δ' = η_w·uu − η_u·ww     Γ = uu·ww − S²     I = δ'² + 4h²Γ = B² − 4h²S²     P, Q = B ± 2hS     g = xy − γ·xx·S
 *
 * all at t = 0. The values keep the digits that weights or a snapshot brought along; the formulas give the
 * differentials.
 */

import type { Start } from "../../layers/start.ts";
import type { Network } from "../../model/network.ts";
import type { Task } from "../../model/task.ts";
import { combine, leastCancelling } from "../../numerics/differential.ts";
import { type Dual, dual, plus, times, variable } from "../../numerics/dual.ts";
import { product, quotient, squareRoot, sum, type Wide, wide } from "../../numerics/wide.ts";
import type { Solution } from "../riccati/solution.ts";

/**
 * What derivatives are taken by, under the names in a problem: the time, the network's output scale and
 * rates, the task's moments, and the order parameters of the initial state.
 */
export type SensitivityParameter =
  | "t"
  | "outputScale"
  | "learningRates.u"
  | "learningRates.w"
  | "xx"
  | "xy"
  | "yy"
  | "uu"
  | "ww"
  | "uw";

export const parameters: readonly SensitivityParameter[] = [
  "t",
  "outputScale",
  "learningRates.u",
  "learningRates.w",
  "xx",
  "xy",
  "yy",
  "uu",
  "ww",
  "uw",
];

export interface StartDuals {
  readonly t: Dual;
  readonly gamma: Dual;
  readonly etaU: Dual;
  readonly etaW: Dual;
  readonly xx: Dual;
  readonly xy: Dual;
  readonly yy: Dual;
  readonly uu: Dual;
  readonly ww: Dual;
  readonly S: Dual;
  /** h² = η_u·η_w, smooth where a layer is frozen. */
  readonly hh: Dual;
  readonly B: Dual;
  readonly delta: Dual;
  readonly Gamma: Dual;
  readonly I: Dual;
  readonly g: Dual;
  /** h, P and Q; where a layer is frozen they have no differentials. */
  readonly parts: { readonly h: Dual; readonly P: Dual; readonly Q: Dual } | undefined;
}

export function startDuals({ network, task, start, riccati }: Solution): StartDuals {
  const known = variables(network, task, start);
  const { gamma, etaU, etaW, xx, xy, uu, ww, S } = known;
  const [heft, lever] = [times(1, etaW, uu), times(1, etaU, ww)];
  const hh = times(1, etaU, etaW);
  const B = dual(product(0.5, sum(start.P, start.Q)), plus(heft, lever).d);
  const delta = dual(start.delta, plus(heft, times(-1, etaU, ww)).d);
  const Gamma = dual(product(start.area, start.area), plus(times(1, uu, ww), times(-1, [S, 2])).d);
  const I = leastCancelling(plus(times(1, [delta, 2]), times(4, hh, Gamma)).d, plus(times(1, [B, 2]), times(-4, hh, [S, 2])).d);
  const found = {
    ...known,
    hh,
    B,
    delta,
    Gamma,
    I: dual(product(start.P, start.Q), I),
    g: dual(riccati.g0, plus(xy, times(-1, gamma, xx, S)).d),
  };
  return { ...found, parts: hh.value.m === 0 ? undefined : partsOf(start, found) };
}

function variables({ outputScale, learningRates }: Network, { xx, xy, yy }: Task, start: Start) {
  const at = (name: SensitivityParameter, value: number): Dual => variable(value, parameters.indexOf(name), parameters.length);
  const { uu, ww, uw } = start.given;
  return {
    t: at("t", 0),
    gamma: at("outputScale", outputScale),
    etaU: at("learningRates.u", learningRates.u),
    etaW: at("learningRates.w", learningRates.w),
    xx: at("xx", xx),
    xy: at("xy", xy),
    yy: at("yy", yy),
    uu: at("uu", uu),
    ww: at("ww", ww),
    S: dual(start.S, at("uw", uw).d),
  };
}

/** h, P and Q. By a rate, 2η_w ∂P/∂η_w = P + δ' and so on keeps the digits of a small P. */
function partsOf(
  start: Start,
  { etaU, etaW, uu, ww, S, B, delta, hh }: Omit<StartDuals, "parts">,
): NonNullable<StartDuals["parts"]> {
  const [halfU, halfW] = [quotient(wide(0.5), etaU.value), quotient(wide(0.5), etaW.value)];
  const root = squareRoot(hh.value);
  const h = dual(root, combine([product(root, halfU), etaU.d], [product(root, halfW), etaW.d]));
  const part = (value: Wide, side: number): Dual =>
    dual(
      value,
      leastCancelling(
        plus(B, times(2 * side, h, S)).d,
        combine(
          [etaW.value, uu.d],
          [etaU.value, ww.d],
          [product(2 * side, root), S.d],
          [product(value, halfU), etaU.d],
          [product(-1, delta.value, halfU), etaU.d],
          [product(value, halfW), etaW.d],
          [product(delta.value, halfW), etaW.d],
        ),
      ),
    );
  return { h, P: part(start.P, 1), Q: part(start.Q, -1) };
}
