/**
 * The built-in observables of a sweep, each a function of a network's start and settings:
 *
 *     B₀ = η_w·uu + η_u·ww   √I = hypot(η_w·uu − η_u·ww, 2h√Γ)   S∞ = xy/(γ·xx)   ρ = 2kγ²xx·hypot(√I, 2hS∞)
 *
 * [XuZiyin2025, §4]
 */

import { plateauOf } from "../flow/plateau.ts";
import { halfLifeOf } from "../flow/timesTo.ts";
import { hypot } from "../numerics/wide.ts";
import type { KernelChange } from "../regimes/kernelChange.ts";
import { changeOf, trainedPlace } from "../regimes/place.ts";
import { type Drawn, flowOf } from "./drawn.ts";
import { type PlainSettings, prefactorOf, type Start } from "./settings.ts";

/** The names of the built-in observables. */
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

/** The title of each on an axis: name, symbol, unit. */
export const observableTitles: { readonly [Name in Observable]: string } = {
  kernelRatio: "kernel ratio B∞/B₀",
  kernelChange: "largest kernel change |B − B₀|/B₀",
  rate: "rate ρ (1/time)",
  initialKernel: "initial kernel γ²B₀",
  initialOutput: "initial output γ u₀·w₀",
  initialAlignment: "initial alignment cos ζ₀",
  finalAlignment: "final alignment cos ζ∞",
  plateau: "plateau (time)",
  halfLife: "half-life (time)",
};

export function measure(observable: Observable, drawn: Drawn): number {
  const { settings, start } = drawn;
  const { outputScale: gamma, learningRates, xx, xy } = settings;
  const { u: etaU, w: etaW } = learningRates;
  const { uu, ww, uw, area } = start;
  switch (observable) {
    case "initialKernel":
      return flowOf(drawn).at(0).kernel;
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
      const { end } = trained(settings, start);
      return hypot(end, area) > 0 ? end / hypot(end, area) : 0;
    }
    case "rate": {
      const twoH = 2 * Math.sqrt(etaU) * Math.sqrt(etaW);
      const root = hypot(etaW * uu - etaU * ww, twoH * area);
      // 2kγ²xx·√(I + 4h²S∞²), without dividing by γ.
      return 2 * prefactorOf(settings) * Math.abs(gamma) * hypot(gamma * xx * root, twoH * xy);
    }
    case "plateau":
      return plateauOf(flowOf(drawn));
    case "halfLife":
      return halfLifeOf(flowOf(drawn));
  }
}

/** The place of a network with these settings, and the overlap at the end of training. */
function trained(settings: PlainSettings, start: Start): ReturnType<typeof trainedPlace> {
  const { learningRates: rates } = settings;
  return trainedPlace(rates.u, rates.w, start, settings);
}

/** The kernel's ratio and largest relative change. */
export function kernelChangeOf(settings: PlainSettings, start: Start): KernelChange {
  return changeOf(trained(settings, start).place);
}
