/** Networks with a kink at 0 over 240 orders of magnitude: numbers at every time, or a refusal of the library's own. */
import { type AnyFlow, FeatureLearningError, network, type Problem, solve, taskFromMoments } from "feature-learning";
import { expect, test } from "vitest";
import { type Random, randomFrom } from "../../src/door/seeds.ts";

const EXPONENTS = [1, 10, 40, 120];
const ACTIVATIONS = ["relu", "abs", { leaky: 0.1 }, { leaky: -0.5 }, "relu", { leaky: 3 }] as const;

function drawn(i: number, random: Random) {
  const exponent = EXPONENTS[i % EXPONENTS.length]!;
  const size = (range: number): number => 10 ** ((2 * random.uniform() - 1) * range);
  const zero = (x: number): number => (random.uniform() < 0.1 ? 0 : x);
  const side = (): { readonly xx: number; readonly xy: number } => {
    const [x, y] = [zero(size(exponent / 2)), size(exponent / 2)];
    return { xx: x * x, xy: x * y * random.normal() };
  };
  const activation = ACTIVATIONS[i % ACTIVATIONS.length]!;
  // Half of the leaky networks have odd or even data, and neurons in pairs.
  const parity = typeof activation !== "object" || random.uniform() < 0.5 ? 0 : random.uniform() < 0.5 ? 1 : -1;
  const positive = side();
  const negative = parity === 0 ? side() : { xx: positive.xx, xy: parity * positive.xy };
  const explained = [positive, negative].reduce((sum, { xx, xy }) => sum + (xx === 0 ? 0 : (xy / Math.sqrt(xx)) ** 2), 0);
  const net = network({
    outputScale: (random.uniform() < 0.3 ? -1 : 1) * zero(size(exponent)),
    learningRates: { u: zero(size(exponent / 2)), w: zero(size(exponent / 2)) },
    loss: random.uniform() < 0.5 ? "mse" : "half-mse",
    activation,
  });
  const [forU, forW] = [size(exponent / 2), size(exponent / 2)];
  const width = 1 + Math.floor(random.uniform() * 6);
  const layer = (scale: number): number[] => Array.from({ length: width }, () => zero(scale * random.normal()));
  const [u, w] = [layer(forU), layer(forW)];
  const initial = parity === 0 ? { u, w } : { u: [...u, ...u.map((x) => -parity * x)], w: [...w, ...w.map((x) => -x)] };
  return {
    problem: { network: net, task: taskFromMoments({ positive, negative, yy: 2 * explained }), initial } as Problem,
    anyTime: size(exponent),
  };
}

test("no value is NaN, no loss rises, and refusals are the library's own errors", () => {
  const random = randomFrom("relu", "test");
  let [solved, events] = [0, 0];
  const families = new Map<string, number>();
  for (let i = 0; i < 600; i++) {
    const { problem, anyTime } = drawn(i, random);
    try {
      // biome-ignore lint/suspicious/noExplicitAny: the type of a flow does not follow from an activation drawn at run time.
      const flow = solve(problem, { maxSteps: 3000 }) as AnyFlow as any;
      solved++;
      families.set(flow.family, (families.get(flow.family) ?? 0) + 1);
      events += flow.events.length;
      let before = Number.POSITIVE_INFINITY;
      const kinks = flow.events.slice(0, 3).map(({ t }: { readonly t: number }) => t);
      for (const t of [0, anyTime, ...kinks, 1e300, Number.POSITIVE_INFINITY].sort((a, b) => a - b)) {
        const { slopes, loss, excessLoss, alignment, normProduct, uu, ww, kernelSize, outputSize, sharpness } = flow.at(t);
        const { u, w } = flow.weights(t);
        const numbers = [
          slopes.positive,
          slopes.negative,
          loss,
          excessLoss,
          alignment,
          normProduct,
          uu,
          ww,
          kernelSize,
          outputSize,
          ...(flow.method === "exact" ? [sharpness] : []),
        ];
        expect([...numbers, ...u, ...w].some(Number.isNaN), `problem ${i} at ${t}: ${numbers}`).toBe(false);
        // The integrator's losses are right to its tolerance.
        const slack = flow.method === "exact" ? 1e-12 : 1e-6;
        expect(loss, `problem ${i} at ${t}`).toBeLessThanOrEqual(before * (1 + slack));
        before = loss;
      }
    } catch (error) {
      if (!(error instanceof FeatureLearningError)) throw error;
    }
  }
  expect(solved).toBeGreaterThan(400);
  expect(events).toBeGreaterThan(100);
  expect(families.get("relu")).toBeGreaterThan(150);
  expect(families.get("folded")).toBeGreaterThan(150);
});
