/** Large systems keep only every n-th state; values between do not depend on it. */
import { expect, test } from "vitest";
import { randomFrom } from "../../src/door/seeds.ts";
import { type IntegrationOptions, integrate } from "../../src/integrate/method/integrate.ts";
import type { System } from "../../src/integrate/method/stepper.ts";

const N = 5;

/** A nonlinear system whose speed also depends on time. */
const system: System = {
  dimension: N,
  derivative(t, y, out) {
    for (let i = 0; i < N; i++) out[i] = Math.cos(t) * y[(i + 1) % N]! - (1 + i) * y[i]! ** 3 + 0.1;
  },
};

function integrated(method: IntegrationOptions["method"], numbersKept: number, breaks: readonly number[] = []) {
  return integrate(system, Float64Array.of(1, -0.5, 0.3, 2, -1), {
    until: 40,
    rtol: 1e-9,
    atol: 0,
    maxSteps: 1e5,
    method,
    converge: false,
    breaks,
    events: [],
    numbersKept,
    onProgress: undefined,
    signal: undefined,
  });
}

test("values at any time are the same to the last bit, however few states are kept", () => {
  let compared = 0;
  for (const method of ["dop853", "dopri5"] as const) {
    for (const breaks of [[], [7, 20.5]]) {
      const all = integrated(method, 1e9, breaks);
      expect(all.steps).toBeGreaterThan(60);
      const random = randomFrom(17, "storage");
      for (const states of [2, 3, 7, 16, 31]) {
        const few = integrated(method, states * N, breaks);
        expect(few.times).toEqual(all.times);
        const ascending = Array.from({ length: 40 }, (_, i) => i);
        const times = [...ascending, ...ascending.map(() => 40 * random.uniform()), ...all.times.subarray(0, 40), 0, 40, 50];
        const [a, b] = [new Float64Array(N), new Float64Array(N)];
        for (const t of times) {
          all.read(t, a);
          few.read(t, b);
          expect(b).toEqual(a);
          compared++;
        }
      }
    }
  }
  expect(compared).toBe(2 * 2 * 5 * 123);
});
