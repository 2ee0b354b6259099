/** The program that reproduces what is on screen. */
import { textToPairs } from "./data.ts";
import { builtIn, halfMomentsOf, layersOf, momentsOf, momentsStart, optionsOf, type Plan } from "./problem.ts";
import { hasKink, isShallow, isSquared, power, type State, widthOf } from "./state.ts";

/** What the program needs to know of the solution. */
export interface Said {
  readonly plan: Plan | undefined;
  /** The times that the verdict is drawn from, where that is not the flow as a whole. */
  readonly sampled?: { readonly count: number; readonly until: number; readonly from: number } | undefined;
  readonly hasRate: boolean;
}

export function programOf(state: State, { plan, sampled, hasRate }: Said): string {
  const task = taskInWords(state);
  const initial = initialInWords(state);
  const descent =
    plan === undefined
      ? ""
      : `const descent = gradientDescent(problem, ${literal(plan)});
console.log(descent.status, descent.loss.at(-1));
`;
  const times = sampled === undefined ? "" : `logarithmicTimes(flow, ${literal(sampled)})`;
  const subject = sampled === undefined ? "flow" : "training";
  const end = hasKink(state) ? "flow.events.length, flow.at(Infinity).slopes" : `flow.at(${sampled?.until ?? "Infinity"}).output`;
  const body = `
const problem = {
  network: network(${literal(optionsOf(state))}),
  task: ${task},
  initial: ${initial},
};
const flow = solve(problem);
${sampled === undefined ? "" : `const training = sample(flow, [0, ...${times}]);\n`}console.log(regime(${subject}).regime, regime(${subject}).kernelChange);
console.log(mechanisms(${subject}).present, mechanisms(${subject}).dominant);
console.log(${hasRate ? "flow.rate, " : ""}${end});
${descent}`;
  const names = [
    "gaussianOrderParameters",
    "gaussianWeights",
    "gradientDescent",
    "logarithmicTimes",
    "mechanisms",
    "network",
    "regime",
    "sample",
    "solve",
    "taskFromMoments",
    "taskFromSamples",
  ].filter((name) => body.includes(`${name}(`));
  const list = names.length > 6 ? `{\n  ${names.join(",\n  ")},\n}` : `{ ${names.join(", ")} }`;
  return `import ${list} from "feature-learning";\n${body}`;
}

/** A value as it is written in a program. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return typeof value === "string" ? JSON.stringify(value) : String(value);
  return `{ ${Object.entries(value)
    .map(([name, one]) => `${name}: ${literal(one)}`)
    .join(", ")} }`;
}

function initialInWords(state: State): string {
  if (!isShallow(state)) return literal(layersOf(state));
  if (state.start === "angle") return literal(momentsStart(state));
  const drawn = { width: widthOf(state), scale: { u: power(state.scaleU), w: power(state.scaleW) }, seed: state.seed };
  return `${hasKink(state) ? "gaussianWeights" : "gaussianOrderParameters"}(${literal(drawn)})`;
}

function taskInWords(state: State): string {
  if (state.data === "") {
    if (hasKink(state)) return `taskFromMoments(${literal(halfMomentsOf(state))})`;
    if (isSquared(state)) return `taskFromMoments(${literal(momentsOf(state))})`;
    return `taskFromSamples(...${literal(builtIn(state))})`;
  }
  const { x, y } = textToPairs(state.data);
  const standardize = y.every((value) => Math.abs(value) === 1) ? "inputs" : true;
  return `taskFromSamples(${literal(x)}, ${literal(y)}, { standardize: ${literal(standardize)} })`;
}
