/**
 * Decaying layers on one direction in closed form. With m = η_uμ_u + η_wμ_w and η_uμ_u = η_wμ_w, a =
 * 4k|γxy|h and β = kγ²xx, the parts p, q = B ± 2hS (p the one that the task lets grow) obey
 *
 *     ṗ = p(a − m − βp + βq)     q̇ = q(−a − m + βp − βq)     pq = PQ e^{−2mt}
 *
 * and p = P·N/D, q = Q·e^{−2mt}·D/N with N and D of `growth`. All neurons turn by one angle and shrink by one
 * factor,
 *
 *     u = e^{−mt/2}(u₀ cosh θ + (η_u/h) w₀ sinh θ)     w = e^{−mt/2}(w₀ cosh θ + (η_w/h) u₀ sinh θ)     e^{2θ} = e^{mt} N/D
 *
 * The residual, as G = ±4kγh·g = a − βp + βq, obeys Ġ = −(βp + βq + m)G + ma. Where it has become small
 * beside a it is found from that, because the sum would cancel: `lateResidual.ts`.
 */
import { addDecay } from "../../layers/decayedSharpness.ts";
import { layerConstants, observe } from "../../layers/observe.ts";
import { startAfter, type Transfer } from "../../layers/transfer.ts";
import { lossPrefactor } from "../../model/network.ts";
import { FIELD } from "../../model/snapshot.ts";
import { unexplained } from "../../model/unexplained.ts";
import {
  absolute,
  compare,
  difference,
  logarithm,
  negate,
  product,
  quotient,
  squareRoot,
  sum,
  toNumber,
  type Wide,
  wide,
  wideHypot,
  ZERO,
} from "../../numerics/wide.ts";
import { wideExponential } from "../../numerics/wideExponential.ts";
import { type DecaySolution, type Parts, partsAt } from "./equation.ts";
import type { Growth } from "./growth.ts";
import { lateResidual, slowResidual } from "./lateResidual.ts";

/** A residual so many times smaller than its terms is found from its own equation. */
const SMALL = 1000;

/** What is left of the layers and of the residual at a time. */
export interface Moment {
  readonly transfer: Transfer;
  readonly S: Wide;
  /** g. */
  readonly residual: Wide;
  /** cos ζ of layers that have vanished: that to which they tended. */
  readonly direction: number;
}

const STILL: Transfer = { cosh: wide(1), sinhOverH: ZERO, rise: wide(1), fall: wide(1) };

export function momentAt(solution: DecaySolution, t: number): Moment {
  const { start } = solution;
  if (t === 0 || solution.still) {
    const residual = residualOf(solution, solution.G0);
    return { transfer: STILL, S: start.S, residual, direction: Math.sign(residual.m * solution.gammaXX.m) };
  }
  if (t === Infinity) return lastMoment(solution);
  if (hasDecayed(solution, t)) {
    const way = toNumber(product(difference(solution.a, solution.m), t));
    if (solution.P.m === 0 || Math.abs(way) > DECAYED) return lastMoment(solution);
  }
  if (solution.a.m === 0 && start.S.m === 0) return shrunkMoment(solution, t);
  const later = fittedStart(solution, t) ?? settledStart(solution, t) ?? decayedStart(solution, t);
  if (later !== undefined) return momentAfter(solution, t, later);
  const parts = partsAt(solution, t);
  const { grown, M } = parts;
  const ratio = quotient(grown.N, grown.D);
  const rise = squareRoot(ratio);
  const fall = quotient(wideExponential(-M), rise);
  const moved = turnOf(grown, M, rise, fall);
  const overlap = overlapAt(solution, rise, fall, moved, parts);
  const G = residualAt(solution, t, parts, overlap);
  const S = overlapOf(solution, overlap, G);
  return {
    transfer: inOrder(solution, rise, fall, moved),
    S: solution.upward ? S : negate(S),
    residual: residualOf(solution, G),
    direction: 0,
  };
}

/** Layers at right angles that have nothing to learn shrink and do not turn. */
function shrunkMoment(solution: DecaySolution, t: number): Moment {
  const kept = wideExponential(-toNumber(product(0.5, solution.m, t)));
  const transfer = { cosh: kept, sinhOverH: ZERO, rise: kept, fall: kept };
  return { transfer, S: ZERO, residual: residualOf(solution, ZERO), direction: 0 };
}

/** ωf = ∫ω e^{−mt} beyond which the formula has lost four digits, and the network has long settled. */
const SETTLED = 1e8;
/** ω e^{−mt}/m down to which settled layers follow the decay slowly. */
const FOLLOWS = 1e4;

/** mt beyond which nothing is left of q, and of all that is not at rest but at m = a. */
const DECAYED = 1e6;

function hasDecayed({ m }: DecaySolution, t: number): boolean {
  return toNumber(product(m, t)) > DECAYED;
}

/** Near m = a, where p creeps: once nothing is left of q. */
function decayedStart(solution: DecaySolution, t: number): LaterStart | undefined {
  if (!hasDecayed(solution, t)) return undefined;
  const { a, m, beta } = solution;
  const at = toNumber(quotient(wide(0.1 * DECAYED), m));
  const { p } = partsAt(solution, at);
  return { at, from: { ...solution, P: p, Q: ZERO, omega: ZERO, G0: difference(a, product(beta, p)) } };
}

/** p, q, G and the overlap from p and q, after some more time. */
function stateAfter(
  from: DecaySolution,
  t: number,
): { readonly p: Wide; readonly q: Wide; readonly G: Wide; readonly inParts: Overlap } {
  const { a, m, beta, h, P, Q, G0 } = from;
  const overlap = (p: Wide, q: Wide): Overlap => ({
    S: quotient(difference(p, q), product(4, h)),
    lost: quotient(sum(p, q), product(4, h)),
  });
  if (t === 0) return { p: P, q: Q, G: G0, inParts: overlap(P, Q) };
  if (Q.m === 0) {
    // ṗ = (a − m)p − βp².
    const growing = difference(a, m);
    const way = toNumber(product(growing, t));
    const grown = Math.abs(way) < 600 ? wide(Math.expm1(way)) : difference(wideExponential(way), wide(1));
    const passed = Math.abs(way) < 1e-12 ? wide(t) : quotient(grown, growing);
    const p = quotient(product(P, wideExponential(way)), sum(wide(1), product(beta, P, passed)));
    return { p, q: ZERO, G: difference(a, product(beta, p)), inParts: overlap(p, ZERO) };
  }
  const decayed = decayedStart(from, t);
  if (decayed !== undefined) return stateAfter(decayed.from, t - decayed.at);
  const parts = partsAt(from, t);
  const inParts = overlap(parts.p, parts.q);
  return { p: parts.p, q: parts.q, G: residualAt(from, t, parts, inParts), inParts };
}

/** A later start of the same training, at time `at`. */
interface LaterStart {
  readonly at: number;
  readonly from: DecaySolution;
}

/**
 * Of a network whose initial kernel is so large that it has settled into the residual that the decay leaves:
 * the latest time at which it has, up to t, and its state then, which no longer depends on the start.
 */
function settledStart(solution: DecaySolution, t: number): LaterStart | undefined {
  const { m, omega } = solution;
  const passed =
    t * toNumber(m) < 1e-3 ? product(omega, t) : product(omega, quotient(wide(-Math.expm1(-toNumber(product(m, t)))), m));
  if (!(toNumber(passed) > SETTLED)) return undefined;
  const room = logarithm(quotient(omega, product(FOLLOWS, m)));
  if (!(room > 0)) return undefined;
  return settledAt(solution, Math.min(t, toNumber(quotient(wide(room), m))));
}

/** (a − m)t beyond which exponents lose ten digits, and the network has long fitted. */
const FITTED = 1e6;

/** Of a network that has grown to fit its task: the state at time t, which hardly depends on the start. */
function fittedStart(solution: DecaySolution, t: number): LaterStart | undefined {
  const { a, m, beta, P } = solution;
  const left = difference(a, m);
  if (P.m === 0 || left.m <= 0) return undefined;
  const size = product(beta, P);
  const wait = size.m > 0 ? Math.abs(logarithm(quotient(size, a))) : Infinity;
  return toNumber(product(left, t)) > FITTED + 4 * wait ? settledAt(solution, t) : undefined;
}

/** The state on the way along which the residual follows the decay. */
function settledAt(solution: DecaySolution, at: number): LaterStart {
  const { a, m, beta, omega, P, Q } = solution;
  const left = wideExponential(-toNumber(product(m, at)));
  const root = product(squareRoot(P), squareRoot(Q), left);
  const G = slowResidual(solution, root);
  // p − q = (a − G)/β and pq are known.
  const half = quotient(difference(a, G), product(2, beta));
  const larger = sum(absolute(half), wideHypot(half, root));
  const smaller = quotient(product(root, root), larger);
  const [p, q] = half.m >= 0 ? [larger, smaller] : [smaller, larger];
  return { at, from: { ...solution, P: p, Q: q, omega: product(omega, left), G0: G } };
}

function momentAfter(solution: DecaySolution, t: number, { at, from }: LaterStart): Moment {
  const { start, upward, m, P, Q } = solution;
  const { p, q, G, inParts } = stateAfter(from, t - at);
  const upS = overlapOf(solution, inParts, G);
  const [rise, fall] = [squareRoot(quotient(p, P)), Q.m === 0 ? ZERO : squareRoot(quotient(q, Q))];
  // sinh θ/h = 2 cosh θ (Se^{mt} − S₀)/(Be^{mt} + B₀), each divided by e^{mt}.
  const kept = wideExponential(-toNumber(product(m, t)));
  const S = upward ? upS : negate(upS);
  const way = difference(S, product(start.S, kept));
  const kernels = product(0.5, sum(sum(p, q), product(sum(P, Q), kept)));
  const cosh = product(0.5, sum(rise, fall));
  const sinhOverH = quotient(product(2, cosh, way), kernels);
  const [forP, forQ] = upward ? [rise, fall] : [fall, rise];
  return { transfer: { cosh, sinhOverH, rise: forP, fall: forQ }, S, residual: residualOf(solution, G), direction: 0 };
}

/** e^{−mt/2} sinh θ, in the form that does not cancel while the layers have hardly turned. */
function turnOf({ apart }: Growth, M: number, rise: Wide, fall: Wide): Wide {
  return Math.abs(apart) < 0.5
    ? product(Math.exp(-M / 2), Math.sinh(Math.log1p(apart) / 2))
    : product(0.5, difference(rise, fall));
}

/** The transfer of u and w, from the factors of p and q. */
function inOrder({ upward, h }: DecaySolution, rise: Wide, fall: Wide, moved: Wide): Transfer {
  const cosh = product(0.5, sum(rise, fall));
  const sinhOverH = quotient(upward ? moved : negate(moved), h);
  return upward ? { cosh, sinhOverH, rise, fall } : { cosh, sinhOverH, rise: fall, fall: rise };
}

/** S on the side of the target, and what its terms add up to: rounding errors are a share of that. */
interface Overlap {
  readonly S: Wide;
  readonly lost: Wide;
}

/** S as (C² + h²E²)S₀ + CE·B₀, or as (p − q)/4h: the form that loses less to rounding. */
function overlapAt({ start, h, upward, P, Q }: DecaySolution, rise: Wide, fall: Wide, moved: Wide, { p, q }: Parts): Overlap {
  const S0 = upward ? start.S : negate(start.S);
  const kept = product(0.5, sum(product(rise, rise), product(fall, fall)), S0);
  const gained = product(0.25, sum(rise, fall), quotient(moved, h), sum(P, Q));
  const turned = sum(absolute(kept), absolute(gained));
  const fourH = product(4, h);
  const parts = quotient(sum(p, q), fourH);
  return compare(turned, parts) <= 0
    ? { S: sum(kept, gained), lost: turned }
    : { S: quotient(difference(p, q), fourH), lost: parts };
}

/** (a − G)/4hβ, where that loses less. */
function overlapOf({ h, a, beta }: DecaySolution, { S, lost }: Overlap, G: Wide): Wide {
  const pull = product(4, h, beta);
  const back = pull.m > 0 ? quotient(sum(a, absolute(G)), pull) : undefined;
  return back !== undefined && compare(back, lost) < 0 ? quotient(difference(a, G), pull) : S;
}

/** G as a − 4hβS, from its value at the start, or from its own equation: the form that loses least. */
function residualAt(solution: DecaySolution, t: number, parts: Parts, overlap: Overlap): Wide {
  const { a, beta, h, P, Q, G0 } = solution;
  const { grown, M } = parts;
  const pull = product(4, h, beta);
  let lost = sum(a, product(pull, overlap.lost));
  let G = difference(a, product(pull, overlap.S));
  if (Math.abs(grown.apart) < 0.5) {
    // From the start, while little has changed.
    const turned = Math.log1p(grown.apart);
    const [dp, dq] = [product(beta, P, Math.expm1(turned - M)), product(beta, Q, Math.expm1(-turned - M))];
    const lostSince = sum(absolute(G0), sum(absolute(dp), absolute(dq)));
    if (compare(lostSince, lost) < 0) [lost, G] = [lostSince, sum(difference(G0, dp), dq)];
  }
  return compare(product(SMALL, absolute(G)), lost) < 0 ? lateResidual(solution, t, parts, G) : G;
}

/** g from G. */
function residualOf({ network, h, upward, task }: DecaySolution, G: Wide): Wide {
  const drive = product(upward ? 4 : -4, lossPrefactor(network), network.outputScale, h);
  return drive.m === 0 ? wide(task.xy) : quotient(G, drive);
}

/** The end: p∞ = max(a − m, 0)/β and q∞ = 0. */
function lastMoment(solution: DecaySolution): Moment {
  const { a, m, beta, P, h, upward, start, task } = solution;
  const left = difference(a, m);
  const learns = P.m > 0 && left.m > 0;
  if (!learns) {
    const zero: Transfer = { cosh: ZERO, sinhOverH: ZERO, rise: ZERO, fall: ZERO };
    return { transfer: zero, S: ZERO, residual: wide(task.xy), direction: lastDirection(solution) };
  }
  const p = quotient(left, beta);
  const S = quotient(p, product(4, h));
  const rise = squareRoot(quotient(p, P));
  const half = product(0.5, rise);
  return {
    transfer: inOrder(solution, rise, ZERO, half),
    S: upward ? S : negate(S),
    residual: residualOf(solution, m),
    direction: Math.sign(start.S.m),
  };
}

/** cos ζ to which layers tend that vanish: along the growing part, or, without a task, where they come to. */
function lastDirection(solution: DecaySolution): number {
  const { a, m, P, Q, start, upward } = solution;
  if (P.m === 0 || Q.m === 0) return Math.sign(start.S.m);
  if (a.m > 0) return upward ? 1 : -1;
  const t = toNumber(quotient(wide(60), m));
  if (!Number.isFinite(t)) return Math.sign(start.S.m);
  const { transfer, S } = momentAt(solution, t);
  const area = product(start.area, transfer.rise, transfer.fall);
  const norm = squareRoot(sum(product(S, S), product(area, area)));
  return norm.m === 0 ? 0 : toNumber(quotient(S, norm));
}

/** Writes the snapshot at time t: field f goes to values[offset + FIELD[f]·stride]. */
export function recordDecay(solution: DecaySolution, t: number, values: Float64Array, offset: number, stride: number): void {
  const { network, task, start } = solution;
  const { transfer, S, residual, direction } = momentAt(solution, t);
  const given = t === 0 || solution.still;
  const k = lossPrefactor(network);
  const layers = layerConstants(network, given ? start : startAfter(start, transfer, S), task.xx);
  const curvature = product(2 * k, layers.gammaSquared, task.xx);
  observe(layers, { S: S.m, SExp: S.e, g: residual.m, gExp: residual.e }, curvature, direction, values, offset, stride);
  const misfit = layers.rootZZ.m > 0 ? quotient(residual, layers.rootZZ) : ZERO;
  const excess = toNumber(product(k, misfit, misfit));
  values[offset + FIELD.t * stride] = t;
  values[offset + FIELD.loss * stride] = k * unexplained(task) + excess;
  values[offset + FIELD.excessLoss * stride] = excess;
  if (given) {
    values[offset + FIELD.uu * stride] = start.given.uu;
    values[offset + FIELD.ww * stride] = start.given.ww;
  }
  addDecay(network, curvature, values, offset, stride);
}
