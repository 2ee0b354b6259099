import { expect, test } from "vitest";
import { randomFrom } from "../../src/door/seeds.ts";
import { meanBetween } from "../../src/numerics/gaussKronrod.ts";
import { runningIntegral } from "../../src/numerics/runningIntegral.ts";

test("Kronrod's rule is exact for polynomials of degree 22, and not of degree 24", () => {
  for (let degree = 0; degree <= 24; degree += 2) {
    const { mean } = meanBetween((x) => x ** degree, -1, 1);
    const error = Math.abs(mean * (degree + 1) - 1);
    if (degree <= 22) expect(error).toBeLessThan(4e-15);
    else expect(error).toBeGreaterThan(1e-8);
  }
});

/** Functions with their integrals; the time scale is in the name. */
const known: readonly (readonly [string, (t: number) => number, (t: number) => number, number | undefined])[] = [
  ["1", () => 1, (t) => t, Infinity],
  ["0", () => 0, () => 0, 0],
  ["exp(−t/5)", (t) => Math.exp(-t / 5), (t) => -5 * Math.expm1(-t / 5), 5],
  ["exp(−t/10⁻²⁰⁰)", (t) => Math.exp(-t / 1e-200), (t) => -1e-200 * Math.expm1(-t / 1e-200), 1e-200],
  ["exp(−t/10²⁰⁰)", (t) => Math.exp(-t / 1e200), (t) => -1e200 * Math.expm1(-t / 1e200), 1e200],
  ["1/(1 + t)", (t) => 1 / (1 + t), Math.log1p, Infinity],
  ["1/(1 + t)²", (t) => 1 / (1 + t) ** 2, (t) => t / (1 + t), 1],
  ["1/√(1 + t)", (t) => 1 / Math.sqrt(1 + t), (t) => (2 * t) / (1 + Math.sqrt(1 + t)), Infinity],
  ["min(1, t/10)", (t) => Math.min(1, t / 10), (t) => (t < 10 ? (t * t) / 20 : t - 5), Infinity],
  ["1 + sin(t)/2", (t) => 1 + Math.sin(t) / 2, (t) => t + Math.sin(t / 2) ** 2, Infinity],
  [
    "halved every 3",
    (t) => 0.5 ** Math.floor(t / 3),
    (t) => 6 * (1 - 0.5 ** Math.floor(t / 3)) + (t - 3 * Math.floor(t / 3)) * 0.5 ** Math.floor(t / 3),
    6,
  ],
  ["0 from 100 to 110", (t) => (t > 100 && t < 110 ? 0 : 1), (t) => t - Math.min(10, Math.max(0, t - 100)), Infinity],
  ["0 until 7", (t) => (t > 7 ? 1 : 0), (t) => Math.max(0, t - 7), Infinity],
  ["1/(1 + t)^1.01", (t) => (1 + t) ** -1.01, (t) => -100 * Math.expm1(-0.01 * Math.log1p(t)), undefined],
];

test.each(known)("the integral of %s, its inverse and its total are right to rounding at any time", (name, f, F, total) => {
  const running = runningIntegral(f, []);
  const unit = name.includes("⁻²⁰⁰") ? 1e-200 : name.includes("²⁰⁰") ? 1e200 : 1;
  const random = randomFrom(1, name);
  let before = { t: 0, value: 0 };
  const times = Array.from({ length: 300 }, () => unit * 10 ** (-4 + 7.5 * random.uniform())).sort((a, b) => a - b);
  for (const t of times) {
    const value = running.at(t);
    // The power's closed form loses digits in log1p and expm1.
    expect(Math.abs(value - F(t))).toBeLessThanOrEqual((name.includes("1.01") ? 4e-15 : 8e-16) * F(t));
    expect(value).toBeGreaterThanOrEqual(before.value * (1 - 2 ** -52));
    const back = running.inverse(value);
    // The first such time, but for the rounding of the value where f is small.
    if (f(t) > 0) expect(back).toBeLessThanOrEqual(t + (1e-15 * value) / f(t) + 1e-15 * t);
    else expect(back).toBeLessThanOrEqual(t);
    expect(Math.abs(running.at(back) - value)).toBeLessThanOrEqual(8e-16 * value);
    before = { t, value };
  }
  const whole = running.total();
  if (total === undefined || total === Infinity) expect(whole).toBe(total);
  else {
    expect(Math.abs(whole! - total)).toBeLessThanOrEqual(4e-16 * total);
    expect(running.at(unit * 1e6)).toBeLessThanOrEqual(whole!);
    expect(running.inverse(whole! * 1.001 + Number.MIN_VALUE)).toBe(Infinity);
  }
  expect(running.inverse(Infinity)).toBe(Infinity);
});

test("the integral at a time does not depend on earlier calls", () => {
  const f = (t: number): number => Math.exp(-t) * (1 + Math.sin(9 * t) ** 2) + (t > 2.3 ? 1 : 0);
  const [up, down] = [runningIntegral(f, []), runningIntegral(f, [])];
  const times = Array.from({ length: 200 }, (_, i) => 1.05 ** (i - 100));
  const forward = times.map((t) => up.at(t));
  const backward = times.toReversed().map((t) => down.at(t));
  expect(backward.toReversed()).toEqual(forward);
});

test("a listed break is used, however short the piece after it", () => {
  const f = (t: number): number => (t > 100 && t < 100.001 ? 1000 : 1);
  const running = runningIntegral(f, [100, 100.001]);
  expect(Math.abs(running.at(1000) - (1000 + 0.999))).toBeLessThan(1e-10);
});

test("many times cost fifteen evaluations each once the table is there", () => {
  let evaluations = 0;
  const running = runningIntegral((t) => {
    evaluations++;
    return 1 / (1 + t);
  }, []);
  running.at(1000);
  evaluations = 0;
  for (let i = 0; i < 1000; i++) running.at(0.001 + i);
  expect(evaluations).toBeLessThanOrEqual(15_000);
});

test("a function that oscillates too fast is refused, with the time", () => {
  const running = runningIntegral((t) => 1 + Math.sin(t), []);
  expect(running.at(1e4)).toBeCloseTo(1e4 + 1 - Math.cos(1e4), 9);
  expect(() => running.at(1e12)).toThrow(/needs too many evaluations at t = [\d.]+/);
  // What was known before is known still.
  expect(running.at(10)).toBeCloseTo(11 - Math.cos(10), 13);
});
