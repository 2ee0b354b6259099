/** The named starts of problem files. */
import { readRecord, refuse, reject, unmet } from "../../door/arguments.ts";
import { type AlignmentOptions, alignedWeights } from "../../initial/alignedWeights.ts";
import { type BalanceOptions, balancedWeights } from "../../initial/balancedWeights.ts";
import { gaussianLayers } from "../../initial/gaussianLayers.ts";
import { gaussianMatrixLayers } from "../../initial/gaussianMatrixLayers.ts";
import { gaussianOrderParameters } from "../../initial/gaussianOrderParameters.ts";
import { gaussianWeights, type InitialisationOptions } from "../../initial/gaussianWeights.ts";
import { type KaimingWeightOptions, kaimingLayers, kaimingWeights } from "../../initial/kaimingLayers.ts";
import { type LambdaBalanceOptions, lambdaBalancedLayers } from "../../initial/lambdaBalancedLayers.ts";
import { type PytorchWeightOptions, pytorchLayers, pytorchWeights } from "../../initial/pytorchLayers.ts";
import { type SaxeAlignmentOptions, saxeAlignedLayers } from "../../initial/saxeAlignedLayers.ts";
import { type SingleNeuronOptions, singleNeuron } from "../../initial/singleNeuron.ts";
import { type XavierWeightOptions, xavierLayers, xavierWeights } from "../../initial/xavierLayers.ts";
import type { MatrixTask } from "../../model/matrixTask.ts";
import type { Network } from "../../model/network.ts";
import { hasOneDirection } from "../../model/oneDirection.ts";
import type { Problem } from "../../model/problem.ts";
import type { Task } from "../../model/task.ts";
import type { NamedStart } from "./problemFile.ts";

type Initial = Problem["initial"];

/** The numbers of inputs and outputs that a start must have. */
type Place =
  | { readonly kind: "one direction"; readonly task: Task }
  | { readonly kind: "several inputs"; readonly task: Task; readonly inputs: number }
  | { readonly kind: "matrices"; readonly task: MatrixTask; readonly inputs: number; readonly outputs: number };

type Start = (options: object, place: Place, network: Network) => Initial;
type StartName = NamedStart extends infer S ? (S extends unknown ? keyof S : never) : never;

function placeOf(task: Task | MatrixTask): Place {
  if ("yx" in task) return { kind: "matrices", task, inputs: task.yx.columns, outputs: task.yx.rows };
  const inputs = task.inputs?.columns ?? 1;
  return inputs === 1 || hasOneDirection(task) ? { kind: "one direction", task } : { kind: "several inputs", task, inputs };
}

/** The task for weights that are drawn in all dimensions of the inputs; a task of moments has one input. */
function taskOfSamples(task: Task): { readonly task?: Task } {
  return task.direction === undefined ? {} : { task };
}

/** A start with weights { u, w } on one direction, or with layers of the task's shape. */
function weightsOrLayers<Options extends object>(
  weights: (options: Options & { readonly task?: Task }) => Initial,
  layers: (options: Options & { readonly task: Task | MatrixTask }) => Initial,
): Start {
  return (options, place) =>
    place.kind === "one direction"
      ? weights({ ...(options as Options), ...taskOfSamples(place.task) })
      : layers({ ...(options as Options), task: place.task });
}

/** A start on one direction. */
function onOneDirection<Options extends object>(draw: (options: Options, network: Network) => Initial): Start {
  return (options, { kind }, network) =>
    kind === "one direction"
      ? draw(options as Options, network)
      : unmet("this start is for a single input direction and the task has several", 'pass "gaussian", or layers');
}

const starts: Readonly<Record<StartName, Start>> = {
  gaussian: (options, place) => {
    const initialisation = options as InitialisationOptions;
    if (place.kind === "one direction") return gaussianWeights(initialisation);
    if (place.kind === "several inputs") return gaussianLayers({ ...initialisation, inputs: place.inputs });
    return gaussianMatrixLayers({ ...initialisation, task: place.task });
  },
  gaussianOrderParameters: onOneDirection((options: InitialisationOptions) => gaussianOrderParameters(options)),
  aligned: onOneDirection((options: AlignmentOptions) => alignedWeights(options)),
  balanced: onOneDirection((options: BalanceOptions, { learningRates }) => balancedWeights({ ...options, learningRates })),
  kaiming: weightsOrLayers<KaimingWeightOptions>(kaimingWeights, kaimingLayers),
  xavier: weightsOrLayers<XavierWeightOptions>(xavierWeights, xavierLayers),
  pytorch: weightsOrLayers<PytorchWeightOptions>(pytorchWeights, pytorchLayers),
  lambdaBalanced: (options, place, { learningRates }) => {
    const shape = place.kind === "matrices" ? place : { inputs: place.kind === "several inputs" ? place.inputs : 1, outputs: 1 };
    const { inputs, outputs } = shape;
    return lambdaBalancedLayers({ ...(options as LambdaBalanceOptions), inputs, outputs, learningRates });
  },
  saxeAligned: (options, { kind, task }) =>
    kind === "matrices"
      ? saxeAlignedLayers({ ...(options as SaxeAlignmentOptions), task })
      : unmet("saxeAligned needs a task of several inputs and outputs", "pass samples whose targets are rows, or { xx, yx, yy }"),
  singleNeuron: (options, _, { learningRates }) => singleNeuron({ ...(options as SingleNeuronOptions), learningRates }),
};

/** The names of all starts. */
export const startNames: readonly StartName[] = Object.keys(starts) as StartName[];

/** The start of a problem file, passed directly or by name. */
export function readStart(value: unknown, task: Task | MatrixTask, network: Network): Initial {
  const fields = readRecord("initial", value) as Readonly<Record<string, unknown>>;
  const keys = Object.keys(fields);
  const names = startNames.filter((name) => keys.includes(name));
  const [name] = names;
  if (name === undefined) {
    const [only] = keys;
    // A record of options under an unknown key is a misspelt name, because layers and order parameters are
    // not such records.
    if (keys.length === 1 && isOptions(fields[only!]))
      refuse("initial", fields, `pass weights, layers, order parameters, or one of ${startNames.join(", ")}`);
    return value as Initial;
  }
  if (keys.length > 1) reject(`initial has ${keys.join(" and ")}; pass ${name} alone, or weights`);
  return starts[name](readRecord(`initial.${name}`, fields[name]), placeOf(task), network);
}

function isOptions(value: unknown): boolean {
  return typeof value === "object" && value !== null && ("width" in value || "seed" in value);
}
