/**
 * The dimensionless numbers of a network before and after training, and the change of its kernel. With
 * B = η_w uu + η_u ww, h = √(η_uη_w) and the conserved I = (η_w uu − η_u ww)² + 4h²Γ,
 *
 *     root = √I/B₀ before = 2hS₀/B₀ after = 2hS∞/B₀ lean = (η_w uu − η_u ww)/B₀ root² + before² = 1
 *
 * `regime`, `classifyNetworks`, sweeps and diagrams all use this file for the verdict on a network.
 * [XuZiyin2025, §4]
 */
import { type KernelChange, kernelChange } from "./kernelChange.ts";

export interface Place {
  readonly root: number;
  readonly before: number;
  readonly after: number;
  readonly lean: number;
}

/** Order parameters of the start, with √Γ. */
interface Start {
  readonly uu: number;
  readonly ww: number;
  readonly uw: number;
  readonly area: number;
}

/**
 * The place of a network that ends with the overlap `end`; undefined if B₀ = 0, so that nothing can move.
 *
 * @param balance - δ = uu/η_u − ww/η_w, if it is known more accurately than from uu and ww.
 */
export function placeOf(
  etaU: number,
  etaW: number,
  { uu, ww, uw, area }: Start,
  end: number,
  balance: number = NaN,
): Place | undefined {
  // Learning rates are in units of the larger one, because only their ratio matters and products of small
  // ones would underflow.
  const unit = etaU > etaW ? etaU : etaW;
  if (unit === 0) return undefined;
  const [u, w] = [etaU / unit, etaW / unit];
  const [x, y] = [w * uu, u * ww];
  const B = x + y;
  if (B === 0) return undefined;
  const scale = (2 * Math.sqrt(u) * Math.sqrt(w)) / B;
  const known = balance * u * w * unit;
  const lean = (Number.isFinite(known) ? known : x - y) / B;
  const width = scale * area;
  return { root: Math.sqrt(lean * lean + width * width), before: scale * uw, after: scale * end, lean };
}

/**
 * The overlap at the end of training, S∞ = xy/(γ xx), or 0 if the layers are parallel and balanced and the
 * overlap would have to change its sign.
 */
function endOf(root: number, uw: number, gamma: number, xx: number, xy: number): number {
  if (gamma === 0 || xx === 0) return uw;
  const target = xy / xx / gamma;
  return root === 0 && target * uw < 0 ? 0 : target;
}

/** The parameters of the target: γ, E[x²] and E[xy]. */
interface Learned {
  readonly outputScale: number;
  readonly xx: number;
  readonly xy: number;
}

/** The overlap at the end of training, and the place of the network; undefined if nothing can move. */
export function trainedPlace(
  etaU: number,
  etaW: number,
  start: Start,
  { outputScale, xx, xy }: Learned,
): { readonly end: number; readonly place: Place | undefined } {
  const unended = placeOf(etaU, etaW, start, 0);
  if (unended === undefined) return { end: start.uw, place: undefined };
  const end = endOf(unended.root, start.uw, outputScale, xx, xy);
  return { end, place: placeOf(etaU, etaW, start, end) };
}

const STILL: KernelChange = { ratio: 1, largest: 0 };

/** The change of the kernel between the start and the end. */
export function changeOf(place: Place | undefined): KernelChange {
  return place === undefined ? STILL : kernelChange(place.root, place.before, place.after);
}
