/**
 * The format of problem files: JSON, in which a task may be given by samples, and a start may be drawn at
 * random. The types refer to those of the library's functions, so that new options are legal here at once.
 * scripts/schemas.ts writes these types as a JSON schema.
 */

import type { SolveOptions } from "../../flow/solve.ts";
import type { AlignmentOptions } from "../../initial/alignedWeights.ts";
import type { BalanceOptions } from "../../initial/balancedWeights.ts";
import type { InitialisationOptions } from "../../initial/gaussianWeights.ts";
import type { KaimingWeightOptions } from "../../initial/kaimingLayers.ts";
import type { LambdaBalanceOptions } from "../../initial/lambdaBalancedLayers.ts";
import type { PytorchWeightOptions } from "../../initial/pytorchLayers.ts";
import type { SaxeAlignmentOptions } from "../../initial/saxeAlignedLayers.ts";
import type { SingleNeuronOptions } from "../../initial/singleNeuron.ts";
import type { XavierWeightOptions } from "../../initial/xavierLayers.ts";
import type { MechanismOptions } from "../../mechanisms/mechanisms.ts";
import type { Target } from "../../model/flow.ts";
import type { MatrixSnapshot } from "../../model/matrixSnapshot.ts";
import type { MatrixTask, matrixTaskFromMoments } from "../../model/matrixTask.ts";
import type { MatrixSampleOptions } from "../../model/matrixTaskFromSamples.ts";
import type { NetworkOptions } from "../../model/network.ts";
import type { Problem } from "../../model/problem.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import type { Task, taskFromMoments } from "../../model/task.ts";
import type { SampleOptions } from "../../model/taskFromSamples.ts";
import type { RegimeOptions } from "../../regimes/regime.ts";

/** Samples, one per row. The options are those of `taskFromSamples` and `matrixTaskFromSamples`. */
export interface SamplesFile extends Omit<SampleOptions, "like">, Omit<MatrixSampleOptions, "like"> {
  /** The inputs: one number, or a row of numbers, per sample. */
  readonly x: readonly number[] | readonly (readonly number[])[];
  /** The targets: one number per sample, or a row of numbers for several outputs. */
  readonly y: readonly number[] | readonly (readonly number[])[];
}

/** Moments, a task that the library has written, or samples. */
export type TaskFile =
  | SamplesFile
  | Parameters<typeof taskFromMoments>[0]
  | Parameters<typeof matrixTaskFromMoments>[0]
  | Task
  | MatrixTask;

/**
 * A random or constructed start: one name, with the options of the function of that name. The numbers of
 * inputs and outputs, the task and the learning rates are those of the problem.
 */
export type NamedStart =
  | {
      /** Independent Gaussian weights: `gaussianWeights`, or layers for several inputs or outputs. */
      readonly gaussian: InitialisationOptions;
    }
  | {
      /** The order parameters of Gaussian weights, at any width: `gaussianOrderParameters`. One direction. */
      readonly gaussianOrderParameters: InitialisationOptions;
    }
  | {
      /** Layers at a given angle: `alignedWeights`. One direction. */
      readonly aligned: AlignmentOptions;
    }
  | {
      /** Balanced layers: `balancedWeights`. One direction. */
      readonly balanced: Omit<BalanceOptions, "learningRates">;
    }
  | {
      /** `kaimingWeights` or `kaimingLayers`. */
      readonly kaiming: Omit<KaimingWeightOptions, "task">;
    }
  | {
      /** `xavierWeights` or `xavierLayers`. */
      readonly xavier: Omit<XavierWeightOptions, "task">;
    }
  | {
      /** PyTorch's default: `pytorchWeights` or `pytorchLayers`. */
      readonly pytorch: Omit<PytorchWeightOptions, "task">;
    }
  | {
      /** λ-balanced layers of several inputs and outputs: `lambdaBalancedLayers`. */
      readonly lambdaBalanced: Omit<LambdaBalanceOptions, "inputs" | "outputs" | "learningRates">;
    }
  | {
      /** Layers aligned to the modes of a task of several inputs and outputs: `saxeAlignedLayers`. */
      readonly saxeAligned: Omit<SaxeAlignmentOptions, "task">;
    }
  | {
      /** One neuron with a given function: `singleNeuron`. Several inputs. */
      readonly singleNeuron: Omit<SingleNeuronOptions, "learningRates">;
    };

/** Weights, layers, order parameters, a snapshot of another result, or the name of a way to draw them. */
export type InitialFile = Problem["initial"] | Snapshot | MatrixSnapshot | NamedStart;

/** The quantities to compute. Those that are missing or false are not computed. */
export interface Ask {
  /** `true`, or the options of `regime`. */
  readonly regime?: boolean | RegimeOptions;
  /** `true`, or the options of `mechanisms`. */
  readonly mechanisms?: boolean | MechanismOptions;
  /** The time at which half of the excess loss remains. */
  readonly halfLife?: boolean;
  /** The length of the initial plateau; only for the closed form of one direction. */
  readonly plateau?: boolean;
  /** Targets, each as in `timesTo`. */
  readonly timesTo?: readonly Target[];
  /** The weights or layers at each of `times`, too. */
  readonly weights?: boolean;
}

/** A problem, and the quantities to compute of its solution. */
export interface ProblemFile {
  /** The location of the schema, for editors that validate the file. */
  readonly $schema?: string;
  /** An identifier that is returned with the result. */
  readonly id?: string | number;
  /** The options of `network`. Missing ones have their defaults. */
  readonly network?: NetworkOptions;
  readonly task: TaskFile;
  readonly initial: InitialFile;
  /** The options of `solve`. */
  readonly options?: Omit<SolveOptions, "onProgress" | "signal" | "schedules">;
  /**
   * Times at which to sample the solution: numbers, or text in the form of the option `--times`, such as
   * "0:10:101" or "log".
   */
  readonly times?: readonly number[] | string;
  /** The quantities to compute (default: regime, mechanisms, half-life, and the plateau if it is defined). */
  readonly ask?: Ask;
}
