/**
 * Problems whose two sides are images of one another, f(−x) = −f(x) or f(−x) = f(x) for ever. With ϵ = 1
 * where f is odd, −1 where it is even, all neurons are those of one linear network,
 *
 *     f(x) = γmSx for x > 0      m = (1 + ϵα)/2      S = Σ uw (odd), Σ u|w| (even)      xx₊ + xx₋,  xy₊ + ϵxy₋
 *
 * Under |x| every function is even, whatever the data and the neurons. Under leaky ReLU the data must have
 * the symmetry, and the neurons must come in pairs: (u, w) and (−u, −w) where f is odd, (u, w) and (u, −w)
 * where it is even.
 */
import { nameOfActivation, slopeBelow } from "../../model/activation.ts";
import { hasNeurons } from "../../model/readHalfLineInitial.ts";
import type { HalfLineProblem } from "../../model/readProblem.ts";
import type { Weights } from "../../model/weights.ts";
import { failedOfTraining } from "../oneDirection/failedAssumptions.ts";
import { foldedClass, type Symmetry } from "./foldedClass.ts";
import { neuronWithoutPartner } from "./partners.ts";

/** The symmetry of a problem, or why it has none, in sentences. */
export function symmetryOf(problem: HalfLineProblem): { readonly found: Symmetry } | { readonly failed: readonly string[] } {
  const { network, initial } = problem;
  const failed = failedOfTraining(network);
  if (!hasNeurons(initial))
    failed.push("order parameters do not tell neurons apart, each of which has a kink of its own: pass weights");
  if (failed.length > 0) return { failed };
  const weights = initial as Weights;
  if (slopeBelow(network.activation) === -1) return { found: symmetry(problem, -1) };
  const { positive, negative } = problem.halves;
  const sameSpread = agree(positive.xx, negative.xx);
  const because = `the activation is ${nameOfActivation(network.activation)}, which has a closed form for odd or even data alone`;
  const others = "(relu and abs have one for any data)";
  if (!sameSpread) return { failed: [`${because}: E[x²] is ${positive.xx} for x > 0 and ${negative.xx} for x < 0 ${others}`] };
  const parities = ([1, -1] as const).filter((parity) => agree(positive.xy, parity * negative.xy));
  if (parities.length === 0)
    return { failed: [`${because}: E[xy] is ${positive.xy} for x > 0 and ${negative.xy} for x < 0 ${others}`] };
  const reasons: string[] = [];
  for (const parity of parities) {
    const [kind, partner] = parity === 1 ? ["odd", "(−u, −w)"] : ["even", "(u, −w)"];
    const neuron = neuronWithoutPartner(weights, parity);
    if (neuron !== undefined) {
      const advice = "with it, for every neuron, there is a closed form";
      reasons.push(`the data are ${kind} and neuron ${neuron} has no partner ${partner}: ${advice}`);
      continue;
    }
    const found = symmetry(problem, parity);
    const [torn] = parity === 1 ? [] : foldedClass(problem, found).pulled;
    if (torn === undefined) return { found };
    reasons.push(
      `neuron ${torn} starts at w = 0, where the data of both sides pull at it: give it another w, and its partner −w`,
    );
  }
  return { failed: reasons };
}

/** How far moments may be off, relative to them: a few roundings of sums over samples. */
const OFF = 1e-12;

function agree(a: number, b: number): boolean {
  return Math.abs(a - b) <= OFF * Math.max(Math.abs(a), Math.abs(b));
}

function symmetry({ network, halves: { positive, negative } }: HalfLineProblem, parity: 1 | -1): Symmetry {
  const alpha = slopeBelow(network.activation);
  return {
    parity,
    share: (1 + parity * alpha) / 2,
    data: { xx: positive.xx + negative.xx, xy: positive.xy + parity * negative.xy },
  };
}
