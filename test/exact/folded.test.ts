/**
 * Networks with a kink at 0 whose two sides are images of one another, |x| and leaky ReLU in pairs: the
 * closed form against all weights integrated one by one, its laws, and what is said where there is none.
 */
import {
  chain,
  type ExactHalfLineFlow,
  evaluate,
  exactApplies,
  exactFlow,
  exponentialSchedule,
  gradientDescent,
  halfLife,
  integratedFlow,
  type KinkedNetwork,
  mechanisms,
  network,
  oneDirectionFlow,
  type Problem,
  regime,
  type Snapshot,
  sample,
  solve,
  stability,
  taskFromMoments,
  taskFromSamples,
  timesTo,
  type Weights,
  type WithWeights,
  withSchedule,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { drawer } from "../support/drawer.ts";
import { kinkedRun } from "../support/kinkedNeurons.ts";
import { type FoldedKind, foldedProblem, type KinkedProblem } from "../support/kinkedProblems.ts";

type Solvable = Problem<Weights> & { readonly network: KinkedNetwork };

const kinds: readonly FoldedKind[] = ["abs", "odd", "even"];
const abs = network({ activation: "abs" });
const leaky = network({ activation: { leaky: 0.3 } });
const layers = { u: [0.9, -0.7, 0.4, -0.6, 0.8, -0.3], w: [0.2, 0.3, 0.3, -0.2, -0.3, -0.5] };
const anyTask = taskFromMoments({ positive: { xx: 0.6, xy: 1.4 }, negative: { xx: 0.5, xy: -0.8 }, yy: 6 });
const oddTask = taskFromMoments({ positive: { xx: 0.6, xy: 2.4 }, negative: { xx: 0.6, xy: 2.4 }, yy: 30 });
const evenTask = taskFromMoments({ positive: { xx: 0.6, xy: 2.4 }, negative: { xx: 0.6, xy: -2.4 }, yy: 30 });

const solved = (problem: Pick<KinkedProblem, "network" | "task" | "initial">): WithWeights<ExactHalfLineFlow> =>
  exactFlow(problem as Solvable);

/** Neurons, and the partners of all of them. */
function paired({ u, w }: { readonly u: readonly number[]; readonly w: readonly number[] }, parity: 1 | -1): Weights {
  return { u: Float64Array.from([...u, ...u.map((x) => -parity * x)]), w: Float64Array.from([...w, ...w.map((x) => -x)]) };
}

/** The largest difference of two sets of weights, over the largest weight. */
function apart(a: Weights, b: Weights): number {
  const largest = [...b.u, ...b.w].reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const difference = (x: Float64Array, y: Float64Array): number =>
    x.reduce((most, one, i) => Math.max(most, Math.abs(one - y[i]!)), 0);
  return Math.max(difference(a.u, b.u), difference(a.w, b.w)) / largest;
}

/** How often each kind of event must be among all events of a kind of problem. */
const expected: Readonly<Record<FoldedKind, string>> = { abs: "dies", odd: "crosses", even: "dies" };

describe.each(kinds)("against all weights: %s", (kind) => {
  test("events and weights of 80 networks are those of all weights integrated one by one", () => {
    const eventful = counted({ atLeast: 0.2, what: "networks with events" });
    for (let seed = 1; seed <= 80; seed++) {
      const problem = foldedProblem(seed, kind);
      const flow = solved(problem);
      const until = 15 * problem.unit;
      const run = kinkedRun(problem.kinked, problem.initial, until);
      const events = flow.events.filter(({ t }) => t < until);
      const names = (list: typeof flow.events): string[] => list.map((event) => `${event.neuron} ${event.kind}`).sort();
      expect(names(events)).toEqual(names(run.events));
      eventful.when(events.length > 0);
      for (const { t, neuron, kind: what } of run.events) {
        expect(what).toBe(expected[kind]);
        expect(Math.abs(events.find((event) => event.neuron === neuron)!.t / t - 1)).toBeLessThan(1e-10);
      }
      // The reference has a tolerance of 1e-13 a step.
      expect(apart(flow.weights(until), run)).toBeLessThan(1e-11);
    }
  });

  test("snapshots of the whole and of both sides are those of the integrated flow", () => {
    for (let seed = 101; seed <= 130; seed++) {
      const problem = foldedProblem(seed, kind) as Solvable & KinkedProblem;
      const flow = solved(problem);
      const until = 20 * problem.unit;
      const other = integratedFlow(problem, { until, rtol: 1e-12 });
      for (const t of [0, 0.3 * problem.unit, 2 * problem.unit, until]) {
        const [a, b] = [flow.at(t), other.at(t)];
        for (const name of ["loss", "normProduct", "kernelSize", "outputSize", "uu", "ww", "sharpness"] as const)
          expect(Math.abs(a[name]! - b[name]!), `${name} of problem ${seed}`).toBeLessThanOrEqual(1e-9 * b[name]!);
        for (const side of ["positive", "negative"] as const) {
          const [own, its] = [flow.halves[side].at(t), other.halves[side].at(t)];
          expectSide(own, its, problem.kinked[side]);
        }
      }
    }
  });

  test("training on from the weights at any time is the same training", () => {
    for (let seed = 201; seed <= 230; seed++) {
      const problem = foldedProblem(seed, kind);
      const flow = solved(problem);
      // Between two events: at an event itself a weight is 0.
      const t = flow.events.length > 1 ? (flow.events[0]!.t + flow.events.at(-1)!.t) / 1.9 : problem.unit;
      const after = solved({ ...problem, initial: flow.weights(t) });
      const later = flow.events.filter((event) => event.t > t);
      expect(after.events.map((event) => `${event.neuron} ${event.kind}`).sort()).toEqual(
        later.map((event) => `${event.neuron} ${event.kind}`).sort(),
      );
      expect(apart(after.weights(2 * problem.unit), flow.weights(t + 2 * problem.unit))).toBeLessThan(1e-11);
    }
  });

  test("a chain that goes on with the same task is one training", () => {
    for (let seed = 251; seed <= 260; seed++) {
      const { network: of, task, initial, unit } = foldedProblem(seed, kind) as Solvable & KinkedProblem;
      const flow = solved({ network: of, task, initial });
      // Between two events, where there are two.
      const duration = flow.events.length > 1 ? (flow.events[0]!.t + flow.events.at(-1)!.t) / 1.9 : unit;
      const chained = chain({ network: of, initial, stages: [{ task, duration }, { task }] });
      for (const t of [0.5 * duration, duration + unit, duration + 20 * unit])
        expect(apart(chained.weights!(t), flow.weights(t))).toBeLessThan(1e-11);
      expect(chained.events.map(({ neuron }) => neuron).sort()).toEqual(flow.events.map(({ neuron }) => neuron).sort());
    }
  });

  test("what is asked of the flow has the answer that the integrated flow has", () => {
    const compared = counted({ atLeast: 0.4, what: "networks that learn" });
    for (let seed = 271; seed <= 282; seed++) {
      const problem = foldedProblem(seed, kind) as Solvable & KinkedProblem;
      const until = 60 * problem.unit;
      const flow = solved(problem);
      const other = integratedFlow(problem, { until, rtol: 1e-11 });
      const near = (a: number, b: number, share: number): void =>
        expect(Math.abs(a - b), `problem ${seed}: ${a}, ${b}`).toBeLessThanOrEqual(share * Math.abs(b) + 1e-12);
      if (!compared.when(flow.at(until).excessLoss < 1e-8 * flow.at(0).excessLoss)) continue;
      near(halfLife(flow), halfLife(other), 1e-7);
      // Changes of the kernel are sampled at other times.
      near(regime(flow).kernelChange, regime(other).kernelChange, 2e-3);
      const [a, b] = [mechanisms(flow, { to: until }), mechanisms(other, { to: until })];
      const size = Math.abs(b.alignment) + Math.abs(b.disalignment) + Math.abs(b.rescaling);
      for (const name of ["alignment", "disalignment", "rescaling"] as const)
        expect(Math.abs(a[name] - b[name])).toBeLessThan(2e-3 * size);
      const output = (flow.at(0).slopes.negative + flow.limit.slopes.negative) / 2;
      const [first, second] = [flow, other].map(({ halves }) => timesTo(halves.negative, { output }));
      expect(first!.length).toBe(second!.length);
      for (const [i, t] of second!.entries()) near(first![i]!, t, 1e-6);
      const slow = withSchedule(flow, exponentialSchedule({ decayTime: problem.unit }));
      near(slow.at(problem.unit).loss, flow.at(problem.unit * -Math.expm1(-1)).loss, 1e-12);
      expect(stability(problem).rate / stability({ ...problem, initial: other.weights(until) }).rate).toBeCloseTo(1, 5);
      const rows = sample(flow, [0, problem.unit, until]);
      near(rows.slopes.negative[1]!, other.at(problem.unit).slopes.negative, 1e-8);
    }
  });

  test("u²/η_u − w²/η_w of every neuron is conserved, and the loss never rises", () => {
    for (let seed = 301; seed <= 330; seed++) {
      const problem = foldedProblem(seed, kind);
      const flow = solved(problem);
      const { u: etaU, w: etaW } = problem.network.learningRates;
      const invariant = ({ u, w }: Weights, i: number): number => u[i]! ** 2 / etaU - w[i]! ** 2 / etaW;
      let before = Infinity;
      for (const t of [0, ...flow.events.map((event) => event.t), 20 * problem.unit, Infinity]) {
        const now = flow.weights(t);
        const size = now.u.reduce((sum, x, i) => sum + (x * x) / etaU + now.w[i]! ** 2 / etaW, 0);
        for (let i = 0; i < now.u.length; i++)
          expect(Math.abs(invariant(now, i) - invariant(problem.initial, i))).toBeLessThan(1e-12 * size);
      }
      const times = [...flow.events.map(({ t }) => t), ...Array.from({ length: 40 }, (_, i) => (i * problem.unit) / 2)];
      for (const t of times.sort((a, b) => a - b)) {
        const { loss } = flow.at(t);
        expect(loss).toBeLessThanOrEqual(before * (1 + 1e-12));
        before = loss;
      }
    }
  });
});

function expectSide(own: Snapshot, other: Snapshot, { xx, xy }: { readonly xx: number; readonly xy: number }): void {
  const size = Math.abs(xy) + xx * Math.abs(other.output);
  const near = (a: number, b: number, of: number): void => expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-9 * of);
  for (const name of ["uu", "ww", "normProduct", "kernel", "kernelSize"] as const) near(own[name], other[name], other[name]);
  near(own.uw, other.uw, other.normProduct);
  // √(N² − S²) of the integrated flow keeps half the digits.
  near(own.area ** 2, other.area ** 2, other.normProduct ** 2);
  near(own.output, other.output, Math.abs(other.output) + 1);
  near(own.residual, other.residual, size);
  near(own.alignment, other.alignment, 1);
  near(own.balance, other.balance, Math.abs(other.balance));
}

describe("limits to the neighbouring families", () => {
  test("as the slope below 0 goes to 1, pairs on odd data become a linear network", () => {
    const linear = oneDirectionFlow({
      network: network(),
      task: taskFromMoments({ xx: 1.2, xy: 4.8, yy: 30 }),
      initial: paired(layers, 1),
    });
    const errors = [1e-3, 1e-6].map((off) => {
      const flow = exactFlow({ network: network({ activation: { leaky: 1 - off } }), task: oddTask, initial: paired(layers, 1) });
      return apart(flow.weights(1), linear.weights(1)) / off;
    });
    expect(Math.abs(errors[0]! / errors[1]! - 1)).toBeLessThan(1e-2);
  });

  test.each([
    ["odd", oddTask, 1],
    ["even", evenTask, -1],
  ] as const)("as the slope below 0 goes to 0, pairs on %s data become ReLU", (_kind, task, parity) => {
    const initial = paired(layers, parity);
    const relu = exactFlow({ network: network({ activation: "relu" }), task, initial });
    expect(relu.events.length).toBeGreaterThan(1);
    const errors = [1e-3, -1e-6].map((alpha) => {
      const flow = exactFlow({ network: network({ activation: { leaky: alpha } }), task, initial });
      expect(flow.events.map(({ kind }) => kind)).toEqual(relu.events.map(({ kind }) => kind));
      return apart(flow.weights(1), relu.weights(1)) / Math.abs(alpha);
    });
    expect(Math.abs(errors[0]! / errors[1]! - 1)).toBeLessThan(1e-2);
  });

  test("a slope of −1 is |x|, and slopes near it come near to it", () => {
    const initial = paired(layers, -1);
    const flow = exactFlow({ network: abs, task: evenTask, initial });
    expect(exactFlow({ network: network({ activation: { leaky: -1 } }), task: evenTask, initial }).at(1)).toEqual(flow.at(1));
    const near = exactFlow({ network: network({ activation: { leaky: -1 + 1e-12 } }), task: evenTask, initial });
    expect(near.because).not.toBe(flow.because);
    expect(apart(near.weights(1), flow.weights(1))).toBeLessThan(1e-11);
    for (const side of ["positive", "negative"] as const)
      expectSide(near.halves[side].at(1), flow.halves[side].at(1), evenTask[side]!);
  });

  test("|x| without events is a linear network in |w|", () => {
    const initial = { u: [0.2, -0.1, 0.3], w: [0.5, -0.6, -0.4] };
    const flow = exactFlow({ network: abs, task: anyTask, initial });
    expect(flow.events).toEqual([]);
    const linear = oneDirectionFlow({
      network: network(),
      task: taskFromMoments({ xx: 1.1, xy: 2.2, yy: 6 }),
      initial: { u: initial.u, w: initial.w.map(Math.abs) },
    });
    for (const t of [0.1, 1, Infinity]) {
      expect(flow.at(t).slopes.positive).toBeCloseTo(linear.at(t).output, 14);
      expect(flow.at(t).slopes.negative).toBe(-flow.at(t).slopes.positive);
      expect(flow.at(t).loss).toBeCloseTo(linear.at(t).loss, 13);
      expect(flow.at(t).sharpness).toBeCloseTo(linear.at(t).sharpness!, 13);
    }
  });
});

describe("which problems have this closed form", () => {
  const failed = (task: Problem["task"], initial: Weights | typeof layers, of: KinkedNetwork = leaky): readonly string[] => {
    const found = exactApplies({ network: of, task, initial } as Problem);
    return found.applies ? [] : found.failed;
  };

  test("exactApplies says what of the data or the neurons has no symmetry", () => {
    expect(failed(anyTask, layers)).toEqual([
      expect.stringMatching(
        /leaky ReLU of slope 0\.3, .*odd or even data alone: E\[x²\] is 0\.6 for x > 0 and 0\.5 .*relu and abs have one/,
      ),
    ]);
    const skew = taskFromMoments({ positive: { xx: 0.6, xy: 0.9 }, negative: { xx: 0.6, xy: 0.4 }, yy: 3 });
    expect(failed(skew, layers)).toEqual([expect.stringMatching(/E\[xy\] is 0\.9 for x > 0 and 0\.4 for x < 0/)]);
    const { u, w } = paired(layers, 1);
    expect(failed(oddTask, { u: u.slice(0, 9), w: w.slice(0, 9) })).toEqual([
      expect.stringMatching(
        /the data are odd and neuron 3 has no partner \(−u, −w\): with it, for every neuron, there is a closed form/,
      ),
    ]);
    expect(failed(evenTask, paired(layers, 1))).toEqual([
      expect.stringMatching(/the data are even and neuron 0 has no partner \(u, −w\)/),
    ]);
    expect(failed(oddTask, paired(layers, 1))).toEqual([]);
    expect(failed(evenTask, paired(layers, -1))).toEqual([]);
    expect(failed(anyTask, layers, abs)).toEqual([]);
    expect(failed(anyTask, layers, network({ activation: "abs", weightDecay: 0.1 }))).toEqual([expect.stringMatching(/decay/)]);
    expect(failed(anyTask, layers, network({ activation: "abs", loss: "huber" }))).toEqual([
      expect.stringMatching(/not a square/),
    ]);
    const order = { positive: { uu: 1, ww: 1, uw: 0 }, negative: { uu: 1, ww: 1, uw: 0 } };
    expect(exactApplies({ network: abs, task: anyTask, initial: order })).toMatchObject({ failed: [/pass weights/] });
  });

  test("data without correlation are odd and even, and either pairs will do", () => {
    const task = taskFromMoments({ positive: { xx: 0.6, xy: 0 }, negative: { xx: 0.6, xy: 0 }, yy: 1 });
    for (const parity of [1, -1] as const) expect(failed(task, paired(layers, parity))).toEqual([]);
    expect(failed(task, layers)).toEqual([expect.stringMatching(/\(−u, −w\)/), expect.stringMatching(/\(u, −w\)/)]);
  });

  test("samples are odd or even in any order, up to rounding, and centred data too", () => {
    const { normal } = drawer(5);
    const x = Array.from({ length: 200 }, () => normal());
    const both = [...x, ...x.map((a) => -a).reverse()];
    const moved = both.map((a) => a + 0.1);
    const mean = moved.reduce((sum, a) => sum + a, 0) / moved.length;
    for (const inputs of [both, moved.map((a) => a - mean)]) {
      expect(failed(taskFromSamples(inputs, inputs.map(Math.tanh)), paired(layers, 1))).toEqual([]);
      expect(
        failed(
          taskFromSamples(
            inputs,
            inputs.map((a) => a * a),
          ),
          paired(layers, -1),
        ),
      ).toEqual([]);
    }
    expect(
      failed(
        taskFromSamples(
          both,
          both.map((a) => Math.tanh(a) + 1e-9 * a * a),
        ),
        paired(layers, 1),
      ).length,
    ).toBe(1);
  });

  test("rounding of partners is forgiven, and changes no result by more", () => {
    const exact = paired(layers, 1);
    const { uniform } = drawer(9);
    const noisy = (share: number): Weights => {
      const near = (x: number): number => x * (1 + share * (2 * uniform() - 1));
      return { u: exact.u.map(near), w: exact.w.map(near) };
    };
    const problem = { network: leaky, task: oddTask, initial: noisy(4e-13) };
    expect(apart(exactFlow(problem).weights(3), integratedFlow(problem, { until: 3, rtol: 1e-12 }).weights(3))).toBeLessThan(
      2e-12,
    );
    expect(failed(oddTask, noisy(1e-10)).length).toBe(1);
  });

  test("partners are found among many neurons, whatever their order", () => {
    const { normal } = drawer(11);
    const width = 4000;
    // Half of them share one |w|.
    const half = {
      u: Array.from({ length: width }, () => normal()),
      w: Array.from({ length: width }, (_, i) => (i % 2 === 0 ? 0.5 : normal())),
    };
    for (const [parity, task] of [
      [1, oddTask],
      [-1, evenTask],
    ] as const) {
      const { u, w } = paired(half, parity);
      const order = Array.from(u.keys()).sort((a, b) => Math.sin(9 * a) - Math.sin(9 * b));
      const shuffled = { u: Float64Array.from(order, (i) => u[i]!), w: Float64Array.from(order, (i) => w[i]!) };
      expect(failed(task, shuffled)).toEqual([]);
      shuffled.u[order.indexOf(7)]! += 1e-6;
      expect(failed(task, shuffled)).toEqual([expect.stringMatching(/has no partner/)]);
    }
  });

  test("what has a closed form is solved by it, and without symmetry it is integrated", () => {
    expect(solve({ network: abs, task: anyTask, initial: layers }).family).toBe("folded");
    expect(solve({ network: leaky, task: oddTask, initial: paired(layers, 1) }).family).toBe("folded");
    expect(solve({ network: leaky, task: anyTask, initial: layers }).method).toBe("integrated");
  });
});

describe("special cases", () => {
  test("a neuron of |x| that starts at w = 0 goes to the positive side where data pull at it, and else stays", () => {
    const initial = { u: [0.5, 0.4, -0.4], w: [0.3, 0, 0] };
    const flow = exactFlow({ network: abs, task: anyTask, initial });
    const other = integratedFlow({ network: abs, task: anyTask, initial }, { until: 3, rtol: 1e-12 });
    expect(flow.weights(3).w[1]).toBeGreaterThan(0.1);
    expect(flow.weights(3).w[2]).toBe(0);
    expect(apart(flow.weights(3), other.weights(3))).toBeLessThan(1e-11);
  });

  test("a leaky pair at w = 0 is refused where both sides pull at it, and stays where both push", () => {
    const { u, w } = paired(layers, -1);
    const withZero = (x: number): Weights => ({ u: Float64Array.of(...u, x), w: Float64Array.of(...w, 0) });
    expect(exactApplies({ network: leaky, task: evenTask, initial: withZero(0.4) })).toMatchObject({
      failed: [/neuron 12 starts at w = 0, where the data of both sides pull at it/],
    });
    expect(exactFlow({ network: leaky, task: evenTask, initial: withZero(-0.4) }).weights(2).w[12]).toBe(0);
  });

  test("data on one side alone teach |x| the same function on both", () => {
    const task = taskFromMoments({ positive: { xx: 1, xy: 0.8 }, negative: { xx: 0, xy: 0 }, yy: 1 });
    const { limit } = exactFlow({ network: abs, task, initial: layers });
    expect(limit.slopes.positive).toBeCloseTo(0.8, 13);
    expect(limit.slopes.negative).toBeCloseTo(-0.8, 13);
    expect(limit.excessLoss).toBeCloseTo(0, 13);
  });

  test("|x| fits what an even function can, and the excess loss counts from there", () => {
    const flow = exactFlow({ network: abs, task: anyTask, initial: layers });
    expect(flow.limit.slopes.positive).toBeCloseTo(2, 13);
    expect(flow.limit.loss).toBeCloseTo(6 - 2.2 ** 2 / 1.1, 13);
    expect(flow.limit.excessLoss).toBe(0);
    for (const t of [0, 1]) expect(evaluate(flow, t, anyTask)).toBeCloseTo(flow.at(t).loss, 13);
    const parts = [flow.halves.positive, flow.halves.negative].map((half) => half.at(1).excessLoss);
    expect(parts[0]! + parts[1]!).toBeCloseTo(flow.at(1).excessLoss, 14);
    const run = gradientDescent({ network: abs, task: anyTask, initial: layers }, { stepSize: 0.01, steps: 4000 });
    expect(run.excessLoss.at(-1)).toBeLessThan(1e-6);
  });

  test("another task wakes the neurons that died under |x|", () => {
    const turned = taskFromMoments({ positive: { xx: 0.6, xy: -1.4 }, negative: { xx: 0.5, xy: 0.8 }, yy: 6 });
    const flow = chain({ network: abs, initial: layers, stages: [{ task: anyTask, duration: 3 }, { task: turned }] });
    expect(flow.stages.map((stage) => stage.flow.family)).toEqual(["folded", "folded"]);
    const kindsOf = (from: number, to: number): string[] =>
      flow.events.filter(({ t }) => t >= from && t < to).map(({ kind }) => kind);
    expect(kindsOf(0, 3)).toContain("dies");
    expect(kindsOf(3, 3.0001)).toContain("returns");
    const kinked = { gamma: 1, alpha: -1, k: 1, etaU: 1, etaW: 1 };
    const first = kinkedRun({ ...kinked, positive: anyTask.positive!, negative: anyTask.negative! }, layers, 3);
    const second = kinkedRun({ ...kinked, positive: turned.positive!, negative: turned.negative! }, first, 1);
    expect(apart(flow.weights!(4), second)).toBeLessThan(1e-10);
  });

  test("descent comes to the flow with the first order of the step", () => {
    const problem = { network: leaky, task: oddTask, initial: paired(layers, 1) };
    const flow = exactFlow(problem);
    expect(flow.events.filter(({ t }) => t < 2).length).toBeGreaterThan(1);
    const errors = [0.004, 0.00025].map((stepSize) => {
      const run = gradientDescent(problem, { stepSize, steps: 2 / stepSize, recordEvery: 2 / stepSize });
      return apart(run.weights(1), flow.weights(2));
    });
    expect(Math.abs(Math.log2(errors[0]! / errors[1]!) / 4 - 1)).toBeLessThan(0.1);
  });

  test("10⁵ neurons of |x| with more than 10⁴ events are solved in a second or so", () => {
    const { normal } = drawer(3);
    const width = 1e5;
    const initial = {
      u: Float64Array.from({ length: width }, () => normal() / Math.sqrt(width)),
      w: Float64Array.from({ length: width }, () => normal() / Math.sqrt(width)),
    };
    const began = process.cpuUsage().user;
    const flow = exactFlow({ network: abs, task: anyTask, initial });
    // A second, and as much for collecting garbage; in microseconds.
    expect(process.cpuUsage().user - began).toBeLessThan(2e6);
    expect(flow.events.length).toBeGreaterThan(1e4);
  });
});
