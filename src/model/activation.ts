import { readNumber, readRecord, refuse } from "../door/arguments.ts";

/** σ in f(x) = γ Σᵢ uᵢσ(wᵢx): σ(z) = z for z > 0, and αz for z < 0. */
export type Activation = "linear" | "relu" | "abs" | { readonly leaky: number };

/** Reads an activation. A leaky one of slope 0, 1 or −1 becomes "relu", "linear" or "abs". */
export function readActivation(argument: string, value: unknown): Activation {
  if (value === "linear" || value === "relu" || value === "abs") return value;
  if (typeof value !== "object" || value === null) refuse(argument, value, 'pass "linear", "relu", "abs" or { leaky: α }');
  const leaky = readNumber(`${argument}.leaky`, readRecord(argument, value, ["leaky"]).leaky);
  return leaky === 0 ? "relu" : leaky === 1 ? "linear" : leaky === -1 ? "abs" : { leaky };
}

/** α, the slope of σ below 0. */
export function slopeBelow(activation: Activation = "linear"): number {
  return typeof activation === "object" ? activation.leaky : { linear: 1, relu: 0, abs: -1 }[activation];
}

/** The activation in a sentence. */
export function nameOfActivation(activation: Activation = "linear"): string {
  return typeof activation === "object" ? `leaky ReLU of slope ${activation.leaky}` : activation;
}
