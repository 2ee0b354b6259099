/**
 * The largest distance of each layer from its start during training. It may exceed the distance at the end,
 * because a layer can shrink and grow again. With P, Q = B₀ ± 2hS₀, R = η_w uu − η_u ww and E = e^θ, where θ
 * is monotone,
 *
 *     4η_w|u − u₀|² = (E − 1)² (P − 2R/E + Q/E²)
 *
 * is largest at the end, or at the first root of PE³ − RE² − RE + Q before it. For w the sign of R changes.
 */
import type { Network } from "../model/network.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { bisect } from "../numerics/bisect.ts";
import { placeOf } from "./place.ts";
import { exponentialPart, type Movement, movementTo } from "./turn.ts";

/**
 * The largest |u − u₀|/|u₀| and |w − w₀|/|w₀| while the overlap goes to `end`; Infinity for a layer that is
 * zero at the start.
 */
export function largestMovement(network: Network, start: Snapshot, end: number): Movement {
  const { u: etaU, w: etaW } = network.learningRates;
  const { uu, ww, balance } = start;
  const last = movementTo(network, start, end);
  const place = placeOf(etaU, etaW, start, end, balance);
  // With a frozen layer the other one moves along a straight line.
  if (place === undefined || etaU === 0 || etaW === 0) return last;
  const { root, lean, before, after } = place;
  // In units of B₀. P is the part that shrinks, and F = e^{−|θ|}.
  const way = after < before ? 1 : -1;
  const [P, Q] = [partOf(root, way * before), partOf(root, -way * before)];
  const final = Math.sqrt(partOf(root, way * after)) / Math.sqrt(P);
  const k = Math.sqrt(etaU) / Math.sqrt(etaW);
  const most = (layer: "u" | "w", R: number): number => {
    const F = firstRoot(P, Q, R, final);
    if (F === undefined) return last[layer];
    // 4hS = Pe^{2θ} − Qe^{−2θ}, and B₀/h = |u|²/k + k|w|².
    const S = (way * (uu / k + k * ww) * (P * F * F - Q / F / F)) / 4;
    return Math.max(last[layer], movementTo(network, start, S)[layer]);
  };
  return { u: most("u", lean), w: most("w", -lean) };
}

/** P from √I and 2hS. */
function partOf(root: number, twoHS: number): number {
  return exponentialPart(root, Math.hypot(root, twoHS), twoHS);
}

/** The first root of PF³ − RF² − RF + Q from F = 1 down to `final`; undefined if there is none. */
function firstRoot(P: number, Q: number, R: number, final: number): number | undefined {
  if (!(R > 0 && P > 0)) return undefined;
  const value = (F: number): number => ((P * F - R) * F - R) * F + Q;
  // It decreases until here as F goes down from 1.
  const least = (R + Math.sqrt(R * (R + 3 * P))) / (3 * P);
  const to = Math.max(least, final);
  return to < 1 && value(to) < 0 ? bisect((F) => value(F) > 0, 1, to).first : undefined;
}
