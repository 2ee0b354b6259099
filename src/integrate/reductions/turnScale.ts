/**
 * The scale of a turn. Neurons that turn by dθ (or shift by dx, with a frozen layer) change
 *
 *     weights:  d|u| ≤ √(η_u/η_w)|w|dθ     d|w| ≤ √(η_w/η_u)|u|dθ
 *     output:   dS = (√(η_w/η_u)|u|² + √(η_u/η_w)|w|²)dθ
 *
 * Heavy layers fit the data by a change far below their size, so that errors are relative to the smaller of
 * the weights and the change of the weights that moves the output by its own size.
 */
import type { Network } from "../../model/network.ts";
import type { Objective } from "../../model/objective.ts";

/** A turn is not resolved beyond this share of itself, times the tolerance: rounding would show. */
const ROUNDED = 0.01;

/** The norms of the layers. */
export interface Norms {
  readonly u: number;
  readonly w: number;
}

/** The units of a turn of layers. `outputs` is the size of the outputs of the training, if it is known. */
export function turnScale(
  { outputScale: gamma, learningRates: rates }: Network,
  outputs: number,
): { readonly unit: (norms: Norms) => number; readonly size: (norms: Norms, turn: number) => number } {
  const ratio = Math.sqrt(rates.w) / Math.sqrt(rates.u);
  const frozen = rates.u === 0 || rates.w === 0;
  const unit = ({ u, w }: Norms): number => (frozen ? (rates.u === 0 ? u : w) : Math.max(u * ratio, w / ratio));
  return {
    unit,
    size: ({ u, w }, turn) => {
      const perTurn = unit({ u, w });
      const slope = Math.abs(gamma) * (frozen ? perTurn ** 2 : ratio * u * u + (w * w) / ratio);
      const fit = outputs > 0 && slope > 0 ? Math.max(outputs / slope, ROUNDED * Math.abs(turn)) * perTurn : Infinity;
      return Math.min(Math.max(u, w), fit);
    },
  };
}

/**
 * The size of the outputs of a training, the larger of the initial one and the best fit; Infinity if there is
 * no best fit.
 */
export function outputScaleOf({ best }: Objective, initial: number): number {
  return Number.isFinite(best) ? Math.max(Math.abs(initial), Math.abs(best)) : Infinity;
}
