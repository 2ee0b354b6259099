/**
 * The positions of the named parametrizations in a plane of exponents. Rescaling a layer together with other
 * quantities,
 *
 *     u → κᵃu   γ → κ⁻ᵃγ   η_u → κ²ᵃη_u      (and the same for w)
 *
 * does not change training, so that a scaling is determined by c_d, c_γ + c_u + c_w, c_ηu − 2c_u and c_ηw −
 * 2c_w. [YangHu2021]
 */
import type { Hyperparameters } from "../model/hyperparameters.ts";
import { parametrizations } from "../regimes/parametrizations.ts";
import type { Box } from "./boundaries.ts";

/**
 * A named point in a plane of exponents. It has several names if they describe the same training; in a plane
 * of scalings of any depth, if they have the same r and satisfy the same conditions.
 */
export interface NamedPoint {
  /** The names of the parametrizations at this point. */
  readonly names: readonly string[];
  /** The horizontal coordinate. */
  readonly x: number;
  /** The vertical coordinate. */
  readonly y: number;
}

/** The rounding error of exponents, which are sums of a few rational numbers of size 1. */
const ROUNDING_OF_EXPONENTS = 1e-9;

/** The named parametrizations in the box. `at` maps a point linearly to exponents. */
export function namedPoints(at: (x: number, y: number) => Hyperparameters, box: Box): NamedPoint[] {
  const candidates = Object.values(parametrizations).map((parametrization) => ({
    name: parametrization.name,
    invariants: invariants(parametrization),
  }));
  return placed((x, y) => invariants(at(x, y)), candidates, box);
}

/** The candidates whose invariants equal those of a point in the box; `at` is linear. */
export function placed(
  at: (x: number, y: number) => readonly number[],
  candidates: readonly { readonly name: string; readonly invariants: readonly number[] }[],
  box: Box,
): NamedPoint[] {
  const origin = at(0, 0);
  const along = [at(1, 0), at(0, 1)].map((end) => minus(end, origin)) as [number[], number[]];
  const points: { names: string[]; x: number; y: number }[] = [];
  for (const { name, invariants } of candidates) {
    const place = solved(along, minus(invariants, origin));
    if (place === undefined) continue;
    const [x, y] = place;
    const inside =
      x >= box.x[0] - ROUNDING_OF_EXPONENTS &&
      x <= box.x[1] + ROUNDING_OF_EXPONENTS &&
      y >= box.y[0] - ROUNDING_OF_EXPONENTS &&
      y <= box.y[1] + ROUNDING_OF_EXPONENTS;
    if (!inside) continue;
    const same = points.find((point) => Math.abs(point.x - x) + Math.abs(point.y - y) <= ROUNDING_OF_EXPONENTS);
    if (same === undefined) points.push({ names: [name], x, y });
    else same.names.push(name);
  }
  return points;
}

function invariants({ width, outputScale, scale: { u, w }, learningRates: rates }: Hyperparameters): number[] {
  return [width, outputScale + u + w, rates.u - 2 * u, rates.w - 2 * w];
}

const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value - b[i]!);
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** x, y with x·a + y·b = goal, if there is exactly one such pair. */
function solved([a, b]: readonly [number[], number[]], goal: readonly number[]): [number, number] | undefined {
  const [aa, ab, bb] = [dot(a, a), dot(a, b), dot(b, b)];
  const determinant = aa * bb - ab * ab;
  if (!(determinant > ROUNDING_OF_EXPONENTS)) return undefined;
  const [x, y] = [(bb * dot(a, goal) - ab * dot(b, goal)) / determinant, (aa * dot(b, goal) - ab * dot(a, goal)) / determinant];
  const meets = goal.every((value, i) => Math.abs(x * a[i]! + y * b[i]! - value) <= ROUNDING_OF_EXPONENTS);
  return meets ? [x, y] : undefined;
}
