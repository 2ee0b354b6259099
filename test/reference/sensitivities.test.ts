import { readFileSync } from "node:fs";
import {
  type Gradient,
  network,
  type Problem,
  type ScalarInitial,
  type SensitivityParameter,
  sensitivities,
  taskFromMoments,
} from "feature-learning";
import { describe, expect, test } from "vitest";

/** The file has 13 digits, so half of this at worst; errors grow like ρt·ε, and ρt is up to 1000. */
const TOLERANCE = 1e-12;

/** Derivatives as decimal strings, in the order of `parameters`; null where one is infinite. */
type Expected = Readonly<Record<string, readonly (string | null)[]>>;

interface Case extends Readonly<Record<"k" | "outputScale" | "etaU" | "etaW" | "xx" | "xy" | "yy" | "uu" | "ww" | "uw", number>> {
  readonly kind: string;
  readonly u?: readonly number[];
  readonly w?: readonly number[];
  readonly times: readonly number[];
  readonly expected: readonly Expected[];
  readonly limit?: Expected;
}

const { parameters, cases } = JSON.parse(readFileSync(new URL("sensitivities.json", import.meta.url), "utf8")) as {
  readonly parameters: readonly SensitivityParameter[];
  readonly cases: readonly Case[];
};

function problemOf(c: Case): Problem<ScalarInitial> {
  return {
    network: network({
      outputScale: c.outputScale,
      learningRates: { u: c.etaU, w: c.etaW },
      loss: c.k === 1 ? "mse" : "half-mse",
    }),
    task: taskFromMoments({ xx: c.xx, xy: c.xy, yy: c.yy }),
    initial: c.u !== undefined && c.w !== undefined ? { u: c.u, w: c.w } : { uu: c.uu, ww: c.ww, uw: c.uw },
  };
}

describe("every derivative of sensitivities.json", () => {
  test.each([...new Set(cases.map(({ kind }) => kind))])("%s", (kind) => {
    const failures: string[] = [];
    let compared = 0;
    for (const c of cases.filter((candidate) => candidate.kind === kind)) {
      const problem = problemOf(c);
      for (const [i, t] of [...c.times, ...(c.limit === undefined ? [] : [Infinity])].entries()) {
        const found = sensitivities(problem, t);
        for (const [name, derivatives] of Object.entries(c.expected[i] ?? c.limit!)) {
          const gradient = found[name as keyof typeof found] as Gradient;
          for (const [j, parameter] of parameters.entries()) {
            const expected = derivatives[j];
            if (expected === null || expected === undefined) continue;
            compared++;
            const [got, wanted] = [gradient[parameter], Number(expected)];
            const scale = scaleOf(c, name, parameter, wanted, found);
            if (got !== wanted && !(Math.abs(got - wanted) <= TOLERANCE * scale)) {
              failures.push(`∂${name}/∂${parameter} at t = ${t}: ${got}, expected ${expected}, scale ${scale}`);
            }
          }
        }
      }
    }
    expect(failures).toEqual([]);
    expect(compared).toBeGreaterThan(1000);
  });
});

/** The derivative itself; and where it is a sum of two that may cancel, these. Below the smallest normal double, the spacing there. */
function scaleOf(
  c: Case,
  name: string,
  parameter: SensitivityParameter,
  wanted: number,
  { snapshot, uu, ww }: ReturnType<typeof sensitivities>,
): number {
  const own = Math.max(Math.abs(wanted), 2 ** -1022);
  const given: Partial<Record<SensitivityParameter, number>> = {
    outputScale: Math.abs(c.outputScale),
    "learningRates.u": c.etaU,
    "learningRates.w": c.etaW,
  };
  // γ²B: the factor and what S makes of it.
  if (name === "kernel" && given[parameter]) return own + snapshot.kernel / given[parameter];
  if (name !== "sharpness") return own;
  // ½a(uu + ww) + …, a = 2kγ²xx: a layer that loses what the other gains, a factor that loses what they gain.
  const a = 2 * c.k * c.outputScale ** 2 * c.xx;
  const da =
    parameter === "xx" ? 2 * c.k * c.outputScale ** 2 : parameter === "outputScale" ? Math.abs((2 * a) / c.outputScale) : 0;
  return own + a * (Math.abs(uu[parameter]) + Math.abs(ww[parameter])) + (snapshot.uu + snapshot.ww) * da;
}
