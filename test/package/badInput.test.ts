/**
 * Invalid input is refused with a FeatureLearningError, its code, and a message that names function and
 * argument.
 */
import * as library from "feature-learning";
import {
  alignedWeights,
  balancedWeights,
  chain,
  cosineSchedule,
  descentGap,
  descentOutcome,
  design,
  evaluate,
  exactApplies,
  exactFlow,
  exponentialSchedule,
  FeatureLearningError,
  fromLayers,
  gaussianLayers,
  gaussianOrderParameters,
  gaussianWeights,
  gradientDescent,
  halfLife,
  integratedFlow,
  lambdaBalancedLayers,
  learningStages,
  linearTimes,
  logarithmicTimes,
  matrixTaskFromMoments,
  matrixTaskFromSamples,
  mirrored,
  network,
  orderParameters,
  piecewiseSchedule,
  plateau,
  sample,
  saxeAlignedLayers,
  sensitivities,
  simulateDescent,
  singleNeuron,
  solve,
  stability,
  stepsToTime,
  taskFromMoments,
  taskFromSamples,
  timesTo,
  timeTo,
  timeToSteps,
  warmupSchedule,
  withSchedule,
} from "feature-learning";
import * as deep from "feature-learning/deep";
import * as ndarrays from "feature-learning/ndarray";
import * as parallel from "feature-learning/parallel";
import * as plot from "feature-learning/plot";
import * as sweep from "feature-learning/sweep";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { runs } from "../support/problems.ts";

// biome-ignore lint/suspicious/noExplicitAny: wrong types are this file's subject
type Any = any;

const net = network();
const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
const initial = { u: [1, 2], w: [0.5, 0.3] };
const flow = exactFlow({ network: net, task, initial });
const reduced = exactFlow({ network: net, task, initial: { uu: 1, ww: 1, uw: 0 } });
const gaussian = { width: 4, scale: 1, seed: 1 };
const steps = { stepSize: 0.1, steps: 1 };
const junk = [undefined, null, NaN, Infinity, "x", true, Symbol("s"), 3n, () => 1, [], {}, new Date(0)];

const moments2 = {
  xx: [
    [1, 0],
    [0, 1],
  ],
  yx: [[0.5, 0]],
  yy: 1,
};
const gram2 = {
  uu: [[1]],
  ww: [
    [1, 0],
    [0, 1],
  ],
  uw: [[0.5, 0]],
};
const problem2 = {
  network: net,
  task: matrixTaskFromMoments(moments2),
  initial: {
    W2: [[1, 0]],
    W1: [
      [1, 0.5],
      [0, 1],
    ],
  },
};

/** [what is wrong, the call, what the message must say, the code if it is not invalid-argument] */
type Row = readonly [string, () => unknown, RegExp, string?];

const rows: Row[] = [
  ["NaN scale", () => network({ outputScale: NaN }), /^network: outputScale is NaN; pass a finite number\.$/],
  ["infinite scale", () => network({ outputScale: Infinity }), /outputScale is Infinity/],
  ["negative rate", () => network({ learningRates: -1 }), /^network: learningRates is -1; pass a finite number ≥ 0\.$/],
  ["negative rate of a layer", () => network({ learningRates: { u: 1, w: -2 } }), /learningRates\.w is -2/],
  ["missing rate", () => network({ learningRates: { u: 1 } as Any }), /learningRates\.w is undefined/],
  ["unknown loss", () => network({ loss: "hinge" as Any }), /loss is "hinge"; pass "mse" or "half-mse"/],
  ["misspelt option", () => network({ outputscale: 2 } as Any), /unknown key "outputscale"; known are outputScale/],
  ["no object", () => network(3 as Any), /network: options is 3/],
  ["null", () => network(null as Any), /network: options is null/],

  [
    "xx below zero",
    () => taskFromMoments({ xx: -1, xy: 0, yy: 1 }),
    /^taskFromMoments: moments\.xx is -1; pass a finite number ≥ 0\.$/,
  ],
  ["yy below zero", () => taskFromMoments({ xx: 1, xy: 0, yy: -1 }), /moments\.yy is -1/],
  ["no data have these moments", () => taskFromMoments({ xx: 1, xy: 1.001, yy: 1 }), /xy² > xx·yy/],
  ["nor these", () => taskFromMoments({ xx: 1e-200, xy: 1e-160, yy: 1e-200 }), /xy² > xx·yy/],
  ["nor these, without inputs", () => taskFromMoments({ xx: 0, xy: 1e-300, yy: 1 }), /xy² > xx·yy/],
  ["NaN moment", () => taskFromMoments({ xx: 1, xy: NaN, yy: 1 }), /moments\.xy is NaN/],
  ["missing moment", () => taskFromMoments({ xx: 1, xy: 0 } as Any), /moments\.yy is undefined/],

  ["no samples", () => taskFromSamples([], []), /taskFromSamples: y is an array of length 0; pass at least one number/],
  ["lengths differ", () => taskFromSamples([1, 2], [1]), /x has 2 samples and y has 1/],
  ["ragged rows", () => taskFromSamples([[1, 2], [3]], [1, 2]), /x\[1\] has 1 entries and x\[0\] has 2; pass rows of one length/],
  ["NaN sample", () => taskFromSamples([1, NaN], [1, 2]), /x\[1\] is NaN; pass finite numbers/],
  ["text sample", () => taskFromSamples(["1", 2] as Any, [1, 2]), /x\[0\] is "1"; pass numbers/],
  ["infinite target", () => taskFromSamples([1, 2], [1, Infinity]), /y\[1\] is Infinity/],
  ["squares too large", () => taskFromSamples([1e200], [1]), /mean of x² is Infinity; rescale x/],
  ["squares too small", () => taskFromSamples([1], [1e-200]), /mean of y² is 0; rescale y/],
  ["three axes", () => taskFromSamples(ndarray(new Float64Array(8), [2, 2, 2]) as Any, [1, 2]), /x has the shape \[2,2,2\]/],
  ["big integers", () => taskFromSamples(BigInt64Array.of(1n, 2n) as Any, [1, 2]), /x\[0\] is 1n/],
  ["project is no boolean", () => taskFromSamples([1], [1], { project: 1 as Any }), /project is 1; pass true or false/],

  ["zero width", () => gaussianWeights({ ...gaussian, width: 0 }), /gaussianWeights: width is 0; pass an integer from 1/],
  ["fractional width", () => gaussianWeights({ ...gaussian, width: 2.5 }), /width is 2\.5/],
  ["width beyond memory", () => gaussianWeights({ ...gaussian, width: 1e15 }), /width is 1000000000000000/],
  ["negative scale", () => gaussianWeights({ ...gaussian, scale: { u: -1, w: 1 } }), /scale\.u is -1/],
  ["scale whose square is no double", () => gaussianWeights({ ...gaussian, scale: 1e-200 }), /scale\.u is 1e-200/],
  ["no seed", () => gaussianWeights({ width: 4, scale: 1 } as Any), /seed is undefined; pass a string or a finite number/],
  ["NaN seed", () => gaussianWeights({ ...gaussian, seed: NaN }), /seed is NaN/],
  ["no seed", () => gaussianOrderParameters({ width: 4, scale: 1 } as Any), /^gaussianOrderParameters: seed/],
  ["width beyond integers", () => gaussianOrderParameters({ ...gaussian, width: 1e16 }), /width is 10000000000000000/],
  [
    "alignment beyond 1",
    () => alignedWeights({ ...gaussian, alignment: 1.1 }),
    /alignment is 1\.1; pass a finite number from -1 to 1/,
  ],
  [
    "an angle at width 1",
    () => alignedWeights({ ...gaussian, width: 1, alignment: 0 }),
    /alignment is 0; pass 1 or −1 at width 1/,
  ],
  [
    "no rate to balance for",
    () => balancedWeights({ ...gaussian, learningRates: { u: 0, w: 1 } }),
    /learningRates\.u is 0; pass a finite number > 0/,
  ],
  ["nothing to mirror", () => mirrored({} as Any), /^mirrored: initial is an empty object/],
  [
    "layers of different widths",
    () => fromLayers([[1], [2]], [1, 2, 3], [1]),
    /W2 has 3 columns; pass as many as W1 has rows, 2/,
  ],
  ["two outputs", () => fromLayers([[1]], [[1], [2]], [1]), /W2 has 2 rows/],
  [
    "direction of other inputs",
    () => fromLayers([[1, 2]], [1], [1]),
    /direction has length 1; pass as many numbers as W1 has columns, 2/,
  ],
  ["no direction", () => fromLayers([[1, 2]], [1], [0, 0]), /direction is all zeros/],

  [
    "layers of different widths",
    () => orderParameters({ u: [1], w: [1, 2] }),
    /weights\.w is a Float64Array of length 2; pass as many as u has, 1/,
  ],
  ["empty layers", () => orderParameters({ u: [], w: [] }), /weights\.u is an array of length 0/],
  ["missing layer", () => orderParameters({ u: [1] } as Any), /weights\.w is undefined/],

  ["no network", () => exactFlow({ task, initial } as Any), /^exactFlow: network is undefined/],
  ["no task", () => exactFlow({ network: net, initial } as Any), /^exactFlow: task is undefined/],
  ["no initial state", () => exactFlow({ network: net, task } as Any), /^exactFlow: initial is undefined/],
  [
    "neither weights nor order parameters",
    () => exactFlow({ network: net, task, initial: { x: 1 } as Any }),
    /initial is an object with x; pass weights/,
  ],
  ["impossible overlap", () => exactFlow({ network: net, task, initial: { uu: 1, ww: 1, uw: 1.001 } }), /uw² > uu·ww/],
  ["negative square", () => exactFlow({ network: net, task, initial: { uu: -1, ww: 1, uw: 0 } }), /initial\.uu is -1/],
  ["negative area", () => exactFlow({ network: net, task, initial: { uu: 1, ww: 1, uw: 0, area: -1 } }), /initial\.area is -1/],
  ["NaN weight", () => exactFlow({ network: net, task, initial: { u: [NaN], w: [1] } }), /initial\.u\[0\] is NaN/],
  ["a broken network", () => exactFlow({ network: { ...net, outputScale: NaN }, task, initial }), /network\.outputScale is NaN/],
  ["a broken task", () => exactFlow({ network: net, task: { ...task, xy: 2 }, initial }), /task has xy = 2/],
  ["misspelt option", () => exactFlow({ network: net, task, initial }, { projected: true } as Any), /unknown key "projected"/],
  [
    "no single direction",
    () =>
      exactFlow({
        network: net,
        task: taskFromSamples(
          [
            [1, 0],
            [0, 1],
          ],
          [1, 1],
        ),
        initial,
      }),
    /no single direction/,
    "assumption",
  ],
  ["sensitivities of no problem", () => sensitivities(null as Any, 1), /^sensitivities: problem is null/],
  [
    "sensitivities before the start",
    () => sensitivities({ network: net, task, initial }, -1),
    /t is -1; pass a time ≥ 0, or Infinity/,
  ],
  ["sensitivities at no time", () => sensitivities({ network: net, task, initial }, NaN), /^sensitivities: t is NaN/],
  [
    "sensitivities without closed form",
    () => sensitivities({ network: network({ loss: "huber" }), task, initial }, 1),
    /^sensitivities: the loss is not a square; call integratedFlow/,
    "assumption",
  ],
  ["not a problem", () => exactApplies(null as Any), /^exactApplies: problem is null/],

  ["NaN time", () => flow.at(NaN), /^at: t is NaN; pass a time/],
  ["text time", () => flow.at("1" as Any), /^at: t is "1"/],
  ["no time", () => (flow.at as Any)(), /^at: t is undefined/],
  ["time before the blow-up", () => flow.at(flow.from - 1), /the flow exists for t > /, "out-of-range"],
  ["weights before the blow-up", () => flow.weights(-1e9), /the flow exists for t > /, "out-of-range"],
  ["NaN time", () => flow.weights(NaN), /^weights: t is NaN/],
  [
    "out of the wrong length",
    () => flow.weights(1, { u: new Float64Array(1), w: new Float64Array(2) }),
    /out\.u is a Float64Array of length 1; pass a Float64Array of length 2/,
  ],
  ["out of the wrong type", () => flow.weights(1, { u: [0, 0], w: [0, 0] } as Any), /out\.u is an array of length 2/],
  [
    "one array for both layers",
    () => {
      const u = new Float64Array(2);
      return flow.weights(1, { u, w: u });
    },
    /pass two arrays/,
  ],

  ["NaN times", () => sample(flow, [0, NaN]), /^sample: times\[1\] is NaN/],
  ["no times", () => sample(flow, []), /^sample: times/],
  ["weights of order parameters", () => sample(reduced as Any, [0], { weights: true }), /the flow has no weights/],
  ["no flow", () => sample(null as Any, [0]), /^sample: flow is null; pass a flow/],
  [
    "no target",
    () => timesTo(flow, {} as Any),
    /target has 0 of output, loss, excessLossFraction, alignment, kernel, normProduct; pass one/,
  ],
  ["two targets", () => timesTo(flow, { output: 1, kernel: 1 } as Any), /target has 2 of/],
  ["unknown target", () => timesTo(flow, { gain: 1 } as Any), /unknown key "gain"/],
  ["NaN target", () => timeTo(flow, { output: NaN }), /^timeTo: target\.output is NaN/],
  ["alignment beyond 1", () => timeTo(flow, { alignment: 2 }), /target\.alignment is 2; pass a finite number from -1 to 1/],
  ["negative fraction", () => timeTo(flow, { excessLossFraction: -1 }), /target\.excessLossFraction is -1/],
  ["no flow", () => halfLife({} as Any), /^halfLife: flow is an empty object/],
  [
    "no exact flow",
    () => plateau({ at: () => 1, until: 1 } as Any),
    /^plateau: the plateau is defined for the closed form of a single task/,
    "assumption",
  ],
  ["one time", () => linearTimes(flow, { count: 1 }), /^linearTimes: count is 1; pass an integer from 2/],
  ["no time", () => linearTimes(flow, { until: 0 }), /until is 0; pass a finite number > 0/],
  ["end before beginning", () => logarithmicTimes(flow, { from: 2, until: 1 }), /from is 2 and until is 1; pass a later end/],
  ["NaN time", () => evaluate(flow, NaN, task), /t is NaN/],
  ["no task", () => evaluate(flow, 0, undefined as Any), /^evaluate: otherTask is undefined/],

  ["no stages", () => chain({ network: net, initial, stages: [] }), /^chain: stages is an array of length 0; pass at least one/],
  ["negative duration", () => chain({ network: net, initial, stages: [{ task, duration: -1 }] }), /stages\[0\]\.duration is -1/],
  [
    "endless stage in between",
    () => chain({ network: net, initial, stages: [{ task }, { task }] }),
    /stages\[0\]\.duration is Infinity; .*only the last/,
  ],
  ["no pieces", () => piecewiseSchedule([]), /^piecewiseSchedule: pieces/],
  ["negative factor", () => piecewiseSchedule([{ factor: -1 }]), /pieces\[0\]\.factor is -1/],
  [
    "ends out of order",
    () => piecewiseSchedule([{ factor: 1, until: 2 }, { factor: 1, until: 1 }, { factor: 1 }]),
    /pieces\[1\]\.until is 1; pass a finite number > 2/,
  ],
  ["last piece with an end", () => piecewiseSchedule([{ factor: 1, until: 2 }]), /leave it out/],
  ["no decay time", () => exponentialSchedule({ decayTime: 0 }), /decayTime is 0/],
  ["negative duration", () => cosineSchedule({ duration: -1 }), /duration is -1/],
  ["final factor beyond 1", () => cosineSchedule({ duration: 1, final: 2 }), /final is 2/],
  ["no schedule", () => withSchedule(flow, {} as Any), /^withSchedule: schedule\.factor is missing; pass a function of the time/],
  ["a number as a schedule", () => withSchedule(flow, 0.1 as Any), /^withSchedule: schedule is 0\.1; pass an object with factor/],
  [
    "a factor that is a number",
    () => withSchedule(flow, { factor: 1 } as Any),
    /schedule\.factor is 1; pass a function of a number/,
  ],
  ["an inverse alone", () => withSchedule(flow, { factor: () => 1, inverse: (t) => t }), /schedule\.inverse is passed without/],
  ["breaks that are no times", () => withSchedule(flow, { factor: () => 1, breaks: [1, -2] }), /schedule\.breaks\[1\] is -2/],
  [
    "breaks that are no list",
    () => withSchedule(flow, { factor: () => 1, breaks: 3 } as Any),
    /schedule\.breaks is 3; pass an array/,
  ],
  ["a factor below 0", () => withSchedule(flow, () => -1), /^withSchedule: schedule\(0\) is -1; it must be a finite number ≥ 0/],
  [
    "an integral that is not a number",
    () => withSchedule(flow, { factor: () => 1, integral: () => Number.NaN, inverse: (t) => t }).at(2),
    /^at: schedule\.integral\(2\) is NaN; it must be a number ≥ 0, or Infinity/,
  ],
  ["no warm-up", () => warmupSchedule({ warmup: 0 }), /^warmupSchedule: warmup is 0/],
  ["a warm-up from above 1", () => warmupSchedule({ warmup: 1, from: 2 }), /^warmupSchedule: from is 2/],
  ["a warm-up before nothing", () => warmupSchedule({ warmup: 1, after: 1 as Any }), /^warmupSchedule: after is 1/],
  [
    "before a schedule",
    () => withSchedule(flow, exponentialSchedule({ decayTime: 1 })).at(-1),
    /a schedule begins at t = 0/,
    "out-of-range",
  ],

  [
    "no step",
    () => simulateDescent({ network: net, task, initial }, { stepSize: 0, steps: 1 }),
    /^simulateDescent: stepSize is 0/,
  ],
  ["half a step", () => simulateDescent({ network: net, task, initial }, { ...steps, steps: 0.5 }), /steps is 0\.5/],
  [
    "no weights",
    () => simulateDescent({ network: net, task, initial: { uu: 1, ww: 1, uw: 0 } as Any }, steps),
    /initial\.u is undefined/,
  ],
  [
    "no single direction",
    () =>
      simulateDescent(
        {
          network: net,
          task: taskFromSamples(
            [
              [1, 0],
              [0, 1],
            ],
            [1, 1],
          ),
          initial,
        },
        steps,
      ),
    /no single direction/,
    "assumption",
  ],
];

const problem = { network: net, task, initial };
const data = taskFromSamples([1, -1, 2], [1, -1, 1]);
const scattered = taskFromSamples(
  [
    [1, 0],
    [0, 1],
  ],
  [1, 1],
);
const descending = (options: Any) => () => gradientDescent(problem, { ...steps, ...options });

rows.push(
  ["power of no activation", () => network({ power: 0 }), /^network: power is 0; pass a finite number > 0 and ≤ 64\.$/],
  ["negative decay", () => network({ weightDecay: -0.1 }), /weightDecay is -0\.1/],
  [
    "a loss without derivative",
    () => network({ loss: { value: () => 1 } as Any }),
    /loss\.derivative is undefined; pass a function/,
  ],
  [
    "labels of no class",
    () => integratedFlow({ ...problem, network: network({ loss: "logistic" }), task: taskFromSamples([1, 2], [1, 0]) }),
    /target 1 is 0; the logistic loss takes labels 1 and -1/,
  ],
  [
    "moments for a loss that needs samples",
    () => integratedFlow({ ...problem, network: network({ loss: "huber" }) }),
    /the loss "huber" needs the samples/,
    "assumption",
  ],
  [
    "moments for a power",
    () => solve({ ...problem, network: network({ power: 2 }) }),
    /the power 2 needs the samples/,
    "assumption",
  ],
  [
    "order parameters for a power",
    () => integratedFlow({ network: network({ power: 2 }), task: data, initial: { uu: 1, ww: 1, uw: 0 } }),
    /pass initial weights, not order parameters/,
    "assumption",
  ],
  [
    "a root of negative weights",
    () =>
      integratedFlow({ network: network({ power: 1.5 }), task: taskFromSamples([1, 2], [1, 2]), initial: { u: [1], w: [-1] } }),
    /power 1\.5 of negative weights/,
    "assumption",
  ],
  [
    "a root of negative inputs",
    () => integratedFlow({ network: network({ power: 1.5 }), task: data, initial: { u: [1], w: [1] } }),
    /power 1\.5 of negative inputs/,
    "assumption",
  ],
  [
    "a loss that is no square, exactly",
    () => exactFlow({ ...problem, network: network({ loss: "huber" }) }),
    /the loss is not a square; call integratedFlow/,
    "assumption",
  ],
  [
    "decay, exactly",
    () => exactFlow({ ...problem, network: network({ weightDecay: { u: 0.1, w: 0.2 } }) }),
    /exactFlow: .*call integratedFlow/,
    "assumption",
  ],
  ["negative end", () => integratedFlow(problem, { until: -1 }), /^integratedFlow: until is -1; pass a finite number ≥ 0\.$/],
  ["no tolerance", () => integratedFlow(problem, { rtol: 0 }), /rtol is 0; pass a finite number from 1e-14 to 0\.1/],
  ["unknown method", () => integratedFlow(problem, { method: "euler" as Any }), /method is "euler"; pass "dop853" or "dopri5"/],
  ["misspelt option", () => integratedFlow(problem, { untill: 1 } as Any), /unknown key "untill"/],
  ["misspelt option of solve", () => solve(problem, { untill: 1 } as Any), /^solve: options has an unknown key "untill"/],
  [
    "half a pair of schedules",
    () => integratedFlow(problem, { schedules: { u: piecewiseSchedule([{ factor: 1 }]) } as Any }),
    /schedules\.w is undefined/,
  ],
  ["no signal", () => integratedFlow(problem, { signal: {} as Any }), /signal is an empty object; pass an AbortSignal/],
  [
    "layers of different widths",
    () =>
      integratedFlow({
        network: net,
        task: scattered,
        initial: {
          u: [1],
          W: [
            [1, 2],
            [3, 4],
          ],
        },
      }),
    /initial\.W has 2 rows; pass as many as u has numbers, 1/,
  ],
  [
    "layers of other inputs",
    () => integratedFlow({ network: net, task: scattered, initial: { u: [1], W: [[1, 2, 3]] } }),
    /initial\.W has 3 columns and the inputs of the task have 2 dimensions/,
  ],
  ["no inputs", () => gaussianLayers({ ...gaussian, inputs: 0 }), /^gaussianLayers: inputs is 0/],

  [
    "no square of moments",
    () => matrixTaskFromMoments({ xx: [[1, 0]], yx: [[1, 0]], yy: 1 }),
    /moments\.xx is 1×2; pass a square/,
  ],
  [
    "moments that are not symmetric",
    () =>
      matrixTaskFromMoments({
        ...moments2,
        xx: [
          [1, 0.1],
          [0, 1],
        ],
      }),
    /not symmetric: 0\.1 and 0/,
  ],
  [
    "a negative variance",
    () =>
      matrixTaskFromMoments({
        ...moments2,
        xx: [
          [1, 2],
          [2, 1],
        ],
      }),
    /least eigenvalue of moments\.xx is -/,
  ],
  [
    "correlation without inputs",
    () =>
      matrixTaskFromMoments({
        ...moments2,
        xx: [
          [1, 0],
          [0, 0],
        ],
        yx: [[0, 0.5]],
      }),
    /along inputs whose/,
  ],
  [
    "more explained than there is",
    () => matrixTaskFromMoments({ ...moments2, yy: 0.1 }),
    /has yy = 0\.1, less than the 0\.25 that its inputs explain/,
  ],
  [
    "targets of other inputs",
    () => matrixTaskFromMoments({ ...moments2, yx: [[1]] }),
    /moments\.yx has 1 columns; pass one for each input, 2/,
  ],
  ["numbers of samples differ", () => matrixTaskFromSamples([[1, 2]], [[1], [2]]), /x has 1 samples and y has 2/],
  ["nothing to whiten", () => matrixTaskFromSamples([[0, 0]], [1], { whiten: true }), /x is all zeros/],
  ["squares that overflow", () => matrixTaskFromSamples([[1e200]], [1]), /a mean square is Infinity; rescale/],
  [
    "layers of two widths",
    () => exactFlow({ ...problem2, initial: { W2: [[1, 2]], W1: [[1, 2]] } }),
    /W2 has 2 columns and initial\.W1 has 1 rows/,
  ],
  [
    "layers of other outputs",
    () => exactFlow({ ...problem2, initial: { W2: [[1], [1]], W1: [[1, 2]] } }),
    /initial\.W2 has 2 rows/,
  ],
  ["layers of other inputs", () => exactFlow({ ...problem2, initial: { W2: [[1]], W1: [[1]] } }), /initial\.W1 has 1 columns/],
  [
    "order parameters that no layers have",
    () => exactFlow({ ...problem2, initial: { ...gram2, uw: [[3, 0]] } }),
    /more than √\(uu·ww\)/,
  ],
  [
    "order parameters of another shape",
    () =>
      exactFlow({
        ...problem2,
        initial: {
          ...gram2,
          uu: [
            [1, 0],
            [0, 1],
          ],
        },
      }),
    /initial\.uu is 2×2; pass 1×1/,
  ],
  ["negative squares", () => exactFlow({ ...problem2, initial: { ...gram2, uu: [[-1]] } }), /initial\.uu\[0\]\[0\] is -1/],
  ["no family of that name", () => exactFlow(problem2, { family: "all" as Any }), /family is "all"; pass "any"/],
  [
    "modes that are coupled",
    () => exactFlow(problem2, { family: "modes" }),
    /2 directions of the inputs meet in 1 outputs/,
    "assumption",
  ],
  [
    "a frozen layer, balanced",
    () => exactFlow({ ...problem2, network: network({ learningRates: { u: 0, w: 1 } }) }, { family: "balanced" }),
    /a layer is frozen/,
    "assumption",
  ],
  [
    "a loss of one output",
    () => integratedFlow({ ...problem2, network: network({ loss: "huber" }) }),
    /the loss "huber" needs the samples themselves/,
    "assumption",
  ],
  [
    "wide layers with a λ",
    () => lambdaBalancedLayers({ width: 3, inputs: 4, outputs: 2, lambda: 1, seed: 1 }),
    /width is 3; pass at most/,
  ],
  [
    "no rate to balance for",
    () => lambdaBalancedLayers({ width: 1, inputs: 1, outputs: 1, learningRates: 0, seed: 1 }),
    /learningRates is 0/,
  ],
  [
    "no task to align to",
    () => saxeAlignedLayers({ task: task as Any, width: 2, scale: 1, seed: 1 }),
    /^saxeAlignedLayers: task/,
  ],
  ["no direction of a neuron", () => singleNeuron({ output: [0, 0] }), /balance is 0; pass a balance above 0/],
  [
    "a plateau of several modes",
    () => plateau(exactFlow({ ...problem2, initial: { W2: [[1]], W1: [[1, 2]] } })),
    /call learningStages/,
    "assumption",
  ],
  [
    "no modes",
    () => learningStages(flow as Any),
    /^learningStages: a flow of one direction has a single mode; call plateau and halfLife/,
    "assumption",
  ],
  [
    "a time before balanced layers",
    () => exactFlow({ ...problem2, initial: { W2: [[1]], W1: [[1, 2]] } }).at(-1),
    /begins at t = 0/,
    "out-of-range",
  ],
  ["a time that is none", () => exactFlow({ ...problem2, initial: { W2: [[1]], W1: [[1, 2]] } }).at(NaN), /at: t is NaN/],
  ["no step", descending({ stepSize: 0 }), /^gradientDescent: stepSize is 0/],
  ["half a step", descending({ steps: 0.5 }), /steps is 0\.5/],
  ["momentum 1", descending({ momentum: 1 }), /momentum is 1; pass a number from 0 to below 1/],
  ["two ways to record", descending({ recordEvery: 2, recordPerDecade: 2 }), /both given; pass one/],
  [
    "rows beyond memory",
    descending({ steps: 1e12 }),
    /recordEvery is 1; pass a larger recordEvery, for at most 100000000 rows, or recordPerDecade/,
  ],
  ["batches of moments", descending({ batch: { size: 1, seed: 1 } }), /need the samples themselves/, "assumption"],
  ["batches without seed", descending({ batch: { size: 1 } }), /seed is undefined/],
  [
    "noise on labels of a class",
    () =>
      gradientDescent(
        { network: network({ loss: "logistic" }), task: data, initial },
        { ...steps, labelNoise: { std: 1, seed: 1 } },
      ),
    /only for squared losses/,
    "assumption",
  ],
  ["negative noise", descending({ labelNoise: { std: -1, seed: 1 } }), /labelNoise\.std is -1/],
  [
    "descent of several directions",
    () => gradientDescent({ network: net, task: scattered, initial }, steps),
    /no single direction/,
    "assumption",
  ],
  [
    "descent of a power",
    () => gradientDescent({ network: network({ power: 2 }), task: data, initial }, steps),
    /call integratedFlow/,
    "assumption",
  ],
  ["no such row", () => gradientDescent(problem, steps).weights(2), /^weights: row is 2; pass an integer from 0 to 1\.$/],
  [
    "simulation of a power",
    () => simulateDescent({ network: network({ power: 2 }), task, initial }, steps),
    /the power 2 is not simulated/,
    "assumption",
  ],
  ["no design target", () => design({ target: {} }), /^design: target is empty; pass one or more of kernelRatio, learningTime/],
  ["an unknown target", () => design({ target: { loss: 1 } as Any }), /^design: target has an unknown key "loss"/],
  [
    "no kernel ratio",
    () => design({ target: { kernelRatio: 0 } }),
    /^design: target\.kernelRatio is 0; pass a finite number > 0/,
  ],
  ["no learning time", () => design({ target: { learningTime: -1 } }), /^design: target\.learningTime is -1/],
  ["no plateau", () => design({ target: { plateau: 0 } }), /^design: target\.plateau is 0; pass a finite number > 0/],
  ["no balance", () => design({ target: { balance: NaN } }), /^design: target\.balance is NaN/],
  [
    "all of the loss",
    () => design({ target: { learningTime: 1 }, excessLossFraction: 1 }),
    /^design: excessLossFraction is 1; pass/,
  ],
  [
    "another loss",
    () => design({ target: { learningTime: 1 }, loss: "huber" as Any }),
    /^design: loss is "huber"; pass "mse" or/,
  ],
  [
    "a task that is none",
    () => design({ target: { learningTime: 1 }, task: { xx: 1 } as Any }),
    /^design: task\.xy is undefined/,
  ],
  [
    "no output",
    () => design({ target: { kernelRatio: 2 }, given: { outputScale: 0 } }),
    /^design: given\.outputScale is 0, and then nothing is learned; pass another/,
  ],
  [
    "a frozen layer",
    () => design({ target: { kernelRatio: 2 }, given: { learningRates: { u: 1, w: 0 } } }),
    /learningRates\.w is 0/,
  ],
  [
    "a zero layer",
    () => design({ target: { kernelRatio: 2 }, given: { scale: { u: 1, w: 0 } } }),
    /^design: given\.scale\.w is 0; pass/,
  ],
  [
    "no width",
    () => design({ target: { kernelRatio: 2 }, given: { width: 1.5 } }),
    /^design: given\.width is 1\.5; pass an integer from 1/,
  ],
  [
    "a start on the saddle",
    () => design({ target: { kernelRatio: 2 }, given: { overlap: -1 } }),
    /^design: given\.overlap is -1; pass/,
  ],
  [
    "nothing to solve for",
    () => design({ target: { kernelRatio: 2 }, given: { outputScale: 1, learningRates: 1, scale: 1 } }),
    /^design: given has outputScale, learningRates and scale; leave out the one to be found/,
  ],
  [
    "a kernel that cannot",
    () => design({ target: { kernelRatio: 0.5 } }),
    /^design: a kernelRatio of 0\.5 .*pass given\.overlap/,
    "assumption",
  ],
  ["no momentum", () => stability(problem, { momentum: -1 }), /^stability: momentum is -1/],
  ["no steps to try", () => descentOutcome(problem, { stepSize: 1, maxSteps: 0 }), /^descentOutcome: maxSteps is 0/],
  [
    "too many steps",
    () => descentGap(problem, { stepSize: 1e-9, until: 1 }),
    /^descentGap: until is 1; pass a finite number > 0 and ≤ 0\.01/,
  ],
  [
    "a gap on several directions",
    () => descentGap({ network: net, task: scattered, initial }, { stepSize: 1e-3 }),
    /^descentGap: the inputs have no single direction/,
    "assumption",
  ],
  ["a gap of what diverges", () => descentGap(problem, { stepSize: 10, until: 1000 }), /diverges at step/, "not-converged"],
  ["negative steps", () => stepsToTime(-1, 0.1), /^stepsToTime: steps is -1/],
  ["no time", () => timeToSteps(NaN, 0.1), /^timeToSteps: time is NaN/],
);

const trajectory = sample(flow, [0, 1]);
const law = { parametrization: library.parametrizations.ntk, observable: "rate", widths: [10, 100], seed: 1 } as const;
rows.push(
  [
    "a law of no square",
    () => sweep.scalingLaw({ ...law, prefactors: { loss: "huber" } }),
    /^scalingLaw: prefactors\.loss is not a squared loss/,
  ],
  [
    "an infinite seed of a law",
    () => sweep.scalingLaw({ ...law, seed: Infinity }),
    /^scalingLaw: seed is Infinity; pass a string/,
  ],
  ["no trajectory", () => plot.plotTrajectory([1] as Any), /^plotTrajectory: trajectories is an array of length 1/],
  ["no series", () => plot.plotTrajectory({}), /^plotTrajectory: trajectories is an empty object; pass the result of sample/],
  [
    "no quantity",
    () => plot.plotTrajectory(trajectory, { quantities: ["los"] as Any }),
    /quantities\[0\] is "los"; pass "uu" or/,
  ],
  [
    "a quantity that a log does not know",
    () => plot.plotTrajectory(library.trajectoryOf([{ uu: 1, ww: 1, uw: 0 }]), { quantities: ["loss"] }),
    /which the trajectory does not have/,
  ],
  ["no theme", () => plot.plotTrajectory(trajectory, { theme: "sepia" as Any }), /theme is "sepia"; pass "light" or "dark"/],
  ["too narrow a panel", () => plot.plotTrajectory(trajectory, { width: 3 }), /width is 3; pass a finite number from 40/],
  ["no time axis", () => plot.plotMechanisms(library.mechanismsOverTime(flow), { time: "log" as Any }), /time is "log"/],
  [
    "no split",
    () => plot.plotMechanisms(trajectory as Any),
    /^plotMechanisms: split is .*; pass the result of mechanismsOverTime/,
  ],
  [
    "one band",
    () => plot.plotBands([trajectory]),
    /^plotBands: trajectories is an array of length 1; pass a list of at least two/,
  ],
  ["bands of other times", () => plot.plotBands([trajectory, sample(flow, [0, 2])]), /trajectories\[1\] has other times/],
  ["no diagram", () => plot.plotPhaseDiagram({} as Any), /^plotPhaseDiagram: diagram is an empty object/],
  [
    "a regime without a place",
    () => plot.plotRegimePlane({ mine: library.regime(trajectory) }),
    /^plotRegimePlane: regimes\.mine has no place; pass the regime of an exact flow/,
  ],
  ["nothing to show", () => plot.display({} as Any), /^display: spec is an empty object/],
);

describe("bad input is refused", () => {
  for (const [what, run, message, code = "invalid-argument"] of rows) {
    test(what, () => {
      const error = errorOf(run);
      expect(error).toBeInstanceOf(FeatureLearningError);
      expect((error as FeatureLearningError).message).toMatch(message);
      expect((error as FeatureLearningError).code).toBe(code);
    });
  }

  test("every function of the library refuses junk in every place, with its own class of error", () => {
    const functions = Object.entries({ ...library, ...deep, ...sweep, ...plot, ...ndarrays, ...parallel }).filter(
      ([name, value]) =>
        typeof value === "function" && name !== "FeatureLearningError" && name !== "runParallel" && name !== "renderSvg",
    ) as [string, (...args: Any[]) => Any][];
    expect(functions.length).toBeGreaterThan(45);
    const sound: Any[] = [flow, { network: net, task, initial }, gaussian, [1, 2], task];
    const thirds = [undefined, null, NaN, {}, []].slice(0, runs(5));
    let refusals = 0;
    for (const [name, run] of functions) {
      for (const first of [...junk, ...sound]) {
        for (const second of [...junk, ...sound]) {
          for (const third of thirds) {
            const error = errorOf(() => run(first, second, third));
            if (error === undefined) continue;
            refusals++;
            expect(error, `${name}(${String(first)}, ${String(second)}, ${String(third)}) threw ${error}`).toBeInstanceOf(
              FeatureLearningError,
            );
            expect((error as Error).message).toMatch(/^[a-zA-Z]+: /);
          }
        }
      }
    }
    expect(refusals).toBeGreaterThan(runs(10_000));
  });

  test("a value without a specification is not drawn", async () => {
    for (const value of junk) {
      const error = await plot.renderSvg(value as Any).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(FeatureLearningError);
    }
  });

  test("objects whose getters or proxies throw are refused like others", () => {
    const throwing = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
        has: () => {
          throw new Error("no");
        },
        ownKeys: () => {
          throw new Error("no");
        },
      },
    );
    for (const run of [
      () => network(throwing as Any),
      () => taskFromMoments(throwing as Any),
      () => exactFlow({ network: net, task, initial: throwing as Any }),
      () => taskFromSamples(throwing as Any, [1]),
      () => sample(throwing as Any, [1]),
    ])
      expect(errorOf(run)).toBeInstanceOf(FeatureLearningError);
  });

  test("arguments are neither changed nor kept", () => {
    const u = Float64Array.of(1, 2);
    const w = Float64Array.of(0.5, 0.3);
    const mine = exactFlow({ network: net, task, initial: { u, w } });
    const before = mine.at(1);
    u.fill(9);
    w.fill(9);
    expect(mine.at(1)).toEqual(before);
    expect(mine.weights(0).u).toEqual(Float64Array.of(1, 2));
    const frozen = Object.freeze({
      network: Object.freeze({ ...net }),
      task: Object.freeze({ ...task }),
      initial: Object.freeze({ uu: 1, ww: 1, uw: 0 }),
    });
    expect(exactFlow(frozen).limit.output).toBe(1);
  });
});

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
