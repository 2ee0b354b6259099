import { readNumber, refuse } from "../door/arguments.ts";

/** Reads a momentum, from 0 (default) to below 1. */
export function readMomentum(value: unknown): number {
  const momentum = readNumber("momentum", value ?? 0, { min: 0, max: 1 });
  return momentum === 1 ? refuse("momentum", momentum, "pass a number from 0 to below 1") : momentum;
}
