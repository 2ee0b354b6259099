/**
 * Layers of independent entries whose distribution depends on the layer's numbers of inputs (fan-in) and
 * outputs (fan-out): W₁ has fan-in k and fan-out d, W₂ has fan-in d and fan-out m. For data along one
 * direction n̂, the input weights are
 *
 *     wᵢ = Σⱼ W₁ᵢⱼ n̂ⱼ
 *
 * They have the variance of an entry but, with several inputs, not its distribution: sums of uniform numbers
 * are not uniform.
 */
import { Matrix } from "ml-matrix";
import { type Random, randomFrom } from "../door/seeds.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { readTask } from "../model/task.ts";
import type { Weights } from "../model/weights.ts";
import type { LayerShape } from "./layerShape.ts";

/** The distribution of an entry: uniform on [−size, size), or normal with standard deviation `size`. */
export interface EntryLaw {
  readonly distribution: "uniform" | "normal";
  readonly size: number;
}

export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** The distributions of both layers and of the biases of the hidden layer (0 if there are none). */
export interface LayerLaws {
  readonly u: (fans: Fans) => EntryLaw;
  readonly w: (fans: Fans) => EntryLaw;
  readonly bias?: (fans: Fans) => EntryLaw;
}

/** The source of random numbers of an initialisation. Each part of a network has its own stream. */
export interface Draw {
  /** The name of the streams. */
  readonly purpose: string;
  readonly seed: unknown;
}

const PARTS = { u: 1, w: 2, bias: 3 } as const;

/** { W2, W1 } of this shape. */
export function drawLayers(draw: Draw, laws: LayerLaws, shape: LayerShape): MatrixLayers {
  const { width, inputs, outputs, bias } = shape;
  const columns = inputs + (bias === undefined ? 0 : 1);
  const rows = inputWeights(draw, laws, shape);
  const W1 = new Matrix(width, columns);
  for (let i = 0; i < width; i++) {
    const row = rows();
    for (let j = 0; j < columns; j++) W1.set(i, j, row[j]!);
  }
  return { W2: Matrix.from1DArray(outputs, width, outputWeights(draw, laws, shape)), W1 };
}

/** { u, w } along the direction of a task; without a task, for one input. */
export function drawWeights(draw: Draw, laws: LayerLaws, width: number, givenTask: unknown): Weights {
  const task = givenTask === undefined ? undefined : readTask("task", givenTask);
  const axis = task?.direction ?? Float64Array.of(1);
  const bias = axis.length > 1 ? task?.preprocessing?.bias : undefined;
  const shape = { width, inputs: axis.length - (bias === undefined ? 0 : 1), outputs: 1, bias };
  const rows = inputWeights(draw, laws, shape);
  const w = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    const row = rows();
    for (let j = 0; j < axis.length; j++) w[i]! += row[j]! * axis[j]!;
  }
  return { u: outputWeights(draw, laws, shape), w };
}

function outputWeights(draw: Draw, laws: LayerLaws, { width, outputs }: LayerShape): Float64Array {
  const next = entriesOf(streamOf(draw, "u"), laws.u({ fanIn: width, fanOut: outputs }));
  return new Float64Array(outputs * width).map(next);
}

/** The rows of W₁, one after the other. All are written to the same array. */
function inputWeights(draw: Draw, laws: LayerLaws, { width, inputs, bias }: LayerShape): () => Float64Array {
  const fans = { fanIn: inputs, fanOut: width };
  const nextWeight = entriesOf(streamOf(draw, "w"), laws.w(fans));
  const nextBias = laws.bias === undefined ? () => 0 : entriesOf(streamOf(draw, "bias"), laws.bias(fans));
  const row = new Float64Array(inputs + (bias === undefined ? 0 : 1));
  return () => {
    for (let j = 0; j < inputs; j++) row[j] = nextWeight();
    if (bias !== undefined) row[inputs] = nextBias() / bias;
    return row;
  };
}

function streamOf({ purpose, seed }: Draw, part: keyof typeof PARTS): Random {
  return randomFrom(seed, purpose, PARTS[part]);
}

function entriesOf(random: Random, { distribution, size }: EntryLaw): () => number {
  return distribution === "uniform" ? () => size * (2 * random.uniform() - 1) : () => size * random.normal();
}
