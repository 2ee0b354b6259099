/**
 * Converts a shape to the numbers of a network. With H = |γ|h and T = uu/η_u + ww/η_w at the start,
 *
 *     e = 2|xy|/(xx·H·T)      ρ = 4k|xy|·H·r/e      δ = share·T
 */

import { unmet } from "../door/arguments.ts";
import type { Task } from "../model/task.ts";
import { ratioOf, type Shape } from "./shape.ts";

/** The numbers of task and loss. */
export interface Units {
  readonly k: number;
  readonly task: Task;
}

/** Any one of e, H and T from the product of the other two. */
export function third(productOfTwo: number, { task: { xx, xy } }: Units): number {
  return (2 * (Math.abs(xy) / xx)) / productOfTwo;
}

/** ρ at a given H. */
export function rateAt(H: number, shape: Shape, { k, task: { xy } }: Units): number {
  return 4 * k * Math.abs(xy) * H * (ratioOf(shape) / shape.end);
}

/** H at a given ρ. */
export function strengthAt(rate: number, shape: Shape, { k, task: { xy } }: Units): number {
  return (rate / (4 * k * Math.abs(xy))) * (shape.end / ratioOf(shape));
}

/** The rounding error of a share, or of the largest possible balance. */
const ROUNDING_OF_SHARE = 1e-12;

/** The share, if it is possible for layers of this T and overlap: share² + s² ≤ 1. */
export function admitShare(share: number, T: number, { start, across }: Shape, remedy: string): number {
  if (Math.abs(share) <= across * (1 + ROUNDING_OF_SHARE)) return Math.max(-across, Math.min(across, share));
  const [most, asked] = [across * T, Math.abs(share) * T].map((balance) => balance.toPrecision(3));
  return unmet(
    `layers of uu/η_u + ww/η_w = ${T.toPrecision(3)} that overlap by ${start} have a |balance| up to ${most}, not ${asked}`,
    remedy,
  );
}
