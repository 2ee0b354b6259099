/**
 * One trained layer, the others frozen or absent: the kernel stands still, and f goes to xy/xx exponentially,
 *
 *     g = g₀ e^{−λt}     f = f₀ + (f∞ − f₀)(1 − e^{−λt})     λ = 2k·xx·K
 */
import { difference, product, quotient, sum, toNumber, type Wide, wide } from "../../numerics/wide.ts";
import type { DepthConstants } from "./constants.ts";
import type { DepthCourse } from "./course.ts";

export function singleCourse({
  problem,
  smallest,
  layers,
  output,
  target,
  residual,
  kernel,
  curvature,
}: DepthConstants): DepthCourse {
  const rate = product(curvature, kernel);
  const { outputScale } = problem.network;
  const others = product(outputScale, ...layers.filter((_, l) => l !== smallest));
  const goal = quotient(target, others);
  const between = (from: Wide, to: Wide, done: number, left: number): number => {
    // From the nearer end.
    const way = difference(to, from);
    return toNumber(done < 0.5 ? sum(from, product(way, done)) : difference(to, product(way, left)));
  };
  return {
    at: (t) => {
      const decay = toNumber(product(rate, t));
      const [done, left] = [-Math.expm1(-decay), Math.exp(-decay)];
      const now = layers.slice();
      now[smallest] = between(wide(layers[smallest]!), goal, done, left);
      return {
        output: between(output, target, done, left),
        residual: toNumber(product(residual, left)),
        kernel: toNumber(kernel),
        layers: now,
      };
    },
    rate: toNumber(rate),
    looks: (count) =>
      [1e-6, 1e-4, 1e-2, ...Array.from({ length: count }, (_, i) => (745 * (i + 1)) / count)].map((x) =>
        toNumber(quotient(wide(x), rate)),
      ),
  };
}
