/** Times and sizes at which plain arithmetic ends: the first instants, the last remnants, and modes that are decades apart. */
import { exactFlow, network, taskFromMoments } from "feature-learning";
import { describe, expect, test } from "vitest";
import { EPS, expectWithin } from "../support/problems.ts";

const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });

describe("at first the output grows by 2k·g·kernel·t", () => {
  test("in instants whose share of 1/ρ is no double", () => {
    // ρ = 4·10⁻²⁰⁰: after t = 10⁻²⁰⁰ the clock's hand is at 4·10⁻⁴⁰⁰, and the output at 2·10⁻¹⁰⁰.
    const flat = taskFromMoments({ xx: 1e-300, xy: 1, yy: 1e305 });
    const slow = exactFlow({ network: network({ learningRates: 1e-200 }), task: flat, initial: { u: [1e150], w: [0] } });
    const { kernel } = slow.at(0);
    for (const t of [1e-200, 1e-150, 1e-110, 1e-100, 1])
      expectWithin(Math.abs(slow.at(t).output / (2 * kernel * t) - 1), 16 * EPS, `t = ${t}`);
  });

  test("in instants that are a double, though what they change is none beside 1", () => {
    for (const [xx, size] of [
      [1e-100, 1e70],
      [1e-60, 1e31],
    ] as const) {
      const vast = taskFromMoments({ xx, xy: 1, yy: 1 / xx ** 2 });
      const flow = exactFlow({ network: network(), task: vast, initial: { uu: size, ww: size, uw: 0 } });
      const { kernel } = flow.at(0);
      for (const t of [1e-300, 1e-250, 1e-200, 1e-100, 1e-40])
        expectWithin(Math.abs(flow.at(t).output / (2 * kernel * t) - 1), 16 * EPS, `xx = ${xx}, t = ${t}`);
    }
  });
});

describe("late", () => {
  test("the residual of a frozen layer is g₀e^−ρt, also where e^−ρt is no double", () => {
    for (const [scale, last] of [
      [1e140, 1000],
      [1e55, 800],
    ] as const) {
      const flow = exactFlow({
        network: network({ learningRates: { u: 0.5, w: 0 } }),
        task: taskFromMoments({ xx: 1, xy: scale, yy: scale * scale }),
        initial: { u: [0], w: [1] },
      });
      for (const t of [1, 199, 201, 599, 601, 700, last]) {
        // ρ = 1 up to rounding, of which the exponential makes ρt·ε; in two factors, each a double.
        const left = Math.exp(-t / 2) * scale * Math.exp(-t / 2);
        expectWithin(Math.abs(flow.at(t).residual / left - 1), 4 * EPS * (1 + t), `g(0) = ${scale}, t = ${t}`);
      }
    }
  });

  test("layers that are parallel but for 10⁻⁹⁵ of them shrink as S₀/(1 + 4S₀t), until the rest of the kernel shows", () => {
    const [S, area] = [2 ** 150, 2 ** -160];
    const flow = exactFlow({
      network: network(),
      task: taskFromMoments({ xx: 1, xy: 0, yy: 1 }),
      initial: { uu: S, ww: S, uw: S, area },
    });
    for (const t of [2 ** -170, 2 ** -152, 1, 2 ** 100, 2 ** 130, 2 ** 158, 2 ** 160, 2 ** 162]) {
      const { output, residual, kernel } = flow.at(t);
      expectWithin(Math.abs(output + residual), 8 * EPS * output, `g at t = ${t}`);
      expectWithin(Math.abs(kernel / (2 * Math.hypot(area, output)) - 1), 8 * EPS, `kernel at t = ${t}`);
      // The area beside S is what the power law does not know.
      expectWithin(Math.abs(output * (1 / S + 4 * t) - 1), 16 * EPS + 4 * (4 * area * t) ** 2, `S at t = ${t}`);
    }
  });

  test("layers that are parallel but for 10⁻⁶⁷ of them fall to the target along the logistic curve, to either side", () => {
    const [S, area] = [2 ** 150, 2 ** -74];
    for (const sign of [1, -1]) {
      const flow = exactFlow({
        network: network(),
        task: taskFromMoments({ xx: 1, xy: 2 * sign, yy: 4 }),
        initial: { uu: S, ww: S, uw: sign * S, area },
      });
      for (const t of [2 ** -160, 2 ** -152, 1e-20, 1e-3, 0.1, 1, 4]) {
        // S∞/S = 1 + (S∞/S₀ − 1)e^−ρt with ρ = 4xy = 8.
        const share = -Math.expm1(-8 * t) + (2 / S) * Math.exp(-8 * t);
        expectWithin(Math.abs(sign * flow.at(t).output * (share / 2) - 1), 16 * EPS * (1 + 8 * t), `t = ${t}`);
      }
    }
  });

  test("without a correlation what is left of the output is −g/xx, to the smallest", () => {
    const flow = exactFlow({
      network: network(),
      task: taskFromMoments({ xx: 2, xy: 0, yy: 1 }),
      initial: { uu: 3, ww: 1, uw: 0.5 },
    });
    for (const x of [1e-3, 1, 36, 138, 139, 199, 201, 400, 700]) {
      const { output, residual, excessLoss } = flow.at(x / flow.rate);
      expectWithin(Math.abs((output * -2) / residual - 1), 8 * EPS, `output at ρt = ${x}`);
      expectWithin(Math.abs(excessLoss - residual ** 2 / 2), 8 * EPS * excessLoss, `excess loss at ρt = ${x}`);
    }
  });

  test("going on from a snapshot is going on, over a thousand units, on the way out of a saddle", () => {
    // Antiparallel but for 10⁻⁴⁰⁰ of the weight: it crosses zero at ρt = 460, and learns at ρt = 920.
    const initial = { uu: 1, ww: 1, uw: -1, area: 1e-200 };
    const flow = exactFlow({ network: network(), task, initial });
    const middle = exactFlow({ network: network(), task, initial: flow.at(60) });
    for (const t of [61, 100, 115, 116, 200, 229, 230, 231, 240, 300, 400]) {
      const [a, b] = [middle.at(t - 60), flow.at(t)];
      for (const field of ["residual", "kernel"] as const)
        expectWithin(Math.abs(a[field] - b[field]), 16 * EPS * (1 + flow.rate * t) * b[field], `${field} at t = ${t}`);
    }
    expect(flow.at(110).output).toBeLessThan(0);
    expect(flow.at(300).output).toBeCloseTo(1, 12);
  });
});

describe("backwards", () => {
  test("an escape returns along its logistic curve, S∞/S = 1 + (S∞/S₀ − 1)e^−ρt, for as long as one likes", () => {
    for (const sign of [1, -1]) {
      const flow = exactFlow({
        network: network(),
        task: taskFromMoments({ xx: 1, xy: sign, yy: 1 }),
        initial: { uu: 0.25, ww: 0.25, uw: 0.25 * sign },
      });
      for (const t of [-1e-3, -0.1, -0.17, -0.18, -1, -10, -100, -170]) {
        const { uw, residual } = flow.at(t);
        const S = 1 / (1 + 3 * Math.exp(-4 * t));
        expectWithin(Math.abs((sign * uw) / S - 1), 8 * EPS * (1 - 4 * t), `S at t = ${t}`);
        expectWithin(Math.abs(sign * residual - (1 - S)), 8 * EPS, `g at t = ${t}`);
      }
    }
  });

  test("a flow that has come to rest comes from where it blew up, however long ago", () => {
    for (const [xy, uw] of [
      [0, 1e-8],
      [-1e-14, 1e-14],
    ] as const) {
      const flow = exactFlow({ network: network(), task: taskFromMoments({ xx: 1, xy, yy: 1 }), initial: { uu: 1, ww: 1, uw } });
      // Near a pole kernel·2k·xx·(t − from) → 1.
      const near = 1e-5;
      expectWithin(Math.abs(flow.at(flow.from + near).kernel * 2 * near - 1), 1e-4, `from ${flow.from}`);
    }
  });
});
