/**
 * Units are nobody's business: with weights c times as small, inputs d times as large and time q times as fast it is the same training. Powers of two
 * change no digit of what is computed, and take every number out of the range of plain arithmetic.
 */
import fc from "fast-check";
import {
  exactFlow,
  network,
  type OneDirectionFlow,
  plateau,
  type Snapshot,
  type Target,
  taskFromMoments,
  timesTo,
  type WithWeights,
} from "feature-learning";
import { expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { outputScaleOf } from "../support/gradientFlow.ts";
import { EPS, expectWithin, pinned, problems, uniform } from "../support/problems.ts";
import { inUnits, type Units, units } from "../support/units.ts";

const spans = uniform(-6, 1.5).map((x) => 10 ** x);

/** What each field of a snapshot is multiplied by. */
function factorsOf({ c, d, q }: Units): Partial<Snapshot> & Pick<Snapshot, "output" | "kernel"> {
  const square = 1 / (c * c);
  const weights = { uu: square, ww: square, uw: square, area: square, normProduct: square, sharpness: c * c };
  return { ...weights, t: 1 / q, balance: 1 / q, output: 1 / d, residual: d, kernel: q / d / d, kernelSize: q };
}

function unitOf(flow: WithWeights<OneDirectionFlow>): number {
  return flow.rate > 0 ? 1 / flow.rate : 1 / (flow.problem.task.xx * flow.at(0).kernel);
}

/** The time in which the loss falls by a factor: what is met early is met to rounding of that. */
function unitAt(flow: WithWeights<OneDirectionFlow>, t: number): number {
  return 1 / (flow.problem.task.xx * flow.at(t).kernel);
}

function expectEqual(a: number, b: number, what: string, slack: number, scale: number = Math.abs(b)): void {
  if (a !== b) expectWithin(Math.abs(a - b), slack * scale, what);
}

test("in other units every state is the same, and the weights, rate and lifetime", () => {
  fc.assert(
    fc.property(problems(3), units, spans, fc.boolean(), (problem, by, x, backwards) => {
      const flow = exactFlow(problem);
      const other = exactFlow(inUnits(problem, by));
      const t = backwards ? -Math.min(x * unitOf(flow), -0.9 * flow.from) : x * unitOf(flow);
      // Far back a flow that never blows up has shrunk or grown beyond all measure.
      fc.pre(Number.isFinite(t) && (!backwards || x < 5));
      const [a, b] = [other.at(t / by.q), flow.at(t)];
      // Roots round in their own way, and e^−ρt magnifies the rate's rounding by ρt.
      const slack = 64 * EPS * (1 + flow.rate * Math.abs(t));
      const factors = factorsOf(by);
      // The output passes through zero, and the overlap with it.
      const output = outputScaleOf(flow, b);
      const overlap = output / Math.abs(problem.network.outputScale);
      // A balance of nearly nothing is a difference of two norms.
      const { u, w } = problem.network.learningRates;
      const balance = b.uu / u + b.ww / w;
      const outputSize = output * Math.sqrt(problem.task.xx);
      const scales: Partial<Snapshot> = { output, outputSize, uw: overlap, alignment: overlap / b.normProduct, balance };
      for (const name of Object.keys(b) as (keyof Snapshot)[])
        expectEqual(a[name]! / (factors[name] ?? 1), b[name]!, name, slack, scales[name]);
      expectEqual(other.rate / by.q, flow.rate, "rate", slack);
      expectEqual(other.from * by.q, flow.from, "from", slack);
      const [p, q] = [other.weights(t / by.q), flow.weights(t)];
      // A layer can nearly vanish on its way through zero.
      const { uu, ww } = flow.at(0);
      for (const [i, u] of q.u.entries()) expectEqual(p.u[i]! * by.c, u, "u", slack, Math.sqrt(uu + b.uu));
      for (const [i, w] of q.w.entries()) expectEqual(p.w[i]! * by.c, w, "w", slack, Math.sqrt(ww + b.ww));
    }),
    pinned(71),
  );
});

test("in other units a residual that cancels at the start is the same to the last bit", () => {
  const initial = { u: Float64Array.of(1, 0.3, -0.7), w: Float64Array.of(0.9, -0.2, 0.4) };
  const near = exactFlow({
    network: network({ outputScale: 1.7 }),
    task: taskFromMoments({ xx: 1.3, xy: 1, yy: 3 }),
    initial,
  }).at(0);
  const task = taskFromMoments({ xx: 1.3, xy: 1.3 * near.output * (1 + 1e-9), yy: 3 });
  const problem = { network: network({ outputScale: 1.7 }), task, initial };
  const { residual } = exactFlow(problem).at(0);
  expectWithin(Math.abs(residual / (1e-9 * task.xy) - 1), 1e-6, "residual");
  fc.assert(
    fc.property(units, (by) => {
      expect(exactFlow(inUnits(problem, by)).at(0).residual / by.d).toBe(residual);
    }),
    pinned(73),
  );
});

/** Both networks meet the target at the same times; how many. */
function expectSameTimes(
  flow: WithWeights<OneDirectionFlow>,
  other: WithWeights<OneDirectionFlow>,
  by: Units,
  target: Target,
  slack = 64 * EPS,
): number {
  const factors: Readonly<Record<string, number | undefined>> = { ...factorsOf(by) };
  const there = Object.fromEntries(Object.entries(target).map(([name, value]) => [name, value * (factors[name] ?? 1)]));
  const [a, b] = [timesTo(other, there as unknown as Target), timesTo(flow, target)];
  expect(a).toHaveLength(b.length);
  for (const [i, t] of b.entries())
    expectWithin(Math.abs(a[i]! * by.q - t), slack * (t + unitAt(flow, t)), JSON.stringify(target));
  return b.length;
}

test("in other units everything is met at the same times, and the plateau is as long", () => {
  const met = counted({ what: "targets" });
  fc.assert(
    fc.property(problems(3), units, spans, (problem, by, x) => {
      const flow = exactFlow(problem);
      const other = exactFlow(inUnits(problem, by));
      const s = flow.at(x * unitOf(flow));
      const excessLossFraction = s.excessLoss / flow.at(0).excessLoss;
      for (const target of [{ output: s.output }, { alignment: s.alignment }, { excessLossFraction }])
        met.when(expectSameTimes(flow, other, by, target) > 0);
      expectEqual(plateau(other) * by.q, plateau(flow), "plateau", 64 * EPS);
    }),
    pinned(72),
  );
});

test("and so is every kernel that tells the time", () => {
  const moving = problems(1, ["generic", "parallel", "antiparallel", "zero u", "zero w"]);
  fc.assert(
    fc.property(moving, units, uniform(-1, 0.4), (problem, by, x) => {
      const flow = exactFlow(problem);
      const s = flow.at(10 ** x * unitOf(flow));
      // At its minimum, and late, the kernel hardly tells the time; that of a lazy network tells nothing.
      fc.pre(Math.abs(s.kernel / flow.at(0).kernel - 1) > 0.01);
      expect(expectSameTimes(flow, exactFlow(inUnits(problem, by)), by, { kernel: s.kernel }, 1e-7)).toBeGreaterThan(0);
    }),
    pinned(74, 500, { atLeast: 0.6 }),
  );
});
