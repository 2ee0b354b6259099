/**
 * ReLU networks on one direction: the closed form against all weights integrated one by one, its laws, and
 * its special cases.
 */
import {
  chain,
  exactApplies,
  exactFlow,
  gradientDescent,
  type HalfLineSnapshot,
  halfLife,
  integratedFlow,
  type NeuronEvent,
  network,
  oneDirectionFlow,
  type Problem,
  plateau,
  type ReluFlow,
  type ReluNetwork,
  solve,
  taskFromMoments,
  taskFromSamples,
  timesTo,
  type Weights,
  type WithWeights,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { drawer } from "../support/drawer.ts";
import { kinkedRun } from "../support/kinkedNeurons.ts";
import { type KinkedProblem, kinkedProblem } from "../support/kinkedProblems.ts";

const relu = network({ activation: "relu" });
/** Both slopes positive: neurons cross. */
const same = taskFromMoments({ positive: { xx: 0.6, xy: 0.9 }, negative: { xx: 0.5, xy: 0.4 }, yy: 3 });
/** Slopes of opposite signs: neurons die. */
const opposite = taskFromMoments({ positive: { xx: 0.6, xy: 0.9 }, negative: { xx: 0.5, xy: -0.4 }, yy: 3 });
/** In either class one neuron turns back to its kink whatever the task. */
const layers = { u: [0.9, -0.7, 0.4, -0.6, 0.8, -0.3], w: [0.2, 0.3, 0.3, -0.2, -0.3, -0.5] };

const solved = (problem: Pick<KinkedProblem, "network" | "task" | "initial">): WithWeights<ReluFlow> =>
  exactFlow(problem as Problem<Weights> & { network: ReluNetwork });

/** The largest difference of two sets of weights, over the largest weight. */
function apart(a: Weights, b: Weights): number {
  const largest = [...b.u, ...b.w].reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const difference = (x: Float64Array, y: Float64Array): number =>
    x.reduce((most, one, i) => Math.max(most, Math.abs(one - y[i]!)), 0);
  return Math.max(difference(a.u, b.u), difference(a.w, b.w)) / largest;
}

describe("against all weights", () => {
  test("events and weights of 250 networks are those of all weights integrated one by one", () => {
    const [crossing, dying] = [counted({ atLeast: 0.2, what: "crossings" }), counted({ atLeast: 0.2, what: "deaths" })];
    for (let seed = 1; seed <= 250; seed++) {
      const problem = kinkedProblem(seed);
      const flow = solved(problem);
      const until = 15 * problem.unit;
      const run = kinkedRun(problem.kinked, problem.initial, until);
      const events = flow.events.filter(({ t }) => t < until);
      expect(events.map(({ neuron, kind }) => `${neuron} ${kind}`).sort()).toEqual(
        run.events.map(({ neuron, kind }) => `${neuron} ${kind}`).sort(),
      );
      for (const { t, neuron, kind } of run.events) {
        crossing.when(kind === "crosses");
        dying.when(kind === "dies");
        expect(Math.abs(events.find((event) => event.neuron === neuron)!.t / t - 1)).toBeLessThan(1e-10);
      }
      expect(apart(flow.weights(until), run)).toBeLessThan(1e-10);
    }
  });

  test("at every time the snapshot is what the weights say", () => {
    for (let seed = 301; seed <= 360; seed++) {
      const problem = kinkedProblem(seed);
      const flow = solved(problem);
      const first = flow.events[0]?.t ?? problem.unit;
      // Not at an event itself, where one weight is 0.
      for (const t of [0, 1.01 * first, 3 * problem.unit, Infinity]) expectSnapshot(problem, flow.at(t), flow.weights(t));
    }
  });

  test("the limit is where a long integration ends", () => {
    const compared = counted({ atLeast: 0.5 });
    for (let seed = 401; seed <= 440; seed++) {
      const problem = kinkedProblem(seed);
      const flow = solved(problem);
      const slow = Math.min(...flow.rates.filter((rate) => rate > 0));
      if (!compared.when(25 / slow < 400 * problem.unit)) continue;
      const run = kinkedRun(problem.kinked, problem.initial, 25 / slow, 1e-12);
      expect(apart(flow.weights(Infinity), run)).toBeLessThan(1e-9);
    }
  });
});

function expectSnapshot({ kinked, task }: KinkedProblem, snapshot: HalfLineSnapshot, { u, w }: Weights): void {
  const { gamma, k, etaU, etaW } = kinked;
  const uu = u.reduce((sum, x) => sum + x * x, 0);
  const ww = w.reduce((sum, x) => sum + x * x, 0);
  const slope = (sign: number): number => u.reduce((sum, x, i) => (sign * w[i]! > 0 ? sum + gamma * x * w[i]! : sum), 0);
  const kernel = (sign: number): number =>
    u.reduce((sum, x, i) => (sign * w[i]! > 0 ? sum + gamma ** 2 * (etaW * x * x + etaU * w[i]! ** 2) : sum), 0);
  const [above, below] = [slope(1), slope(-1)];
  const { positive, negative } = kinked;
  const loss =
    k * (task.yy - 2 * (above * positive.xy + below * negative.xy) + above ** 2 * positive.xx + below ** 2 * negative.xx);
  const near = (a: number, b: number, size: number): void => expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-12 * size);
  const reach = Math.abs(gamma) * (uu + ww);
  near(snapshot.uu, uu, uu);
  near(snapshot.ww, ww, uu + ww);
  near(snapshot.slopes.positive, above, reach);
  near(snapshot.slopes.negative, below, reach);
  near(snapshot.loss, loss, k * task.yy + Math.abs(loss) + reach ** 2 * (positive.xx + negative.xx));
  near(snapshot.kernelSize, kernel(1) * positive.xx + kernel(-1) * negative.xx, snapshot.kernelSize);
  near(snapshot.normProduct, Math.sqrt(uu * ww), uu + ww);
}

describe("laws", () => {
  test("training on from the weights at any time is the same training", () => {
    for (let seed = 501; seed <= 540; seed++) {
      const problem = kinkedProblem(seed);
      const flow = solved(problem);
      const t = (flow.events[1]?.t ?? problem.unit) * 1.3;
      const after = solved({ ...problem, initial: flow.weights(t) });
      const later = flow.events.filter((event) => event.t > t);
      expect(after.events.map(({ neuron, kind }) => [neuron, kind])).toEqual(later.map(({ neuron, kind }) => [neuron, kind]));
      expect(apart(after.weights(2 * problem.unit), flow.weights(t + 2 * problem.unit))).toBeLessThan(1e-11);
    }
  });

  test("a chain that goes on with the same task is one training", () => {
    for (let seed = 541; seed <= 560; seed++) {
      const problem = kinkedProblem(seed) as KinkedProblem & { readonly network: ReluNetwork };
      const { network: of, task, initial, unit } = problem;
      const flow = solved(problem);
      // Between two events, where there are two.
      const duration = flow.events.length > 1 ? (flow.events[0]!.t + flow.events[1]!.t) / 2 : unit;
      const chained = chain({ network: of, initial, stages: [{ task, duration }, { task }] });
      for (const t of [0.5 * duration, duration + unit, duration + 20 * unit])
        expect(apart(chained.weights!(t), flow.weights(t))).toBeLessThan(1e-11);
      expect(chained.events.map(({ neuron, kind }) => [neuron, kind])).toEqual(
        flow.events.map(({ neuron, kind }) => [neuron, kind]),
      );
    }
  });

  test("u²/η_u − w²/η_w of every neuron is conserved, and no neuron has two events", () => {
    for (let seed = 601; seed <= 640; seed++) {
      const problem = kinkedProblem(seed);
      const flow = solved(problem);
      const { u: etaU, w: etaW } = problem.network.learningRates;
      expect(new Set(flow.events.map(({ neuron }) => neuron)).size).toBe(flow.events.length);
      const invariant = ({ u, w }: Weights, i: number): number => u[i]! ** 2 / etaU - w[i]! ** 2 / etaW;
      for (const t of [problem.unit, 20 * problem.unit, Infinity]) {
        const now = flow.weights(t);
        const size = now.u.reduce((sum, x, i) => sum + (x * x) / etaU + now.w[i]! ** 2 / etaW, 0);
        for (let i = 0; i < now.u.length; i++)
          expect(Math.abs(invariant(now, i) - invariant(problem.initial, i))).toBeLessThan(1e-12 * size);
      }
    }
  });

  test("the loss never rises", () => {
    for (let seed = 701; seed <= 740; seed++) {
      const problem = kinkedProblem(seed);
      const flow = solved(problem);
      const times = [...flow.events.map(({ t }) => t), ...Array.from({ length: 50 }, (_, i) => (i * problem.unit) / 2)];
      const losses = times.sort((a, b) => a - b).map((t) => flow.at(t).excessLoss);
      for (let i = 1; i < losses.length; i++) expect(losses[i]!).toBeLessThanOrEqual(losses[i - 1]! * (1 + 1e-12));
    }
  });

  test("the order of the neurons does not matter", () => {
    const { network: of, task, initial, unit } = kinkedProblem(27);
    const order = Array.from(initial.u.keys()).sort((a, b) => Math.sin(9 * a) - Math.sin(9 * b));
    const shuffled = { u: Float64Array.from(order, (i) => initial.u[i]!), w: Float64Array.from(order, (i) => initial.w[i]!) };
    const [flow, other] = [solved({ network: of, task, initial }), solved({ network: of, task, initial: shuffled })];
    expect(flow.events.length).toBeGreaterThan(0);
    for (const [n, { t, neuron, kind }] of flow.events.entries()) {
      expect(order[other.events[n]!.neuron]).toBe(neuron);
      expect(other.events[n]!.kind).toBe(kind);
      expect(Math.abs(other.events[n]!.t / t - 1)).toBeLessThan(1e-13);
    }
    expect(Math.abs(other.at(unit).loss / flow.at(unit).loss - 1)).toBeLessThan(1e-13);
  });

  test("inputs of the other sign, and w of the other sign, exchange the two sides", () => {
    const mirroredTask = taskFromMoments({
      positive: { xx: 0.5, xy: -0.4 },
      negative: { xx: 0.6, xy: 0.9 },
      yy: 3,
    });
    const flow = exactFlow({ network: relu, task: opposite, initial: layers });
    // f(x) = γ Σ u relu(wx) with x and w turned; slopes keep their sign with y, so that xy is turned once.
    const turned = taskFromMoments({ positive: { xx: 0.5, xy: 0.4 }, negative: { xx: 0.6, xy: -0.9 }, yy: 3 });
    const other = exactFlow({ network: relu, task: turned, initial: { u: layers.u, w: layers.w.map((w) => -w) } });
    expect(mirroredTask.xx).toBe(turned.xx);
    expect(other.events).toEqual(flow.events);
    expect(other.at(1).slopes).toEqual({ positive: -flow.at(1).slopes.negative, negative: -flow.at(1).slopes.positive });
  });

  test.each([1e-70, 1e-20, 1e20, 1e70])(
    "weights of another scale, %d, with γ and rates to match, learn at the same times",
    (c) => {
      for (let seed = 801; seed <= 820; seed++) {
        const { network: of, task, initial } = kinkedProblem(seed);
        const flow = solved({ network: of, task, initial });
        const { outputScale, learningRates: rates, loss } = of;
        const scaled = network({
          outputScale: outputScale / c / c,
          learningRates: { u: rates.u * c * c, w: rates.w * c * c },
          loss,
          activation: "relu",
        });
        const other = solved({
          network: scaled,
          task,
          initial: { u: initial.u.map((x) => c * x), w: initial.w.map((x) => c * x) },
        });
        expect(other.events.map(({ neuron, kind }) => [neuron, kind])).toEqual(
          flow.events.map(({ neuron, kind }) => [neuron, kind]),
        );
        for (const [n, { t }] of flow.events.entries()) expect(Math.abs(other.events[n]!.t / t - 1)).toBeLessThan(1e-11);
        expect(Math.abs(other.limit.slopes.positive - flow.limit.slopes.positive)).toBeLessThan(1e-12);
      }
    },
  );

  test("without events the two sides are two linear networks, to the last bit", () => {
    const initial = { u: [0.3, -0.2, 0.4, 0.1], w: [0.5, 0.3, -0.6, -0.3] };
    const flow = exactFlow({ network: relu, task: opposite, initial });
    expect(flow.events).toEqual([]);
    const above = oneDirectionFlow({
      network: network(),
      task: taskFromMoments({ xx: 0.6, xy: 0.9, yy: 1.35 }),
      initial: { u: [0.3, -0.2], w: [0.5, 0.3] },
    });
    for (const t of [0, 0.3, 2, Infinity]) {
      expect(flow.halves.positive.at(t).output).toBe(above.at(t).output);
      expect(flow.at(t).slopes.positive).toBeCloseTo(above.at(t).output, 14);
      expect(flow.halves.positive.at(t).kernel).toBe(above.at(t).kernel);
    }
  });
});

describe("special cases", () => {
  test("where both residuals have one sign neurons cross, else they die", () => {
    const crossing = exactFlow({ network: relu, task: same, initial: layers });
    const dying = exactFlow({ network: relu, task: opposite, initial: layers });
    expect(new Set(crossing.events.map(({ kind }) => kind))).toEqual(new Set(["crosses"]));
    expect(new Set(dying.events.map(({ kind }) => kind))).toEqual(new Set(["dies"]));
    for (const { neuron } of crossing.events) expect(crossing.weights(Infinity).w[neuron]! * layers.w[neuron]!).toBeLessThan(0);
    for (const { neuron } of dying.events) {
      const { u, w } = dying.weights(Infinity);
      expect(w[neuron]).toBe(0);
      expect(u[neuron]).toBeCloseTo(
        Math.sign(layers.u[neuron]!) * Math.sqrt(layers.u[neuron]! ** 2 - layers.w[neuron]! ** 2),
        14,
      );
    }
  });

  test("data on one side train the neurons of that side, and those that leave it die", () => {
    const task = taskFromMoments({ positive: { xx: 1, xy: 3 }, negative: { xx: 0, xy: 0 }, yy: 10 });
    const flow = exactFlow({ network: relu, task, initial: layers });
    expect(flow.events).toEqual([{ t: expect.any(Number), neuron: 1, kind: "dies" }]);
    const { u, w } = flow.weights(Infinity);
    for (const i of [3, 4, 5]) expect([u[i], w[i]]).toEqual([layers.u[i], layers.w[i]]);
    expect(flow.limit.slopes.positive).toBeCloseTo(3, 14);
  });

  test("equal neurons leave together", () => {
    const initial = { u: [0.5, -0.4, -0.4, -0.4, 0.2], w: [0.3, 0.1, 0.1, 0.1, -0.4] };
    for (const task of [same, opposite]) {
      const { events } = exactFlow({ network: relu, task, initial });
      expect(events.map(({ neuron }) => neuron)).toEqual([1, 2, 3]);
      expect(events[2]!.t).toBe(events[0]!.t);
    }
  });

  test("a side without neurons fits nothing until one joins it", () => {
    const initial = { u: [0.5, -0.4], w: [0.3, 0.2] };
    const flow = exactFlow({ network: relu, task: same, initial });
    const [event] = flow.events;
    expect(event).toMatchObject({ neuron: 1, kind: "crosses" });
    expect(flow.at(event!.t).slopes.negative).toBe(0);
    expect(flow.at(event!.t * 0.9).slopes.negative).toBe(0);
    expect(flow.limit.slopes.negative).toBeCloseTo(0.8, 14);
    const never = exactFlow({ network: relu, task: opposite, initial });
    expect(never.limit.slopes.negative).toBe(0);
    expect(never.limit.excessLoss).toBeCloseTo(0.4 ** 2 / 0.5, 14);
  });

  test("neurons that start at w = 0 stay, and count in |u|² alone", () => {
    const initial = { u: [0.5, 3, 0.2], w: [0.3, 0, -0.4] };
    const flow = exactFlow({ network: relu, task: same, initial });
    expect([flow.weights(5).u[1], flow.weights(5).w[1]]).toEqual([3, 0]);
    expect(flow.at(0).uu).toBeCloseTo(9.29, 13);
    const without = exactFlow({ network: relu, task: same, initial: { u: [0.5, 0.2], w: [0.3, -0.4] } });
    expect(flow.at(1).slopes).toEqual(without.at(1).slopes);
    expect(flow.at(1).kernelSize).toBe(without.at(1).kernelSize);
  });

  test("a side from which neurons leave has no plateau, and says so; one that keeps its neurons has", () => {
    const { halves, events } = exactFlow({ network: relu, task: opposite, initial: layers });
    expect(events.length).toBeGreaterThan(0);
    const leaves = layers.w[events[0]!.neuron]! > 0 ? halves.positive : halves.negative;
    expect(() => plateau(leaves)).toThrow(/neurons leave or join this side of 0.*; call halfLife, or timeTo/);
    expect(halfLife(leaves)).toBeGreaterThan(0);
    const kept = exactFlow({ network: relu, task: opposite, initial: { u: [1e-3, 1e-3], w: [2e-3, -2e-3] } });
    expect(plateau(kept.halves.positive)).toBeGreaterThan(1);
  });

  test("balanced layers, zero output weights and frozen input weights have no events", () => {
    for (const [initial, of] of [
      [{ u: [0.5, -0.5, 0.5], w: [0.5, 0.5, -0.5] }, relu],
      [{ u: [0, 0, 0], w: [0.5, 0.5, -0.5] }, relu],
      [layers, network({ activation: "relu", learningRates: { u: 1, w: 0 } })],
      [layers, network({ activation: "relu", outputScale: 0 })],
    ] as const)
      expect(exactFlow({ network: of, task: same, initial }).events).toEqual([]);
  });

  test("frozen output weights: w moves in a straight line through its kink", () => {
    const of = network({ activation: "relu", learningRates: { u: 0, w: 1 } });
    for (const task of [same, opposite]) {
      const flow = exactFlow({ network: of, task, initial: layers });
      expect(flow.events.length).toBeGreaterThan(1);
      const { positive, negative } = task;
      const kinked = { gamma: 1, alpha: 0, k: 1, etaU: 0, etaW: 1, positive: positive!, negative: negative! };
      const run = kinkedRun(kinked, layers, 2);
      expect(run.events.length).toBe(flow.events.filter(({ t }) => t < 2).length);
      expect(apart(flow.weights(2), run)).toBeLessThan(1e-11);
    }
  });

  test("and rates that come near to freezing a layer come near to that", () => {
    const events = [0, 1e-12].map(
      (u) =>
        exactFlow({ network: network({ activation: "relu", learningRates: { u, w: 1 } }), task: same, initial: layers }).events,
    );
    expect(events[1]!.length).toBe(events[0]!.length);
    for (const [n, { t }] of events[0]!.entries()) expect(Math.abs(events[1]![n]!.t / t - 1)).toBeLessThan(1e-10);
  });

  test("order parameters of either side give what weights without events give", () => {
    const initial = { u: [0.3, -0.2, 0.4, 0.1], w: [0.5, 0.3, -0.6, -0.3] };
    const of = { network: relu, task: opposite };
    const flow = exactFlow({ ...of, initial });
    const { positive, negative } = flow.halves;
    const other = exactFlow({ ...of, initial: { positive: positive.at(0), negative: negative.at(0) } });
    expect(other.notes).toEqual([expect.stringMatching(/it is assumed that none reaches its kink/)]);
    for (const t of [0.5, Infinity]) expect(other.at(t).loss).toBeCloseTo(flow.at(t).loss, 14);
    expect(other.weights).toBeUndefined();
  });

  test("order parameters whose neurons all reach the kink together are refused", () => {
    const positive = { uu: 1, ww: 0.25, uw: -0.5 };
    const problem = { network: relu, task: same, initial: { positive, negative: { uu: 0, ww: 0, uw: 0 } } };
    expect(exactApplies(problem)).toEqual({ applies: false, failed: [expect.stringMatching(/reach their kink/)] });
  });

  test("every size of everything gives numbers", () => {
    const { uniform, normal } = drawer(17);
    const compared = counted({ atLeast: 0.95 });
    for (let n = 0; n < 300; n++) {
      const size = (): number => 10 ** (300 * (uniform() - 0.5));
      const [forU, forW] = [size(), size()];
      const side = (): { readonly xx: number; readonly xy: number } => {
        const [x, y] = [Math.sqrt(size()), Math.sqrt(size())];
        return { xx: x * x, xy: x * y * (2 * uniform() - 1) };
      };
      const [positive, negative] = [side(), side()];
      const yy = 2 * (positive.xy * (positive.xy / positive.xx) + negative.xy * (negative.xy / negative.xx));
      if (!compared.when(yy < 1e300 && yy > 1e-300)) continue;
      const flow = exactFlow({
        network: network({
          activation: "relu",
          outputScale: size() * Math.sign(normal()),
          learningRates: { u: size(), w: size() },
        }),
        task: taskFromMoments({ positive, negative, yy }),
        initial: { u: Array.from({ length: 5 }, () => forU * normal()), w: Array.from({ length: 5 }, () => forW * normal()) },
      });
      for (const { t } of flow.events) expect(t).toBeGreaterThanOrEqual(0);
      for (const t of [0, flow.events[0]?.t ?? 1, 1, Infinity]) {
        const { u, w } = flow.weights(t);
        const { slopes, ...numbers } = flow.at(t);
        for (const value of [...u, ...w, ...Object.values(slopes), ...Object.values(numbers)]) expect(value).not.toBeNaN();
      }
    }
  });

  test("10⁵ neurons with more than 10⁴ events are solved in a second or so", () => {
    const { normal } = drawer(3);
    const width = 1e5;
    const initial = {
      u: Float64Array.from({ length: width }, () => normal() / Math.sqrt(width)),
      w: Float64Array.from({ length: width }, () => (1.2 * normal()) / Math.sqrt(width)),
    };
    const began = process.cpuUsage().user;
    const flow = exactFlow({ network: relu, task: opposite, initial });
    // A second, and as much for collecting garbage; in microseconds.
    expect(process.cpuUsage().user - began).toBeLessThan(2e6);
    expect(flow.events.length).toBeGreaterThan(1e4);
    expect(flow.at(1).loss).toBeLessThan(flow.at(0).loss);
  });
});

describe("other ways to train", () => {
  test("the integrator agrees, events included", () => {
    const compared = counted({ atLeast: 0.3, what: "networks with events" });
    for (let seed = 901; seed <= 930; seed++) {
      const problem = kinkedProblem(seed);
      const flow = solved(problem);
      const until = 10 * problem.unit;
      const other = integratedFlow(problem as Problem<Weights> & { network: ReluNetwork }, { until, rtol: 1e-12 });
      expect(other.events.map(({ neuron, kind }) => [neuron, kind])).toEqual(
        flow.events.filter(({ t }) => t < until).map(({ neuron, kind }) => [neuron, kind]),
      );
      compared.when(other.events.length > 0);
      for (const [n, { t }] of other.events.entries()) expect(Math.abs(flow.events[n]!.t / t - 1)).toBeLessThan(1e-9);
      expect(apart(other.weights(until), flow.weights(until))).toBeLessThan(1e-10);
    }
  });

  test("descent comes to the flow with the first order of the step, crossings included", () => {
    const problem = { network: relu, task: same, initial: layers };
    const flow = exactFlow(problem);
    expect(flow.events.filter(({ t }) => t < 2).length).toBeGreaterThan(1);
    const errors = [0.008, 0.0005].map((stepSize) => {
      const run = gradientDescent(problem, { stepSize, steps: 2 / stepSize, recordEvery: 2 / stepSize });
      return apart(run.weights(1), flow.weights(2));
    });
    // The step in which a neuron crosses is as good as random.
    expect(Math.abs(Math.log2(errors[0]! / errors[1]!) / 4 - 1)).toBeLessThan(0.1);
  });

  test("a neuron that dies in the flow hops over w = 0 in descent, by less with smaller steps", () => {
    const problem = { network: relu, task: opposite, initial: layers };
    const flow = exactFlow(problem);
    const { neuron, t } = flow.events[0]!;
    const [far, near] = [0.01, 0.001].map((stepSize) => {
      const run = gradientDescent(problem, { stepSize, steps: Math.ceil((t + 0.5) / stepSize) });
      const late = Array.from(run.t.keys()).filter((row) => run.t[row]! > t + 10 * stepSize);
      const w = late.map((row) => run.weights(row).w[neuron]!);
      expect(Math.min(...w)).toBeLessThan(0);
      expect(Math.max(...w)).toBeGreaterThan(0);
      return Math.max(...w.map(Math.abs));
    });
    expect(near!).toBeLessThan(0.2 * far!);
  });

  test("solve takes the closed form, and exactApplies says why there is none", () => {
    const initial = { u: [1], w: [1] };
    expect(solve({ network: relu, task: same, initial }).family).toBe("relu");
    const failed = (options: Parameters<typeof network>[0]): unknown =>
      exactApplies({ network: network(options), task: same, initial });
    expect(failed({ activation: "relu", weightDecay: 0.1 })).toMatchObject({ failed: [/decay/] });
    expect(failed({ activation: "relu", loss: "huber" })).toMatchObject({ failed: [/not a square/] });
    expect(failed({ activation: { leaky: 0.1 } })).toMatchObject({ failed: [/leaky ReLU of slope 0\.1/] });
    expect(solve({ network: network({ activation: { leaky: 0.1 } }), task: same, initial }).method).toBe("integrated");
  });

  test("samples give the moments of either side", () => {
    const task = taskFromSamples([-2, -1, 0, 1, 3], [1, 2, 5, 4, 3]);
    expect(task.positive).toEqual({ xx: 2, xy: 13 / 5 });
    expect(task.negative).toEqual({ xx: 1, xy: -4 / 5 });
    const flow = exactFlow({ network: relu, task, initial: layers });
    expect(flow.limit.slopes.positive).toBeCloseTo(1.3, 14);
    const loss = (15 + 40) / 5 - 13 ** 2 / 50 - 4 ** 2 / 25;
    expect(flow.limit.loss).toBeCloseTo(loss, 13);
  });

  test("problems that cannot be are refused by name", () => {
    expect(() => network({ activation: "relu", power: 2 })).toThrow(/network: power and activation are both given; pass one/);
    expect(() => network({ activation: "gelu" as "relu" })).toThrow(/activation is "gelu"/);
    const plain = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
    expect(() => exactFlow({ network: relu, task: plain, initial: layers })).toThrow(/pass \{ positive, negative, yy \}/);
    const several = { network: relu, task: same, initial: { u: [1], W: [[1, 2]] } };
    expect(() => exactFlow(several as unknown as Problem)).toThrow(
      /inputs along one direction; pass a task of one direction and weights/,
    );
    expect(() => oneDirectionFlow({ network: relu, task: same, initial: layers })).toThrow(/unknown key "activation"/);
    expect(() => exactFlow({ network: relu, task: same, initial: layers }).at(-1)).toThrow(/starts at t = 0/);
    const impossible = { positive: { xx: 1, xy: 1 }, negative: { xx: 1, xy: -1 }, yy: 1.5 };
    expect(() => exactFlow({ network: relu, task: taskFromMoments(impossible), initial: layers })).toThrow(
      /its two slopes explain/,
    );
  });
});

test("a value of the kernel that the death of a neuron jumps over is not met, and events has the time", () => {
  const flow = exactFlow({
    network: network({ activation: "relu" }),
    task: taskFromMoments({ positive: { xx: 1, xy: -1 }, negative: { xx: 1, xy: 1 }, yy: 5 }),
    initial: { u: [1], w: [0.2] },
  });
  const [{ t, kind }] = flow.events as [NeuronEvent];
  expect(kind).toBe("dies");
  for (const subject of [flow, flow.halves.positive] as const) {
    expect(subject.at(t * (1 - 1e-9)).kernelSize).toBeCloseTo(0.96, 6);
    expect(subject.at(t).kernelSize).toBe(0);
    expect(timesTo(subject, { kernel: 0.5 })).toEqual([]);
    expect(timesTo(subject, { kernel: 1 })).toHaveLength(1);
  }
});
