/** Reads the shape of layers, W₁ (d×k) and W₂ (m×d), from a task or from numbers. */
import { readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { type MatrixTask, readMatrixTask } from "../model/matrixTask.ts";
import { readTask, type Task } from "../model/task.ts";
import { MAX_WIDTH } from "./gaussianWeights.ts";

/** The numbers of inputs and outputs, from a task or passed directly. */
export type InputsAndOutputs =
  | {
      /** The task that the layers are for. */
      readonly task: Task | MatrixTask;
    }
  | {
      /** k, the number of inputs. */
      readonly inputs: number;
      /** m, the number of outputs. */
      readonly outputs: number;
    };

export interface LayerShape {
  /** d. */
  readonly width: number;
  /** k, without the constant input. */
  readonly inputs: number;
  /** m. */
  readonly outputs: number;
  /** The value of the constant input in the last column of W₁; undefined if there is none. */
  readonly bias: number | undefined;
}

type ShapeFields = Readonly<Partial<Record<"task" | "inputs" | "outputs" | "width", unknown>>>;

export function readLayerShape(fields: ShapeFields): LayerShape {
  const width = readNumber("width", fields.width, { min: 1, max: MAX_WIDTH, integer: true });
  const most = Math.floor(MAX_WIDTH / width);
  if (fields.task === undefined) {
    if (fields.inputs === undefined && fields.outputs === undefined)
      reject("there is no task and there are no inputs and outputs; pass either");
    const inputs = readNumber("inputs", fields.inputs, { min: 1, max: most, integer: true });
    const outputs = readNumber("outputs", fields.outputs, { min: 1, max: most, integer: true });
    return { width, inputs, outputs, bias: undefined };
  }
  for (const size of ["inputs", "outputs"] as const)
    if (fields[size] !== undefined) reject(`task and ${size} are both given; pass one`);
  const shape = { width, ...shapeOf(fields.task) };
  if (Math.max(shape.inputs + 1, shape.outputs) > most)
    refuse("width", width, `pass a width for which a layer has at most ${MAX_WIDTH} weights`);
  return shape;
}

/** k, m and the constant input of a task. */
function shapeOf(task: unknown): Omit<LayerShape, "width"> {
  if (!("yx" in readRecord("task", task))) {
    const { inputs, preprocessing } = readTask("task", task);
    const bias = inputs === undefined ? undefined : preprocessing?.bias;
    return { inputs: (inputs?.columns ?? 1) - (bias === undefined ? 0 : 1), outputs: 1, bias };
  }
  const { xx, yx, whitening, preprocessing } = readMatrixTask("task", task);
  // Whitening mixes the constant input with the others, so it has no separate column.
  const bias = whitening === undefined ? preprocessing?.bias : undefined;
  return { inputs: xx.rows - (bias === undefined ? 0 : 1), outputs: yx.rows, bias };
}
