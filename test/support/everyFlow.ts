/** A flow or descent of every kind, with brute force on all weights beside it. */
import {
  type AnyDescent,
  type AnyFlow,
  chain,
  exactFlow,
  exponentialSchedule,
  gradientDescent,
  integratedFlow,
  matrixTaskFromMoments,
  network,
  type Problem,
  solve,
  taskFromMoments,
  taskFromSamples,
  withSchedule,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import { type Layers, type Moments, type Seen, sharpnessOf, stepped, type Training, trained } from "./bruteForce.ts";
import {
  type MatricesSeen,
  type MatricesTraining,
  matricesKernel,
  matricesSharpness,
  matricesStepped,
  matricesTrained,
} from "./bruteForceDeep.ts";
import { type DeepSeen, type DeepTraining, deepSharpness, deepStepped, deepTrained } from "./bruteForceDepth.ts";
import { type KinkedHooks, kinkedColumns } from "./kinkedColumns.ts";

export interface Column {
  /** As the page says it. */
  readonly name: string;
  readonly subject: AnyFlow | AnyDescent;
  readonly isDescent: boolean;
  /** Of one direction, whose output has a sign. */
  readonly isScalar: boolean;
  readonly problem: Problem;
  readonly moments: Moments;
  readonly start: Layers;
  /** Brute force on what the subject is: its stages, its schedule, its steps. */
  readonly reference: (t: number) => Seen;
  /** Brute force on `problem` alone. */
  readonly plain: (t: number) => Seen;
  /** Brute-force descent on `problem`: the rows of so many steps. */
  readonly descended: (count: number, stepSize: number) => readonly Seen[];
  /** The top eigenvalue of the Hessian of `problem`, by brute force. */
  readonly sharpnessOf: (seen: Seen) => number;
  /** The weight decay of both layers. */
  readonly decay: number;
  /** Layers that are numbers, without an angle to each other. */
  readonly isDepth: boolean;
  /** The neural tangent kernel, where it is not that of two layers. */
  readonly kernelOf?: (seen: Seen) => Matrix;
  /** Times at which the subject is known. */
  readonly times: readonly number[];
  /** Of a network with a kink at 0. */
  readonly kinked?: KinkedHooks;
}

export const GAMMA = 0.8;
export const STEP = 0.01;
/** The reference is known to here. */
export const UNTIL = 24;
const SWITCH = 1.5;
const DECAY = 4;
const [H, STEPS] = [0.005, 400];
/** Three layers turn faster than two when the task switches. */
const H_AT_SWITCH = 0.0025;

const net = network({ outputScale: GAMMA });
const schedule = exponentialSchedule({ decayTime: DECAY });
/** How far the schedule has come at t. */
export const scheduledTime = (t: number): number => DECAY * -Math.expm1(-t / DECAY);

const moments = (xx: number[][], yx: number[][], yy: number): Moments => ({ xx: new Matrix(xx), yx: new Matrix(yx), yy });
const I = [
  [1, 0],
  [0, 1],
];

interface Base {
  readonly problem: Problem;
  readonly moments: Moments;
  /** The data of the second stage of a chain. */
  readonly next: Moments;
  readonly start: Layers;
  /** The weight decay of both layers. */
  readonly decay?: number;
}

/** The same under weight decay. */
function decaying(base: Base, decay: number): Base {
  return { ...base, decay, problem: { ...base.problem, network: network({ outputScale: GAMMA, weightDecay: decay }) } };
}

/** One direction: xx, xy, yy. */
const one = ((): Base => {
  const [u, w] = [
    [0.3, 0.1],
    [0.1, -0.2],
  ] as const;
  return {
    problem: { network: net, task: taskFromMoments({ xx: 1.2, xy: 1, yy: 1.5 }), initial: { u, w } },
    moments: moments([[1.2]], [[1]], 1.5),
    next: moments([[1.2]], [[-0.8]], 2),
    start: { W2: Matrix.rowVector([...u]), W1: Matrix.columnVector([...w]) },
  };
})();

function several(data: Moments, start: Layers): Base {
  return {
    problem: { network: net, task: matrixTaskFromMoments(data), initial: start },
    moments: data,
    next: moments(
      [
        [1.5, 0.2],
        [0.2, 1],
      ],
      [
        [-0.5, 0.4],
        [0.8, 0.9],
      ],
      4,
    ),
    start,
  };
}

const layers = (W2: number[][], W1: number[][]): Layers => ({ W2: new Matrix(W2), W1: new Matrix(W1) });

const decoupled = several(
  moments(
    I,
    [
      [2, 0],
      [0, 1],
    ],
    6,
  ),
  layers(
    [
      [0.3, 0],
      [0, 0.2],
    ],
    [
      [0.25, 0],
      [0, 0.2],
    ],
  ),
);

/** W₂ = RQᵀ and W₁ = QRᵀ up to a rotation: W₂ᵀW₂ = W₁W₁ᵀ. */
const balanced = several(
  moments(
    I,
    [
      [1.5, 0.5],
      [0.3, 1],
    ],
    6,
  ),
  layers(
    [
      [0.4, 0],
      [0, 0.3],
    ],
    [
      [0.4 * 0.6, 0.4 * 0.8],
      [0.3 * -0.8, 0.3 * 0.6],
    ],
  ),
);

const coupled = several(
  moments(
    [
      [1, 0.3],
      [0.3, 1.6],
    ],
    [
      [1.5, 0.5],
      [0.3, 1],
    ],
    6,
  ),
  layers(
    [
      [0.1, 0.2, -0.1],
      [0.3, 0.1, 0.2],
    ],
    [
      [0.2, 0.1],
      [-0.1, 0.3],
      [0.1, 0.1],
    ],
  ),
);

/** { u, W }: two inputs, one output, from samples. */
const vector = ((): Base => {
  const [x, y] = [
    [
      [1, 0],
      [0, 1],
      [1, 1],
    ],
    [1, 0.5, 1.2],
  ];
  const [u, W] = [
    [0.3, 0.2],
    [
      [0.1, 0.2],
      [0.3, -0.1],
    ],
  ];
  const [X, Y] = [new Matrix(x), Matrix.columnVector(y)];
  const mean = (left: Matrix, right: Matrix): Matrix => left.transpose().mmul(right).div(3);
  return {
    problem: { network: net, task: taskFromSamples(x, y), initial: { u, W } },
    moments: { xx: mean(X, X), yx: mean(Y, X), yy: mean(Y, Y).get(0, 0) },
    next: coupled.next,
    start: { W2: Matrix.rowVector(u), W1: new Matrix(W) },
  };
})();

/** The task of these moments, as the problem has it. */
export function taskOf(isScalar: boolean, { xx, yx, yy }: Moments): Problem["task"] {
  return isScalar ? taskFromMoments({ xx: xx.get(0, 0), xy: yx.get(0, 0), yy }) : matrixTaskFromMoments({ xx, yx, yy });
}

const alone = new Map<Base, (t: number) => Seen>();

function column(name: string, base: Base, subject: AnyFlow | AnyDescent, more: Partial<Training> = {}): Column {
  const { decay = 0 } = base;
  const training: Training = { gamma: GAMMA, start: base.start, data: () => base.moments, decay };
  const isDescent = "step" in subject;
  const rows = isDescent ? stepped(training, STEP, STEPS) : [];
  const flow = trained({ ...training, ...more }, H);
  return {
    name,
    subject,
    isDescent,
    isScalar: base === one || base === shrinking,
    problem: base.problem,
    moments: base.moments,
    start: base.start,
    reference: isDescent ? (t) => rows[Math.round(t / STEP)]! : flow,
    plain: plainOf(base, training),
    descended: (count, stepSize) => stepped(training, stepSize, count),
    sharpnessOf: (seen) => sharpnessOf(GAMMA, seen, base.moments, decay),
    decay,
    isDepth: false,
    times: [0, 0.5, 1, 2, 3],
  };
}

const deepLayers = [0.6, 0.5, 0.7];
const deep: Problem = {
  network: network({ outputScale: GAMMA, depth: 3 }),
  task: one.problem.task,
  initial: { layers: deepLayers },
};

function deepColumn(name: string, subject: AnyFlow | AnyDescent, more: Partial<DeepTraining> = {}): Column {
  const training: DeepTraining = { gamma: GAMMA, start: deepLayers, data: () => one.moments };
  const isDescent = "step" in subject;
  const rows = isDescent ? deepStepped(training, STEP, STEPS) : [];
  const flow = deepTrained({ ...training, ...more }, H);
  const plain = deepTrained(training, H);
  return {
    name,
    subject,
    isDescent,
    isScalar: true,
    problem: deep,
    moments: one.moments,
    start: { W2: new Matrix([[0.21]]), W1: new Matrix([[1]]) },
    reference: isDescent ? (t) => rows[Math.round(t / STEP)]! : flow,
    plain,
    descended: (count, stepSize) => deepStepped(training, stepSize, count),
    sharpnessOf: (seen) => deepSharpness(GAMMA, (seen as DeepSeen).layers, one.moments),
    decay: 0,
    isDepth: true,
    times: [0, 0.5, 1, 2, 3],
  };
}

function deepChain(): AnyFlow {
  const { network, initial, task } = deep;
  const stages = [{ task, duration: SWITCH }, { task: taskOf(true, one.next) }];
  return chain({ network, initial, stages } as Parameters<typeof chain>[0]);
}

interface DeepBase {
  readonly problem: Problem;
  readonly moments: Moments;
  readonly start: readonly Matrix[];
}

function deepBase(data: Moments, start: readonly (readonly (readonly number[])[])[]): DeepBase {
  const layers = start.map((W) => new Matrix(W.map((row) => [...row])));
  const problem = {
    network: network({ outputScale: GAMMA, depth: layers.length }),
    task: matrixTaskFromMoments(data),
    initial: { layers },
  };
  return { problem, moments: data, start: layers };
}

/** Three layers whose modes go through hidden neurons of their own, with a neuron that no mode uses. */
const aligned = deepBase(decoupled.moments, [
  [
    [0.5, 0],
    [0, 0.65],
    [0, 0],
  ],
  [
    [0, 0.7, 0],
    [0.6, 0, 0],
    [0, 0, 0.3],
  ],
  [
    [0, 0.55, 0],
    [0.6, 0, 0],
  ],
]);

const unaligned = deepBase(coupled.moments, [
  [
    [0.5, 0.2],
    [-0.1, 0.6],
    [0.3, 0.1],
  ],
  [
    [0.6, 0.1, 0.2],
    [-0.2, 0.5, 0.1],
    [0.1, 0.3, 0.4],
  ],
  [
    [0.7, 0.1, -0.2],
    [0.2, 0.6, 0.3],
  ],
]);

function matricesColumn(
  name: string,
  base: DeepBase,
  subject: AnyFlow | AnyDescent,
  more: Partial<MatricesTraining> = {},
): Column {
  const training: MatricesTraining = { gamma: GAMMA, start: base.start, data: () => base.moments };
  const isDescent = "step" in subject;
  const rows = isDescent ? matricesStepped(training, STEP, STEPS) : [];
  const flow = matricesTrained({ ...training, ...more }, more.data === undefined ? H : H_AT_SWITCH);
  return {
    name,
    subject,
    isDescent,
    isScalar: false,
    problem: base.problem,
    moments: base.moments,
    start: { W2: Matrix.eye(2), W1: Matrix.eye(2) },
    reference: isDescent ? (t) => rows[Math.round(t / STEP)]! : flow,
    plain: plainOfMatrices(base, training),
    descended: (count, stepSize) => matricesStepped(training, stepSize, count),
    sharpnessOf: (seen) => matricesSharpness(GAMMA, (seen as MatricesSeen).layers, base.moments),
    kernelOf: (seen) => matricesKernel(GAMMA, (seen as MatricesSeen).layers, base.moments),
    decay: 0,
    isDepth: false,
    times: [0, 0.5, 1, 2, 3],
  };
}

const aloneOfMatrices = new Map<DeepBase, (t: number) => Seen>();

/** One for all columns of a problem. */
function plainOfMatrices(base: DeepBase, training: MatricesTraining): (t: number) => Seen {
  const known = aloneOfMatrices.get(base) ?? matricesTrained(training, H);
  aloneOfMatrices.set(base, known);
  return known;
}

function matricesChain({ problem: { network, initial, task } }: DeepBase): AnyFlow {
  const stages = [{ task, duration: SWITCH }, { task: taskOf(false, coupled.next) }];
  return chain({ network, initial, stages } as Parameters<typeof chain>[0]);
}

/** One for all columns of a problem. */
function plainOf(base: Base, training: Training): (t: number) => Seen {
  const known = alone.get(base) ?? trained(training, H);
  alone.set(base, known);
  return known;
}

const chained = (base: Base): AnyFlow => {
  const { network, initial, task } = base.problem;
  const stages = [{ task, duration: SWITCH }, { task: taskOf(base === one, base.next) }];
  return chain({ network, initial, stages } as Parameters<typeof chain>[0]);
};
const switching = (base: Base): Partial<Training> => ({ data: (t) => (t < SWITCH ? base.moments : base.next) });
const pace = { pace: (t: number) => Math.exp(-t / DECAY) };
const options = { stepSize: STEP, steps: STEPS };

const SHRINK = 0.2;
const shrinking = decaying(one, SHRINK);
const [decoupledDecay, balancedDecay] = [decaying(decoupled, SHRINK), decaying(balanced, SHRINK)];

export const columns: readonly Column[] = [
  column("exact", one, exactFlow(one.problem)),
  column("integrated", one, integratedFlow(one.problem)),
  column("chain", one, chained(one), switching(one)),
  column("scheduled", one, withSchedule(exactFlow(one.problem), schedule), pace),
  column("descent", one, gradientDescent(one.problem, options)),
  column("with decay", shrinking, exactFlow(shrinking.problem)),
  deepColumn("any depth", exactFlow(deep)),
  deepColumn("any depth integrated", integratedFlow(deep)),
  deepColumn("chain of any depth", deepChain(), { data: (t) => (t < SWITCH ? one.moments : one.next) }),
  deepColumn("scheduled any depth", withSchedule(exactFlow(deep), schedule), pace),
  deepColumn("descent of any depth", gradientDescent(deep, options)),
  column("{ u, W }", vector, solve(vector.problem)),
  column("modes", decoupled, exactFlow(decoupled.problem, { family: "modes" })),
  column("balanced", balanced, exactFlow(balanced.problem, { family: "balanced" })),
  column("modes with decay", decoupledDecay, exactFlow(decoupledDecay.problem, { family: "modes" })),
  column("balanced with decay", balancedDecay, exactFlow(balancedDecay.problem, { family: "balanced" })),
  column("coupled", coupled, solve(coupled.problem)),
  column("chain of matrices", coupled, chained(coupled), switching(coupled)),
  column("scheduled matrices", coupled, withSchedule(solve(coupled.problem), schedule), pace),
  column("descent of matrices", coupled, gradientDescent(coupled.problem, options)),
  matricesColumn("aligned layers", aligned, exactFlow(aligned.problem)),
  matricesColumn("deep layers", unaligned, solve(unaligned.problem)),
  matricesColumn("chain of deep layers", aligned, matricesChain(aligned), {
    data: (t) => (t < SWITCH ? aligned.moments : coupled.next),
  }),
  matricesColumn("scheduled deep layers", unaligned, withSchedule(solve(unaligned.problem), schedule), pace),
  matricesColumn("descent of deep layers", unaligned, gradientDescent(unaligned.problem, options)),
  ...kinkedColumns(GAMMA, STEP, STEPS, { switchAt: SWITCH, decay: DECAY }).map((kinked) => ({
    ...kinked,
    kinked,
    descended: (count: number, stepSize: number) => kinked.rows(stepSize, count),
    sharpnessOf: kinked.sharpness,
    decay: 0,
    isDepth: false,
    isDescent: "step" in kinked.subject,
    isScalar: false,
    times: [0, 0.5, 1, 2, 3],
  })),
];
