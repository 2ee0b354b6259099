import { readRecord, refuse } from "../door/arguments.ts";
import { isWeights, readInitial } from "./readInitial.ts";
import type { HalfLineOrderParameters, OrderParameters, Weights } from "./weights.ts";

/** Reads the initial state of a network with a kink at 0. */
export function readHalfLineInitial(argument: string, value: unknown): Weights | HalfLineOrderParameters {
  const record = readRecord(argument, value);
  if ("u" in record || "w" in record) return readInitial(argument, value) as Weights;
  if (!("positive" in record && "negative" in record))
    refuse(
      argument,
      value,
      "pass weights { u, w }, or { positive, negative } with the order parameters of either side's neurons",
    );
  const { positive, negative } = readRecord(argument, value, ["positive", "negative"]);
  return { positive: readHalf(`${argument}.positive`, positive), negative: readHalf(`${argument}.negative`, negative) };
}

function readHalf(argument: string, value: unknown): OrderParameters {
  const half = readInitial(argument, value);
  return isWeights(half) ? refuse(argument, value, "pass order parameters { uu, ww, uw }") : half;
}

/** Whether a start consists of weights, neuron by neuron. */
export function hasNeurons(initial: Weights | HalfLineOrderParameters): initial is Weights {
  return "u" in initial;
}
