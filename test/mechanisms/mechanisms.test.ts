/**
 * The split of a change into mechanisms in closed form, against quadrature, samples, and the theory of each
 * phase.
 */
import fc from "fast-check";
import {
  chain,
  dominantMechanism,
  exactFlow,
  type Flow,
  gaussianOrderParameters,
  gradientDescent,
  integratedFlow,
  linearTimes,
  logarithmicTimes,
  mechanisms,
  mechanismsOverTime,
  network,
  parametrizations,
  sample,
  scaleNetwork,
  taskFromMoments,
  trajectoryOf,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { expectWithin, pinned, problems, uniform } from "../support/problems.ts";

/** ∫ N dC from S₀ to S₁ of one sign, by Romberg's extrapolation of midpoint sums over points even in asinh(S/√Γ). */
function turning(area: number, S0: number, S1: number): number {
  const [x0, x1] = [Math.asinh(S0 / area), Math.asinh(S1 / area)];
  const sum = (count: number): number => {
    let total = 0;
    let [N, C] = [Math.hypot(S0, area), S0 / Math.hypot(S0, area)];
    for (let i = 1; i <= count; i++) {
      const S = area * Math.sinh(x0 + ((x1 - x0) * i) / count);
      const [n, c] = [Math.hypot(S, area), S / Math.hypot(S, area)];
      total += ((N + n) / 2) * (c - C);
      [N, C] = [n, c];
    }
    return total;
  };
  let table = [64, 128, 256, 512].map(sum);
  for (let power = 4; table.length > 1; power *= 4)
    table = table.slice(1).map((fine, i) => fine + (fine - table[i]!) / (power - 1));
  return table[0]!;
}

const parts = ["alignment", "disalignment", "rescaling"] as const;

test("the exact split is ∫ |u||w| d(cos ζ) and ∫ cos ζ d(|u||w|), on 10,000 problems of every kind", () => {
  fc.assert(
    fc.property(problems(1), uniform(0, 3), uniform(0, 3), (problem, a, b) => {
      const flow = exactFlow(problem);
      const [from, to] = flow.rate > 0 ? [Math.min(a, b) / flow.rate, Math.max(a, b) / flow.rate] : [0, 1];
      const found = mechanisms(flow, { from, to });
      const [s, e] = [flow.at(from), flow.at(to)];
      const scale = Math.max(...parts.map((name) => Math.abs(found[name])), Number.MIN_VALUE);
      expectWithin(
        Math.abs(found.alignment + found.disalignment + found.rescaling - (e.output - s.output)),
        // Subnormal numbers have a rounding error of their own.
        1e-13 * (scale + Math.abs(s.output) + Math.abs(e.output)) + 1e-320,
        "sum",
      );
      expect(found.change).toBe(e.output - s.output);
      const gamma = problem.network.outputScale;
      // Nearly parallel layers turn within too narrow a range of S for a sum; for parallel ones there is nothing to turn.
      if (s.area === 0) expect([found.alignment, found.disalignment]).toEqual([0, 0]);
      if (s.area > 1e-3 * (Math.abs(s.uw) + Math.abs(e.uw))) {
        const legs =
          s.uw * e.uw < 0
            ? [
                [s.uw, 0],
                [0, e.uw],
              ]
            : [[s.uw, e.uw]];
        const byQuadrature = { alignment: 0, disalignment: 0 };
        for (const [p, q] of legs)
          byQuadrature[Math.abs(q!) > Math.abs(p!) ? "alignment" : "disalignment"] += gamma * turning(s.area, p!, q!);
        // Rounding in the sums is of the size of N.
        const room = 1e-10 * scale + 1e-14 * Math.abs(gamma) * (s.normProduct + e.normProduct);
        expectWithin(Math.abs(found.alignment - byQuadrature.alignment), room, "alignment");
        expectWithin(Math.abs(found.disalignment - byQuadrature.disalignment), room, "disalignment");
      }
    }),
    pinned(101, 10_000),
  );
});

describe("samples", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  const crossing = exactFlow({ network: network(), task, initial: { uu: 2, ww: 1.5, uw: -1.2 } });

  test("agree with the closed form at any sampling, and add up", () => {
    const exact = mechanisms(crossing, { to: 4, threshold: 0 });
    for (const count of [3, 7, 40, 301]) {
      const found = mechanisms(sample(crossing, linearTimes(crossing, { count, until: 4 })), { threshold: 0, noise: 0 });
      expect(Math.abs(found.alignment + found.disalignment + found.rescaling - found.change)).toBeLessThan(1e-15);
      for (const name of parts) expect(Math.abs(found[name] - exact[name]), `${name} from ${count} samples`).toBeLessThan(2e-15);
    }
    for (const seed of [1, 2, 3]) {
      const times = Array.from({ length: 9 }, (_, i) => ((i + ((seed * 7919 * i) % 13) / 20) * 4) / 9).sort((a, b) => a - b);
      const found = mechanisms(sample(crossing, times));
      expect(Math.abs(found.alignment + found.disalignment + found.rescaling - found.change)).toBeLessThan(1e-15);
    }
  });

  test("integrated flows, descents, chains and logs agree with the closed form", () => {
    const problem = { network: network(), task, initial: { uu: 2, ww: 1.5, uw: -1.2 } };
    const exact = mechanisms(crossing);
    const log = gradientDescent(problem, { stepSize: 1e-3, steps: 20_000 });
    const logged = trajectoryOf(Array.from(log.t, (t, i) => ({ t, uu: log.uu[i]!, ww: log.ww[i]!, uw: log.uw[i]! })));
    const longer: Flow = chain({ network: network(), initial: problem.initial, stages: [{ task, duration: 2 }, { task }] });
    // Integrated to 1e-10; a descent of step 1e-3 is that far from the flow; a chain is a closed form.
    for (const [subject, basis, room] of [
      [integratedFlow(problem), "sampled", 1e-9],
      [log, "sampled", 2e-3],
      [logged, "sampled", 2e-3],
      [longer, "exact", 1e-14],
    ] as const) {
      const found = mechanisms(subject);
      expect(found.basis).toBe(basis);
      for (const name of parts) expect(Math.abs(found[name] - exact[name])).toBeLessThan(room);
      expect(found.present).toEqual(exact.present);
      expect(found.dominant).toBe(exact.dominant);
    }
  });
});

describe("what the theory says", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  const of = (initial: Parameters<typeof exactFlow>[0]["initial"], options = {}) =>
    mechanisms(exactFlow({ network: network(), task, initial }), options);

  test("in the kernel phase of balanced parametrizations there is none, and it says so", () => {
    for (const name of ["ntk", "standard"] as const) {
      const width = 1e8;
      const { network: net, scale } = scaleNetwork(parametrizations[name], width);
      const found = mechanisms(exactFlow({ network: net, task, initial: gaussianOrderParameters({ width, scale, seed: 1 }) }));
      expect([found.present, found.dominant]).toEqual([[], "none"]);
      expect(found.because).toMatch(/as in the kernel phase, no mechanism acts/);
    }
  });

  test("a small start aligns, then grows; an aligned one only rescales; a large one that overshoots disaligns", () => {
    const small = of({ uu: 1e-6, ww: 1e-6, uw: 0 });
    expect(small.present).toEqual(["alignment", "rescaling"]);
    // It aligns first, and grows after.
    expect(small.intervals.alignment![1]).toBeLessThan(small.intervals.rescaling![1]);
    expect(of({ uu: 0.1, ww: 0.1, uw: 0.1 })).toMatchObject({ present: ["rescaling"], alignment: 0, dominant: "rescaling" });
    const large = of({ uu: 9, ww: 9, uw: 7 });
    expect(large.present).toContain("disalignment");
    expect(large.turn.fall).toBeGreaterThan(0.5);
  });

  test("a small layer that turns while the kernel is constant is found", () => {
    const width = 1e4;
    const initial = gaussianOrderParameters({ width, scale: { u: 1, w: 1 / width }, seed: 1 });
    const found = mechanisms(exactFlow({ network: network({ outputScale: 1 / Math.sqrt(width) }), task, initial }));
    expect(found.present).toContain("alignment");
    expect(found.turn.rise).toBeGreaterThan(0.9);
  });

  test("width 1 and parallel layers: a jump of the angle through zero is no turn", () => {
    const found = of({ u: [1], w: [-0.5] });
    expect([found.alignment, found.disalignment]).toEqual([0, 0]);
    expect(found.rescaling).toBe(found.change);
    expect(found.stretch).toBe(Infinity);
  });

  test("intervals hold 90 % of what was done", () => {
    const flow = exactFlow({ network: network(), task, initial: { uu: 0.01, ww: 0.02, uw: 0.001 } });
    const whole = mechanisms(flow);
    for (const name of ["alignment", "rescaling"] as const) {
      const [from, to] = whole.intervals[name]!;
      expectWithin(Math.abs(mechanisms(flow, { from, to })[name] / whole[name] - 0.9), 1e-9, name);
    }
  });

  test("turning of fixed area: cos ζ and |u||w| are two faces of one motion", () => {
    let compared = 0;
    fc.assert(
      fc.property(
        problems(1, ["generic"]).filter(({ initial }) => initial.u.length > 1),
        (problem) => {
          const flow = exactFlow(problem);
          const [s, e] = [flow.at(0), flow.limit];
          // Parallel layers have no area; those at the minimum do not move.
          fc.pre(s.area > 0 && s.uw !== e.uw);
          compared++;
          const { turn, stretch } = mechanisms(flow, { threshold: 0 });
          const change = Math.abs(e.alignment) - Math.abs(s.alignment);
          expectWithin(Math.abs(turn.rise - turn.fall - change), 1e-12, "turn");
          // On the way over S = 0 the norms shrink to √Γ.
          const least = s.uw * e.uw < 0 ? s.area : Math.min(s.normProduct, e.normProduct);
          const expected = Math.log(Math.max(s.normProduct, e.normProduct) / least);
          expectWithin(Math.abs(stretch - expected), 1e-12 * (1 + stretch), "stretch");
        },
      ),
      pinned(102, 500),
    );
    expect(compared).toBeGreaterThan(90);
  });
});

describe("the map over initial conditions", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  test("is the split of the flow that starts there", () => {
    fc.assert(
      fc.property(uniform(-3, 3), uniform(0.01, 3.13), (exponent, angle) => {
        const normProduct = 10 ** exponent;
        const [area, uw] = [normProduct * Math.sin(angle), normProduct * Math.cos(angle)];
        const flow = exactFlow({ network: network(), task, initial: { uu: normProduct, ww: normProduct, uw, area } });
        const [whole, point] = [mechanisms(flow), dominantMechanism({ normProduct, angle, target: 1 })];
        expect(point.dominant).toBe(whole.dominant);
        for (const name of parts) expectWithin(Math.abs(point[name] - whole[name]), 1e-12 * (1 + normProduct), name);
      }),
      pinned(103, 500),
    );
  });

  test("its boundaries are exact: 1e-9 to either side of one, a mechanism is there or not", () => {
    for (const [normProduct, angle] of [
      [1, 1.2],
      [0.3, 0.7],
      [5, 1.5],
    ] as const) {
      const { presentFrom } = dominantMechanism({ normProduct, angle, target: 1 });
      const at = (target: number) => dominantMechanism({ normProduct, angle, target }).present;
      const sides = (target: number, name: "alignment" | "disalignment" | "rescaling") =>
        [1 - 1e-9, 1 + 1e-9].map((x) => at(target * x).includes(name));
      expect(sides(presentFrom.alignment!, "alignment")).toEqual([false, true]);
      expect(sides(presentFrom.rescalingAbove, "rescaling")).toEqual([false, true]);
      if (presentFrom.disalignment !== undefined) expect(sides(presentFrom.disalignment, "disalignment")).toEqual([true, false]);
      if (presentFrom.rescalingBelow !== undefined) expect(sides(presentFrom.rescalingBelow, "rescaling")).toEqual([true, false]);
    }
  });
});

test("invalid spans and logs are refused", () => {
  const flow = exactFlow({
    network: network(),
    task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }),
    initial: { uu: 1, ww: 1, uw: 0 },
  });
  for (const [run, message] of [
    [() => mechanisms(flow, { from: 2, to: 1 }), /from is 2; pass a time no later than to, 1/],
    [() => mechanisms(flow, { from: -1 }), /from is -1/],
    [() => mechanisms(flow, { threshold: -1 }), /threshold is -1/],
    [() => mechanisms(flow, { noise: -1 }), /noise is -1/],
    [() => mechanisms({} as never), /flow is an empty object/],
    [() => trajectoryOf([]), /samples is an array of length 0/],
    [() => trajectoryOf([{ uu: 1, ww: 1, uw: 1.1 }]), /no layers have uw² > uu·ww/],
    [
      () =>
        trajectoryOf([
          { t: 1, uu: 1, ww: 1, uw: 0 },
          { t: 1, uu: 1, ww: 1, uw: 0 },
        ]),
      /in order of time/,
    ],
    [() => mechanisms(trajectoryOf([{ uu: 1, ww: 1, uw: 0 }])), /fewer than two rows/],
  ] as const)
    expect(run).toThrow(message);
});

describe("mechanisms over time", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  const flow = exactFlow({ network: network({ outputScale: 2 }), task, initial: { uu: 1, ww: 2, uw: -1 } });

  test("come to what mechanisms says of any span, in closed form and from rows", () => {
    const times = [0, 0.1, 0.3, 1, 3, Infinity];
    const split = mechanismsOverTime(flow, { times });
    for (const [i, to] of times.entries()) {
      const whole = mechanisms(flow, { to });
      for (const name of ["change", "alignment", "disalignment", "rescaling"] as const)
        expect(Math.abs(split[name][i]! - whole[name])).toBeLessThan(4e-15);
    }
    const rows = sample(flow, [0, ...logarithmicTimes(flow, { count: 500 })]);
    const sampled = mechanismsOverTime(rows);
    const [last, whole] = [sampled.t.length - 1, mechanisms(rows)];
    for (const name of ["change", "alignment", "disalignment", "rescaling"] as const)
      expect(Math.abs(sampled[name][last]! - whole[name])).toBeLessThan(1e-13);
    // The rows end where 10⁻⁸ of the excess loss is left.
    expect(Math.abs(sampled.alignment[last]! - split.alignment.at(-1)!)).toBeLessThan(1e-3);
  });

  test("need times in order, and none where the rows have their own", () => {
    expect(() => mechanismsOverTime(flow, { times: [1, 0] })).toThrow(/times are not in order/);
    expect(() => mechanismsOverTime(sample(flow, [0, 1]), { times: [0] })).toThrow(/leave them out/);
  });
});
