/**
 * Every verb on every flow: it agrees with brute force on all weights, or is refused with advice. The table
 * is printed as docs/verbs.md (`npx vitest run test/flow/verbs.test.ts --update=true` writes it anew).
 */
import {
  type AnyDescent,
  type AnyFlow,
  chain,
  descentGap,
  descentOutcome,
  evaluate,
  exponentialSchedule,
  FeatureLearningError,
  gradientDescent,
  halfLife,
  kernelMachine,
  learningStages,
  linearTimes,
  logarithmicTimes,
  mechanisms,
  mechanismsOverTime,
  plateau,
  regime,
  sample,
  sensitivities,
  sharpness,
  simulateDescent,
  stability,
  type Target,
  timesTo,
  timeTo,
  trajectoryOf,
  withSchedule,
} from "feature-learning";
import {
  type PlotSpec,
  type Plottable,
  plotAngleNorm,
  plotBands,
  plotDescent,
  plotLayers,
  plotMechanisms,
  plotTrajectory,
} from "feature-learning/plot";
import { inverse, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { kernelOf, lossOf, type Moments, outputOf, type Seen, trained } from "../support/bruteForce.ts";
import { type Column, columns, GAMMA, STEP, scheduledTime, taskOf, UNTIL } from "../support/everyFlow.ts";

// biome-ignore lint/suspicious/noExplicitAny: cells pass what the types forbid, to see it refused.
type Any = any;

interface Verb {
  readonly name: string;
  /** Calls the verb and compares what it returns. */
  readonly check: (column: Column) => void;
  /** The columns, by what their names match, in which the verb refuses, and what it then says. */
  readonly refuses?: readonly (readonly [columns: RegExp, message: RegExp])[];
}

const MATRICES = /matrices|\{|modes|balanced|coupled/;
const DESCENTS = /descent/;
const RELU = /ReLU|abs/;
const DEEP = /layers/;
const OTHER: Moments = { xx: new Matrix([[0.7]]), yx: new Matrix([[0.4]]), yy: 1 };
const OTHERS: Moments = {
  xx: new Matrix([
    [0.7, 0.1],
    [0.1, 1.1],
  ]),
  yx: new Matrix([
    [0.2, 0.3],
    [0.5, -0.1],
  ]),
  yy: 2,
};
const HALVES: Moments = {
  xx: Matrix.diag([0.7, 0.4]),
  yx: Matrix.rowVector([0.2, -0.3]),
  yy: 2,
};
const otherFor = ({ isScalar, start, kinked }: Column): Moments =>
  kinked !== undefined ? HALVES : isScalar ? OTHER : { ...OTHERS, yx: OTHERS.yx.subMatrix(0, start.W2.rows - 1, 0, 1) };

/** |a − b| is at most this share of b, or of 1. */
function expectNear(a: number, b: number, share = 1e-8): void {
  expect(Math.abs(a - b), `${a} is not ${b}`).toBeLessThanOrEqual(share * Math.max(1, Math.abs(b)));
}

const signed = ({ isScalar }: Column, { output, outputSize }: Seen): number => (isScalar ? output.get(0, 0) : outputSize);
const kernelSeen = ({ isScalar, moments }: Column, { kernelSize }: Seen): number =>
  isScalar ? kernelSize / moments.xx.get(0, 0) : kernelSize;

/** The trajectory of a flow at the column's times; a descent is one. */
function trajectoryOfColumn({ subject, isDescent, times }: Column): Any {
  return isDescent ? subject : sample(subject as AnyFlow, times);
}

/** The row of the column's trajectory at a time. */
const rowOf = ({ isDescent, times }: Column, t: number): number => (isDescent ? Math.round(t / STEP) : times.indexOf(t));

/** The target that the column's reference has at time 1. */
function targetsAt1(column: Column): Readonly<Record<string, Target>> {
  const [now, first] = [column.reference(1), column.reference(0)];
  return {
    output: { output: signed(column, now) },
    loss: { loss: now.loss },
    excessLossFraction: { excessLossFraction: now.excessLoss / first.excessLoss },
    alignment: { alignment: column.isScalar ? alignmentOf(now) : now.alignment },
    kernel: { kernel: kernelSeen(column, now) },
    normProduct: { normProduct: now.normProduct },
  };
}

/** cos ζ with its sign. */
const alignmentOf = ({ W2, W1 }: Seen): number => W2.mmul(W1).get(0, 0) / (W2.norm() * W1.norm());

function checkTarget(column: Column, name: string): void {
  if (column.isDepth && name === "alignment") {
    // Layers that are numbers are aligned from the start, and a chain from that of every stage.
    expect(timesTo(column.subject, { alignment: 1 })).toEqual(column.name.startsWith("chain") ? [0, 1.5] : [0]);
    expect(timesTo(column.subject, { alignment: 0.9 })).toEqual([]);
    return;
  }
  const target = targetsAt1(column)[name]!;
  // A descent is at the first row at or beyond its target: of two rows around it that is the second.
  const [before, at] = column.isDescent ? [between(column, name), 1] : [target, 1];
  const times = timesTo(column.subject, before);
  expect(times.filter((t) => Math.abs(t - at) < 1e-6).length).toBe(1);
  expect(timeTo(column.subject, before)).toBe(times[0]);
  if (column.isDescent) return;
  const flow = column.subject as AnyFlow;
  const [level, first] = [Object.values(target)[0] as number, flow.at(0)];
  for (const t of times) {
    const now = flow.at(t) as Any;
    const values: Any = { ...now, excessLossFraction: now.excessLoss / first.excessLoss };
    if (!column.isScalar) Object.assign(values, { output: now.outputSize, kernel: now.kernelSize });
    expectNear(values[name], level, 1e-9);
  }
}

/** A target between rows 99 and 100 of a descent. */
function between(column: Column, name: string): Target {
  const of = (t: number): number => {
    const { reference } = column;
    return Object.values(targetsAt1({ ...column, reference: (s) => reference(s === 1 ? t : s) })[name]!)[0] as number;
  };
  return { [name]: of(1 - STEP) + 0.75 * (of(1) - of(1 - STEP)) } as unknown as Target;
}

const datasetOf = (spec: PlotSpec, name: string): readonly Any[] => spec.datasets[name]! as Any;
const targetNames = ["output", "loss", "excessLossFraction", "alignment", "kernel", "normProduct"] as const;

const verbs: readonly Verb[] = [
  {
    name: "sample",
    refuses: [[DESCENTS, /it is a trajectory already/]],
    check(column) {
      const trajectory = sample(column.subject as AnyFlow, column.times);
      for (const [i, t] of column.times.entries()) {
        const now = column.reference(t);
        for (const name of ["loss", "excessLoss", "normProduct", "kernelSize", "outputSize"] as const)
          expectNear(trajectory[name][i]!, now[name]);
        expectNear(Math.abs(trajectory.alignment[i]!), Math.abs(now.alignment));
      }
    },
  },
  {
    name: "toRows, trajectoryOf",
    check(column) {
      const trajectory = trajectoryOfColumn(column);
      const rows = trajectory.toRows();
      for (const t of column.times) expectNear(rows[rowOf(column, t)].loss, column.reference(t).loss);
      const again = trajectoryOf(rows) as Any;
      for (const name of ["t", "loss", "alignment", "normProduct", "kernelSize", "outputSize"])
        expect(again[name]).toEqual(trajectory[name]);
      // Without the output scale, two slopes do not tell mechanisms apart.
      if (column.kinked === undefined) expect(mechanisms(again).present).toEqual(mechanisms(trajectory).present);
      expect(regime(again).kernelChange).toBe(regime(trajectory).kernelChange);
    },
  },
  {
    name: "linearTimes",
    check(column) {
      const times = linearTimes(column.subject, { count: 5 });
      expectNear(times[1]!, times[4]! / 4);
      if (column.isDescent) expect(times[4]).toBe((column.subject as AnyDescent).t.at(-1));
      else expect(times[4]).toBeGreaterThan(halfLife(column.subject));
    },
  },
  {
    name: "logarithmicTimes",
    check(column) {
      const times = logarithmicTimes(column.subject, { count: 5 });
      expectNear(times[1]! / times[0]!, 10);
      expectNear(times[4]!, linearTimes(column.subject).at(-1)!);
    },
  },
  ...targetNames.map((name) => ({ name: `timesTo { ${name} }`, check: (column: Column) => checkTarget(column, name) })),
  {
    name: "halfLife",
    check(column) {
      const t = halfLife(column.subject);
      const half = column.reference(0).excessLoss / 2;
      if (!column.isDescent) expectNear(column.reference(t).excessLoss, half);
      else expect(column.reference(t).excessLoss <= half && column.reference(t - STEP).excessLoss > half).toBe(true);
    },
  },
  {
    name: "plateau",
    refuses: [
      [DESCENTS, /or halfLife\(descent\)/],
      [/^with decay$/, /is not known under weight decay; call timeTo/],
      [RELU, /call it on flow\.halves\.positive and flow\.halves\.negative/],
      [/integrated|^chain( of any depth)?$|^scheduled( any depth)?$/, /call it on the exact flow of one stage, or timeTo/],
      [DEEP, /call learningStages/],
      [/^chain of matrices$|\{|modes|balanced|coupled|scheduled matrices/, /call learningStages/],
    ],
    check(column) {
      // The tangent at the fastest point of the output meets its value at the start.
      const h = 1e-3;
      const at = (t: number): number => column.reference(t).output.get(0, 0);
      const times = Array.from({ length: 300 }, (_, i) => (i + 1) * 0.01);
      const speed = (t: number): number => (at(t + h) - at(t - h)) / (2 * h);
      const speeds = times.map(speed);
      const fastest = times[speeds.indexOf(Math.max(...speeds))]!;
      expectNear(plateau(column.subject as AnyFlow), Math.max(0, fastest - (at(fastest) - at(0)) / speed(fastest)), 0.05);
    },
  },
  {
    name: "evaluate",
    check(column) {
      const other = otherFor(column);
      for (const t of [0, 1, 3]) {
        const { output, loss } = column.reference(t);
        const task = column.kinked?.taskOf(other) ?? taskOf(column.isScalar, other);
        expectNear(evaluate(column.subject, t, task as Any), lossOf(output, other));
        if (!column.name.includes("chain") || t < 1.5) expectNear(evaluate(column.subject, t, column.problem.task as Any), loss);
      }
    },
  },
  {
    name: "chain",
    check(column) {
      const { network, initial, task } = column.subject.problem;
      const flow = chain({ network, initial, stages: [{ task, duration: 0.7 }, { task }] } as Any);
      for (const t of [0.5, 2]) expectNear(flow.at(t).loss, column.plain(t).loss);
    },
  },
  {
    name: "withSchedule",
    refuses: [[DESCENTS, /pass \{ schedule \} to gradientDescent/]],
    check(column) {
      const flow = withSchedule(column.subject as AnyFlow, exponentialSchedule({ decayTime: 4 })) as AnyFlow;
      for (const t of [0.5, 2, 3]) expectNear(flow.at(t).loss, column.reference(scheduledTime(t)).loss);
    },
  },
  {
    name: "learningStages",
    refuses: [
      [DESCENTS, /pass solve\(descent\.problem\)/],
      [RELU, /call halfLife on flow\.halves/],
      [/^(exact|integrated|chain|scheduled|with decay)$|depth/, /call plateau and halfLife/],
    ],
    check(column) {
      const stages = learningStages(column.subject as AnyFlow);
      const { xx, yx } = column.moments;
      for (const { halfLife: t, time, mode, strength } of stages) {
        const [input, output] = [Matrix.columnVector([...mode.input]), Matrix.rowVector([...mode.output])];
        expectNear(output.mmul(yx).mmul(input).get(0, 0), strength);
        const target = output.mmul(yx).mmul(inverse(xx)).mmul(input).get(0, 0);
        const part = (s: number): number => output.mmul(column.reference(s).output).mmul(input).get(0, 0);
        expectNear((target - part(t)) ** 2, (target - part(0)) ** 2 / 2);
        expectNear(part(time), target / 2);
      }
      expect(stages[0]!.halfLife).toBeLessThanOrEqual(stages.at(-1)!.halfLife);
    },
  },
  {
    name: "mechanisms",
    check(column) {
      const found = mechanisms(column.subject as Any, { to: 3 });
      const change = normOf(column, 3) - normOf(column, 0);
      expectNear(found.change, change);
      expectNear(found.alignment + found.disalignment + found.rescaling, change);
    },
  },
  {
    name: "mechanismsOverTime",
    check(column) {
      const split = mechanismsOverTime(column.subject as Any, column.isDescent ? {} : { times: [0, 0.5, 1, 2, 3] });
      for (const t of [0.5, 1, 3]) expectNear(split.change[rowOf(column, t)]!, normOf(column, t) - normOf(column, 0));
    },
  },
  {
    name: "regime",
    check(column) {
      const found = regime(column.subject as Any);
      const isNumber = column.isDescent || column.isDepth;
      const last = column.isDescent ? 4 : column.name.startsWith("scheduled") ? 60 : UNTIL;
      // The kernel is largest just before a neuron dies.
      const deaths = "events" in column.subject ? column.subject.events.map(({ t }) => t - 1e-9) : [];
      const grid = [...deaths, ...Array.from({ length: 401 }, (_, i) => (i / 400) * Math.min(last, UNTIL))];
      const size = (t: number): number => (isNumber ? column.reference(t).kernelSize : 0);
      const whole = (t: number): Matrix =>
        column.kinked !== undefined
          ? Matrix.rowVector([...column.kinked.kernels(column.reference(t))])
          : (column.kernelOf?.(column.reference(t)) ?? kernelOf(GAMMA, column.reference(t), column.moments));
      const first = isNumber ? undefined : whole(0);
      const change = (t: number): number =>
        first === undefined ? Math.abs(size(t) / size(0) - 1) : Matrix.sub(whole(t), first).norm() / first.norm();
      const largest = grid.reduce((most, t) => Math.max(most, change(t)), 0);
      expectNear(found.kernelChange, largest, 2e-3);
      expect(found.regime).toBe("feature-learning");
    },
  },
  {
    name: "kernelMachine",
    refuses: [
      [/leaky|abs/, /the two sides of 0 share neurons/],
      [RELU, /call it on flow\.halves\.positive\.problem/],
      [/depth|layers/, /call regime, which compares the kernels/],
      [/decay/, /the weights decay/],
    ],
    check(column) {
      const machine = kernelMachine(column.problem as Any) as Any;
      const { xx, yx } = column.moments;
      if (MATRICES.test(column.name)) {
        // At first a network is its own kernel machine: they part with the square of the time.
        const h = 1e-5;
        const apart = Matrix.sub(
          machine.at(h).output,
          trained({ ...column, gamma: GAMMA, data: () => column.moments }, h / 50)(h).output,
        );
        expect(apart.norm()).toBeLessThan(1e-7);
        expect(machine.at(h).excessLoss).toBeLessThan(machine.at(0).excessLoss);
        return;
      }
      const [S, goal] = [column.plain(0).output.get(0, 0), yx.get(0, 0) / xx.get(0, 0)];
      const rate = 2 * column.plain(0).kernelSize;
      for (const t of [0.5, 2]) expectNear(machine.at(t).output, goal + (S - goal) * Math.exp(-rate * t));
    },
  },
  {
    name: "sensitivities",
    refuses: [
      [RELU, /the network is not linear/],
      [/^with decay$/, /the weights decay/],
      [MATRICES, /the problem has several inputs or outputs/],
      [/depth|layers/, /the problem has layers of a network of any depth/],
    ],
    check(column) {
      const { start, moments } = column;
      const at = (gamma: number): number => trained({ gamma, start, data: () => moments }, 0.005)(1).loss;
      const slope = (at(GAMMA + 1e-4) - at(GAMMA - 1e-4)) / 2e-4;
      expectNear(sensitivities(column.problem as Any, 1).loss.outputScale, slope, 1e-6);
    },
  },
  {
    name: "sharpness",
    check(column) {
      for (const t of [0, 1]) expectNear(sharpness(column.subject, t), column.sharpnessOf(column.reference(t)));
    },
  },
  {
    name: "plotTrajectory",
    check(column) {
      const trajectory = trajectoryOfColumn(column);
      const rows = datasetOf(plotTrajectory(trajectory, { time: "linear" }), "trajectories");
      const output = column.isScalar ? "output" : "outputSize";
      const kernel = column.isScalar ? "kernelRatio" : "kernelSizeRatio";
      const start = kernelSeen(column, column.reference(column.times[0]!));
      for (const t of column.times) {
        const row = rows[rowOf(column, t)];
        const now = column.reference(t);
        expectNear(row.loss, now.loss);
        expectNear(row[output], signed(column, now));
        expectNear(row[kernel], kernelSeen(column, now) / start);
      }
    },
  },
  {
    name: "plotMechanisms",
    check(column) {
      const split = mechanismsOverTime(column.subject as Any, column.isDescent ? {} : { times: [0, 1, 3] });
      const rows = datasetOf(plotMechanisms(split, { time: "linear" }), "change");
      expectNear(rows.find(({ t }) => Math.abs(t - 3) < 1e-9).change, normOf(column, 3) - normOf(column, 0));
    },
  },
  {
    name: "plotLayers",
    check(column) {
      const rows = datasetOf(plotLayers({ pair: trajectoryOfColumn(column) }), "layers");
      const growth = Math.log(column.reference(3).normProduct / column.reference(0).normProduct);
      expectNear(rows[rowOf(column, 3)].growth, growth);
      expectNear(rows[rowOf(column, 3)].alignment, Math.abs(column.reference(3).alignment));
    },
  },
  {
    name: "plotAngleNorm",
    check(column) {
      const [start] = datasetOf(plotAngleNorm(trajectoryOfColumn(column)), "starts");
      expectNear(Math.abs(Math.cos(start.angle)), column.reference(0).alignment);
      expectNear(start.norms, column.reference(0).normProduct);
    },
  },
  {
    name: "plotDescent",
    check(column) {
      const descent = gradientDescent(column.problem as Any, { stepSize: STEP, steps: 100 });
      const spec = plotDescent(trajectoryOfColumn(column), descent as Plottable);
      expect(spec.concat.length).toBe(3);
      expectNear(datasetOf(spec, "gradient descent").at(-1).loss, rowsOf(column, 100).at(-1)!.loss);
    },
  },
  {
    name: "plotBands",
    check(column) {
      const trajectory = trajectoryOfColumn(column);
      const spec = plotBands([trajectory, trajectory], { time: "linear" });
      expectNear(datasetOf(spec, "loss")[rowOf(column, 3)].p50, column.reference(3).loss);
      expect(spec.concat.length).toBe(3);
    },
  },
  {
    name: "stability",
    check(column) {
      const { rate, largestStableStep } = stability(column.problem as Any);
      expectNear(rate, column.sharpnessOf(column.plain(UNTIL)), 1e-5);
      expectNear(largestStableStep, 2 / rate);
    },
  },
  {
    name: "descentOutcome",
    check(column) {
      const { outcome, steps } = descentOutcome(column.problem as Any, { stepSize: 0.05 });
      expect(outcome).toBe("converges");
      const rows = rowsOf(column, steps, 0.05);
      // Under decay training ends short of its target.
      expectNear(rows.at(-1)!.excessLoss, column.decay > 0 ? column.plain(UNTIL).excessLoss : 0, 1e-9);
    },
  },
  {
    name: "descentGap",
    check(column) {
      const { gap, t } = descentGap(column.problem as Any, { stepSize: STEP, until: 3 });
      const rows = rowsOf(column, 300);
      const apart = rows.map(({ output }, n) => Matrix.sub(output, column.plain(n * STEP).output).norm());
      const largest = apart.reduce((most, one) => Math.max(most, one), 0);
      expectNear(gap, largest, 1e-6);
      expectNear(t, apart.indexOf(largest) * STEP);
    },
  },
  {
    name: "gradientDescent",
    check(column) {
      const run = gradientDescent(column.problem as Any, { stepSize: STEP, steps: 300 });
      const rows = rowsOf(column, 300);
      for (const n of [0, 1, 100, 300]) expectNear(run.loss[n]!, rows[n]!.loss, 1e-11);
    },
  },
  {
    name: "simulateDescent",
    refuses: [
      [RELU, /gradientDescent itself moves every weight/],
      [/depth|layers/, /call gradientDescent, which takes these steps/],
    ],
    check(column) {
      const run = simulateDescent(column.problem as Any, { stepSize: STEP, steps: 300 });
      const rows = rowsOf(column, 300);
      for (const n of [0, 1, 100, 300]) expectNear(run.loss[n]!, rows[n]!.loss, 1e-11);
    },
  },
];

/** The output whose change the mechanisms split: of matrices ‖output‖_F. */
function normOf({ isScalar, reference, kinked }: Column, t: number): number {
  const now = reference(t);
  const F = kinked === undefined ? outputOf(GAMMA, now) : now.output;
  return isScalar ? F.get(0, 0) : F.norm();
}

function rowsOf({ descended }: Column, count: number, stepSize = STEP): readonly Seen[] {
  return descended(count, stepSize);
}

const columnNames: readonly string[] = columns.map(({ name }) => name);

/** What came of a cell: undefined where it works, else the message. */
const table = new Map<string, string | undefined>();

describe.each(verbs.map((verb) => [verb.name, verb] as const))("%s", (name, { check, refuses = [] }) => {
  test.each(columns.map((column) => [column.name, column] as const))("on the %s", (of, column) => {
    const expected = refuses.find(([which]) => which.test(of));
    let message: string | undefined;
    try {
      check(column);
    } catch (error) {
      if (!(error instanceof FeatureLearningError)) throw error;
      message = error.message;
    }
    expect(message !== undefined, message ?? `${name} is expected to refuse`).toBe(expected !== undefined);
    if (message !== undefined) {
      // The function's name, what came, and what to do.
      expect(message).toMatch(/^[a-zA-Z]+: [^;]+; .+\.$/);
      expect(message).toMatch(expected![1]);
    }
    table.set(`${name}|${of}`, message);
  });
});

test("the table is printed in the documentation", async () => {
  expect(table.size).toBe(verbs.length * columns.length);
  await expect(page()).toMatchFileSnapshot("../../docs/verbs.md");
});

/** The tables of the page: a title, the columns that it shows, and what they are. */
const tables: readonly (readonly [title: string, columns: RegExp, about: string])[] = [
  [
    "One input direction",
    /^(exact|integrated|chain|scheduled|descent|with decay)$/,
    "Two linear layers { u, w }, in the last column with weight decay.",
  ],
  ["Any depth", /any depth/, "Three linear layers on one input direction; each layer is a number."],
  [
    "Several inputs and outputs",
    /^\{|matrices|modes|balanced|coupled/,
    "Two layers: { u, W } with one output, the exact families `modes` and `balanced`, without and with weight decay, and `coupled` layers, which are integrated.",
  ],
  [
    "Deep layers that are matrices",
    /layers$/,
    "Three layers: `aligned` with the data, which have a closed form, or not, which are integrated.",
  ],
  [
    "Kinks",
    /ReLU|abs/,
    "Two layers on one input direction, with a kink at 0: ReLU and |x| have a closed form, leaky ReLU is integrated.",
  ],
];

function page(): string {
  const notes: string[] = [];
  const cell = (message: string | undefined): string => {
    if (message === undefined) return "✓";
    if (!notes.includes(message)) notes.push(message);
    return `[${notes.indexOf(message) + 1}]`;
  };
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const placed = tables.map(([title, shown, about]) => ({ title, about, names: columnNames.filter((of) => shown.test(of)) }));
  expect(placed.flatMap(({ names }) => names).sort()).toEqual([...columnNames].sort());
  const sections = placed.flatMap(({ title, about, names }) => [
    `## ${title}`,
    "",
    about,
    "",
    line(["", ...names]),
    line(["", ...names].map(() => "---")),
    ...verbs.map(({ name }) => line([`\`${name}\``, ...names.map((of) => cell(table.get(`${name}|${of}`)))])),
    "",
  ]);
  return [
    "# Every verb on every flow",
    "",
    "What can you do with which training? A ✓ is a cell that a test compares with brute force on all weights",
    "(`test/flow/verbs.test.ts`, which also writes this page). A number stands for a refusal; [the refusals](#the-refusals) are at the end.",
    "",
    "Functions that take a problem are called with `flow.problem`, plots with what `sample` returns. A descent is its own trajectory.",
    "`timesTo`, `timeTo` and `halfLife` give the time of its first recorded step at or beyond the target; `evaluate` and `sharpness` take",
    "the time of a recorded step.",
    "",
    ...sections,
    "## The refusals",
    "",
    "Each is the message of the error.",
    "",
    ...notes.map((note, i) => `${i + 1}. ${note}`),
    "",
  ].join("\n");
}
