/**
 * A view of a tensor, or of a part such as an attention head, as a layer: the positions of its outputs,
 * inputs and taps.
 */
import type { Axis } from "../product/factor.ts";

/**
 * How a tensor stores a layer: [outputs, inputs, …taps] as PyTorch; […taps, inputs, outputs] as Flax, Keras
 * and GPT-2's Conv1D; [inputs, outputs, …taps] as PyTorch's transposed convolutions.
 */
export type Layout = "out-in" | "in-out" | "in-out-taps";

export interface View {
  /** The tensor's name. */
  readonly tensor: string;
  /** The name with the part, as in `v_proj.weight[head 3]`. */
  readonly label: string;
  readonly outputs: Axis;
  readonly inputs: Axis;
  readonly taps: Axis;
  readonly offset: number;
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, n) => all * n, 1);

/** The whole tensor; of at least two axes. */
export function viewOf(tensor: string, shape: readonly number[], layout: Layout): View {
  const whole = { tensor, label: tensor, offset: 0 };
  if (layout === "in-out") {
    const [outputs, inputs] = [shape.at(-1)!, shape.at(-2)!];
    return {
      ...whole,
      outputs: { count: outputs, stride: 1 },
      inputs: { count: inputs, stride: outputs },
      taps: { count: product(shape.slice(0, -2)), stride: inputs * outputs },
    };
  }
  const taps = product(shape.slice(2));
  const [first, second] = [
    { count: shape[0]!, stride: shape[1]! * taps },
    { count: shape[1]!, stride: taps },
  ];
  const [outputs, inputs] = layout === "out-in" ? [first, second] : [second, first];
  return { ...whole, outputs, inputs, taps: { count: taps, stride: 1 } };
}

/** The outputs from `from` on, `count` of them. */
export function someOutputs(view: View, from: number, count: number, part: string): View {
  const outputs = { count, stride: view.outputs.stride };
  return { ...view, outputs, offset: view.offset + from * view.outputs.stride, label: `${view.tensor}[${part}]` };
}

/** The inputs from `from` on, `count` of them. */
export function someInputs(view: View, from: number, count: number, part: string): View {
  const inputs = { count, stride: view.inputs.stride };
  return { ...view, inputs, offset: view.offset + from * view.inputs.stride, label: `${view.tensor}[${part}]` };
}

/**
 * A dense layer that reads a flattened image: `channels` inputs with the rest as taps; channels come first,
 * or last.
 */
export function unflattened(view: View, channels: number, channelsLast: boolean): View {
  const positions = view.inputs.count / channels;
  const { stride } = view.inputs;
  const [channel, position] = channelsLast ? [stride, stride * channels] : [stride * positions, stride];
  return { ...view, inputs: { count: channels, stride: channel }, taps: { count: positions, stride: position } };
}

/** Whether the inner layer's outputs are the outer one's inputs, by their number. */
export function fits(outer: View, inner: View): boolean {
  return outer.inputs.count === inner.outputs.count;
}

/** The reason why two layers cannot be a pair, as a statement about the outer one. */
export function misfit(outer: View, inner: View): string {
  return `has ${outer.inputs.count} inputs, and ${inner.label} before it has ${inner.outputs.count} outputs`;
}
