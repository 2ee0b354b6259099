/**
 * The phase of a scaling at any depth. A network of L hidden layers has the layers l = 1 … L + 1,
 * W_l = n^{−a_l} w_l with w_l ~ N(0, n^{−2b_l}) and learning rates ~ n^{−c_l}, at width n → ∞. W₁ reads an
 * input of fixed size. Activations neither vanish nor blow up at the start iff
 *
 *     a₁ + b₁ = 0,   a_l + b_l = ½ (2 ≤ l ≤ L),   a_{L+1} + b_{L+1} ≥ ½,
 *
 * and then the relative change of the last hidden layer is of order n^{−r},
 *
 *     r = min(a_{L+1} + b_{L+1}, 2a_{L+1} + c_{L+1}) − 1 + min_{l ≤ L}(2a_l + c_l + [l = 1]).
 *
 * Training is stable iff r ≥ 0, 2a_{L+1} + c_{L+1} ≥ 1 and a_{L+1} + b_{L+1} + r ≥ 1, and it changes the
 * output iff one of the last two is an equality. [YangHu2021]
 */
import { readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { readVector } from "../door/arrays.ts";
import { signOf } from "./exponents.ts";

/** A scaling of a network of L hidden layers. The arrays have an entry for each of the layers 1 … L + 1. */
export interface AbcExponents {
  /** The multiplier of layer l is n^{−a_l}. */
  readonly a: readonly number[];
  /** The standard deviation of the initial weights of layer l is n^{−b_l}. */
  readonly b: readonly number[];
  /** The learning rate of layer l is ~ n^{−c_l}; one number for all layers. */
  readonly c: number | readonly number[];
}

/** A condition on a scaling, and whether it holds. */
export interface AbcCondition {
  /**
   * The subject of the condition: activations at the start, stability during training, or whether the output
   * changes.
   */
  readonly about: "start" | "training" | "output";
  /** The condition, such as `"a_2 + b_2 = 1/2"`. */
  readonly condition: string;
  /** The value of its left side; for an alternative, the smaller of the two left sides. */
  readonly value: number;
  /** Whether the condition holds. */
  readonly holds: boolean;
}

/**
 * The phase of a scaling at any depth, and the conditions that decide it. Statements hold in probability as n
 * → ∞.
 */
export interface AbcPhase {
  /**
   * `"feature-learning"`: the relative change of the hidden layers is O(1) (r = 0). `"kernel"`: the output
   * learns and the hidden layers do not change (r > 0). `"trivial"`: the output does not change in O(1)
   * steps. `"unstable"`: activations or outputs blow up, or the activations vanish at the start.
   */
  readonly phase: "kernel" | "feature-learning" | "trivial" | "unstable";
  /**
   * The relative change of the last hidden layer is of order n^{−r}, if the conditions on the start hold. The
   * r of a two-layer scaling is another quantity, the exponent of the rate.
   */
  readonly r: number;
  /** L. */
  readonly hiddenLayers: number;
  /** Every condition, in the order in which they are checked. */
  readonly conditions: readonly AbcCondition[];
  /** The decisive condition, in words. */
  readonly because: string;
}

/** Checked exponents, one number per layer. */
export interface ReadAbc {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly c: readonly number[];
}

export function readAbc(argument: string, value: unknown): ReadAbc {
  const fields = readRecord(argument, value, ["a", "b", "c"]);
  const a = Array.from(readVector(`${argument}.a`, fields.a));
  const layers = a.length;
  if (layers < 2) refuse(`${argument}.a`, fields.a, "pass an exponent for each of the layers 1 … L + 1, at least two");
  const fitting = (name: "b" | "c"): readonly number[] => {
    const numbers = Array.from(readVector(`${argument}.${name}`, fields[name]));
    if (numbers.length !== layers)
      reject(`${argument}.${name} has ${numbers.length} exponents and ${argument}.a has ${layers}; pass one for each layer`);
    return numbers;
  };
  const c = typeof fields.c === "number" ? a.map(() => readNumber(`${argument}.c`, fields.c)) : fitting("c");
  return { a, b: fitting("b"), c };
}

/** The combinations of exponents that decide the phase. */
export interface DecidingAbc {
  /** a_l + b_l: the effective weights of layer l are of order n^{−(a_l + b_l)}. */
  readonly scale: readonly number[];
  /** 2a_l + c_l: a step moves the effective weights of layer l by n^{−(2a_l + c_l)} times a gradient. */
  readonly step: readonly number[];
  readonly r: number;
}

/** These do not change under a_l + θ, b_l − θ, c_l − 2θ, which describes the same training. */
export function decideAbc({ a, b, c }: ReadAbc): DecidingAbc {
  const scale = a.map((exponent, l) => exponent + b[l]!);
  const step = a.map((multiplier, l) => 2 * multiplier + c[l]!);
  const last = a.length - 1;
  const hidden = step.slice(0, last).map((layerStep, l) => (l === 0 ? layerStep + 1 : layerStep));
  return { scale, step, r: Math.min(scale[last]!, step[last]!) - 1 + Math.min(...hidden) };
}

/** The phase of checked exponents. */
export function abcPhaseOf(exponents: ReadAbc): AbcPhase {
  const { scale, step, r } = decideAbc(exponents);
  const layers = scale.length;
  const [output, outputStep] = [scale.at(-1)!, step.at(-1)!];
  const moved = output + r;
  const is = (about: AbcCondition["about"], left: string, value: number, relation: "=" | "≥", right: number): AbcCondition => {
    const sign = signOf(value - right);
    const condition = `${left} ${relation} ${right === 0.5 ? "1/2" : right}`;
    return { about, condition, value, holds: sign === 0 || (relation === "≥" && sign > 0) };
  };
  const [stepName, movedName] = [`2a_${layers} + c_${layers}`, `a_${layers} + b_${layers} + r`];
  const conditions: readonly AbcCondition[] = [
    ...scale.map((value, l) => {
      const left = `a_${l + 1} + b_${l + 1}`;
      return l === layers - 1 ? is("start", left, value, "≥", 0.5) : is("start", left, value, "=", l === 0 ? 0 : 0.5);
    }),
    is("training", "r", r, "≥", 0),
    is("training", stepName, outputStep, "≥", 1),
    is("training", movedName, moved, "≥", 1),
    {
      about: "output",
      condition: `${stepName} = 1 or ${movedName} = 1`,
      value: Math.min(outputStep, moved),
      holds: signOf(outputStep - 1) === 0 || signOf(moved - 1) === 0,
    },
  ];
  const failed = conditions.find(({ holds }) => !holds);
  const phase =
    failed === undefined ? (signOf(r) === 0 ? "feature-learning" : "kernel") : failed.about === "output" ? "trivial" : "unstable";
  return { phase, r, hiddenLayers: layers - 1, conditions, because: reasonOf(failed, r) };
}

function reasonOf(failed: AbcCondition | undefined, r: number): string {
  const show = (value: number): string => String(Number(value.toPrecision(6)));
  if (failed === undefined)
    return signOf(r) === 0
      ? "the hidden layers move by O(1) relative to themselves (r = 0)"
      : `the hidden layers move by n^-${show(r)} relative to themselves (r = ${show(r)} > 0)`;
  const { about, condition, value } = failed;
  const [left, right] = condition.split(/ [=≥] /) as [string, string];
  const wanted = right === "1/2" ? 0.5 : Number.parseFloat(right);
  if (about === "output")
    return `no layer moves the output in O(1) steps (the smaller of ${condition.replaceAll(" = 1", "").replace(" or ", " and ")} is ${show(value)} > 1)`;
  const comparison = `${left} = ${show(value)} ${value < wanted ? "<" : ">"} ${right}`;
  if (about === "start")
    return value < wanted
      ? `activations or outputs blow up at the start (${comparison})`
      : `activations vanish at the start (${comparison})`;
  return left === "r"
    ? `the hidden layers blow up while training (${comparison})`
    : `the output blows up while training (${comparison})`;
}
