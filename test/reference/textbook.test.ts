/**
 * What the safe forms are for: the textbook's own form of the solution (tanh, ξ = num/den, g from S), coded in doubles with care for
 * overflow, on the same problems.
 */
import { expect, test } from "vitest";
import { casesOf, tanhForm } from "./textbook.ts";

test("the textbook form, in doubles, loses the kernel on many kinds of problem, and the late residual on nearly all", () => {
  const kernel = new Map<string, number>();
  const residual = new Map<string, number>();
  for (const file of ["exact-flow.json", "drawn.json"]) {
    for (const c of casesOf(file)) {
      for (const [i, t] of c.times.entries()) {
        const found = tanhForm(c, t);
        note(kernel, c.kind, Math.abs(found.kernel / Number(c.expected[i]!.ntk) - 1));
        note(residual, c.kind, Math.abs(found.residual / Number(c.expected[i]!.residual) - 1));
      }
    }
  }
  const kinds = (errors: Map<string, number>, above: number): number =>
    [...errors.values()].filter((error) => error > above).length;
  expect({
    kinds: kernel.size,
    kernelOffBy1e10: kinds(kernel, 1e-10),
    kernelOffByMoreThanItself: kinds(kernel, 1),
    residualOffByMoreThanItself: kinds(residual, 1),
  }).toMatchInlineSnapshot(`
    {
      "kernelOffBy1e10": 8,
      "kernelOffByMoreThanItself": 6,
      "kinds": 28,
      "residualOffByMoreThanItself": 25,
    }
  `);
});

/** The largest error of a kind; a NaN counts as infinite. */
function note(errors: Map<string, number>, kind: string, error: number): void {
  errors.set(kind, Math.max(errors.get(kind) ?? 0, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error));
}
