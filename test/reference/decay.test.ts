/** Every value of decay.json: the parts p and q of decaying layers against Bessel functions at 60 digits. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { growth } from "../../src/exact/decay/growth.ts";
import { difference, logarithm, product, quotient, type Wide, wide } from "../../src/numerics/wide.ts";
import { wideExponential } from "../../src/numerics/wideExponential.ts";

interface Case {
  readonly args: readonly [a: number, m: number, beta: number, P: number, Q: number, t: number];
  readonly lnP: string | null;
  readonly lnQ: string | null;
  /** Relative rounding errors of the arguments change p and q by this many times as much. */
  readonly cond: number;
}

const { cases } = JSON.parse(readFileSync(new URL("decay.json", import.meta.url), "utf8")) as { readonly cases: readonly Case[] };

test("p and q agree with Bessel functions of real order to a few roundings of their arguments", () => {
  let compared = 0;
  let longest = 0;
  for (const { args, lnP, lnQ, cond } of cases) {
    const [a, m, beta, P, Q, t] = args;
    const [p, q] = [product(beta, P, t), product(beta, Q, t)];
    const { N, D } = growth({
      C: (a * t) / 2,
      M: m * t,
      surplus: ((a - m) / 2) * t,
      omega: beta * Math.sqrt(P) * Math.sqrt(Q) * t,
      p,
      q,
      G: difference(wide(a * t), difference(p, q)),
    });
    const ratio = quotient(N, D);
    const check = (found: Wide, expected: string | null, what: string): void => {
      if (expected === null) return;
      // The logarithms themselves are rounded.
      const allowed = 4 * Number.EPSILON * (2 + cond + Math.abs(Number(expected)));
      expect(Math.abs(logarithm(found) - Number(expected)), `${what} of ${args}`).toBeLessThan(allowed);
      compared++;
    };
    check(product(P, ratio), lnP, "p");
    check(quotient(product(Q, wideExponential(-2 * m * t)), ratio), lnQ, "q");
    longest = Math.max(longest, ((a + m) / 2) * t);
  }
  expect(compared).toBeGreaterThan(440);
  expect(longest).toBeGreaterThan(1e4);
});
