/**
 * What a sweep can measure of a network, each a number of its start and its settings:
 *
 *     B₀ = η_w·uu + η_u·ww   √I = hypot(η_w·uu − η_u·ww, 2h√Γ)   S∞ = xy/(γ·xx)   ρ = 2kγ²xx·hypot(√I, 2hS∞)
 *
 * [XuZiyin2025, §4]
 */
import { oneDirectionFlow } from "../exact/oneDirection/oneDirectionFlow.ts";
import { plateau } from "../flow/plateau.ts";
import { halfLife } from "../flow/timesTo.ts";
import { hypot } from "../numerics/wide.ts";
import type { KernelChange } from "../regimes/kernelChange.ts";
import { changeOf, endOf, placeOf } from "../regimes/place.ts";
import { networkOf, type PlainSettings, prefactorOf, type Start, taskOf } from "./settings.ts";

/** The names of what can be measured. */
export const observables = [
  "kernelRatio",
  "kernelChange",
  "rate",
  "initialKernel",
  "initialOutput",
  "initialAlignment",
  "finalAlignment",
  "plateau",
  "halfLife",
] as const;

/** One of {@link observables}. */
export type Observable = (typeof observables)[number];

export function measure(observable: Observable, settings: PlainSettings, start: Start): number {
  const { gamma, etaU, etaW, xx, xy } = settings;
  const { uu, ww, uw, area } = start;
  const B = etaW * uu + etaU * ww;
  switch (observable) {
    case "initialKernel":
      return gamma * gamma * B;
    case "initialOutput":
      return gamma * uw;
    case "initialAlignment":
      return hypot(uw, area) > 0 ? uw / hypot(uw, area) : 0;
    case "kernelRatio":
    case "kernelChange": {
      const change = kernelChangeOf(settings, start);
      return observable === "kernelRatio" ? change.ratio : change.largest;
    }
    case "finalAlignment": {
      const end = ends(settings, start);
      return hypot(end, area) > 0 ? end / hypot(end, area) : 0;
    }
    case "rate": {
      const twoH = 2 * Math.sqrt(etaU) * Math.sqrt(etaW);
      const root = hypot(etaW * uu - etaU * ww, twoH * area);
      // 2kγ²xx·√(I + 4h²S∞²), without dividing by γ.
      return 2 * prefactorOf(settings) * Math.abs(gamma) * hypot(gamma * xx * root, twoH * xy);
    }
    default: {
      const flow = oneDirectionFlow({ network: networkOf(settings), task: taskOf(settings), initial: start });
      return observable === "plateau" ? plateau(flow) : halfLife(flow);
    }
  }
}

/** S at the end of training. */
function ends({ gamma, etaU, etaW, xx, xy }: PlainSettings, start: Start): number {
  const place = placeOf(etaU, etaW, start, 0);
  return place === undefined ? start.uw : endOf(place.root, start.uw, gamma, xx, xy);
}

/** The kernel's ratio and largest relative change. */
export function kernelChangeOf(settings: PlainSettings, start: Start): KernelChange {
  return changeOf(placeOf(settings.etaU, settings.etaW, start, ends(settings, start)));
}
