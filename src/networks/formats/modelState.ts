/**
 * Finds the tensors of the model in a file, which often contains the model, an average of it, the optimizer
 * and a few numbers.
 */
import { broken, type FileContext, printable } from "./bytes.ts";
import type { Branch, Leaf, Node } from "./node.ts";

export interface Skipped {
  readonly name: string;
  readonly because: string;
}

export interface ModelState {
  readonly tensors: readonly (readonly [name: string, leaf: Leaf])[];
  readonly skipped: readonly Skipped[];
}

type Entry = readonly [key: string, node: Node];

/** Keys that hold the model and nothing else, in order of preference. */
const STATES = [
  "state_dict",
  "model_state_dict",
  "model_state",
  "model_weights",
  "params",
  "net_state_dict",
  "network_state_dict",
];

/** Keys that hold the model if there are no other tensors next to them. */
const MODELS = ["model", "module", "net", "network", "weights", "model_dict"];

const OPTIMIZER = "the optimizer's state";
const AVERAGE = "an average of the weights";

const NOT_THE_MODEL: readonly (readonly [RegExp, string])[] = [
  [/(^|[._-])(optim|optimizers?|opt)([._-]|$)|^opt_?state|^optimizer|optimizer$/i, OPTIMIZER],
  [/(^|[._-])(ema|swa|shadow|averaged?|polyak|teacher)([._-]|$)/i, AVERAGE],
  [
    /(^|[._-])(lr_?)?(sched(uler)?s?|scaler|amp|rng|random)([._-]|$)|^rng|callbacks?$|^loops$|hyper_?param|hparams|^args$|^config/i,
    "not a part of the model",
  ],
];

/** What a key of this name holds, if it is not the model; otherwise undefined. */
export function otherStateOf(key: string): string | undefined {
  return NOT_THE_MODEL.find(([pattern]) => pattern.test(key))?.[1];
}

/** Whether a dictionary is the state of a PyTorch optimizer. */
function isOptimizer(node: Node): boolean {
  const has = (name: string): boolean => node.kind === "branch" && node.children.some(([key]) => key === name);
  return has("state") && has("param_groups");
}

const DEPTH_LIMIT = 64;
const TENSORS_LIMIT = 1_000_000;

/** The model's tensors in the tree of a file, by their dotted names. */
export function modelState(context: FileContext, root: Node): ModelState {
  const skipped: Skipped[] = [];
  const state = chosen(context, root, skipped, 0);
  if (state.kind === "other") {
    if (state.module !== undefined) refuseModule(context, state.module);
    broken(context, state.what === "" ? "holds no tensors of a model" : `holds ${state.what} and no tensors of a model`);
  }
  const tensors: (readonly [string, Leaf])[] = [];
  flatten(context, state, "", 0, tensors, skipped);
  if (tensors.length === 0) {
    const [first] = skipped;
    broken(
      context,
      `holds no tensors of a model${first === undefined ? "" : `: ${printable(first.name)} is skipped, since ${first.because}`}`,
    );
  }
  return { tensors, skipped };
}

function refuseModule({ file }: FileContext, name: string): never {
  const advice = 'save model.state_dict() instead of the model, as in torch.save(model.state_dict(), "step-100.pt")';
  return broken(
    { file: `${advice}: ${file}` },
    `is a pickled module of class ${name}, which only its own Python code could open`,
  );
}

function hasTensors(node: Node, depth: number = 0): boolean {
  if (node.kind === "tensor") return true;
  return node.kind === "branch" && depth < DEPTH_LIMIT && node.children.some(([, child]) => hasTensors(child, depth + 1));
}

/** Whether a node is a matrix or kernel, in contrast to a loss or a counter. */
function isWeight(node: Node): boolean {
  return node.kind === "tensor" && node.tensor.floating && node.tensor.shape.length >= 2;
}

/** The part of the tree that is the model. */
function chosen(context: FileContext, node: Node, skipped: Skipped[], depth: number): Node {
  if (node.kind !== "branch" || depth > DEPTH_LIMIT) return node;
  if (isOptimizer(node)) broken(context, "holds an optimizer's state and no model");
  // Inside the model, a layer may have any name.
  const other = ([key, child]: Entry): string | undefined =>
    depth > 0 ? undefined : isOptimizer(child) ? OPTIMIZER : otherStateOf(key);
  const holding = node.children.filter(([, child]) => hasTensors(child));
  const models = holding.filter((entry) => other(entry) === undefined);
  const states = models.filter(([, child]) => child.kind === "branch");
  const weights = models.some(([, child]) => isWeight(child));
  const first = (keys: readonly string[]): Entry | undefined =>
    keys.map((key) => states.find(([name]) => name.toLowerCase() === key)).find((entry) => entry !== undefined);

  const named = first(STATES);
  if (named !== undefined && !weights) return descend(context, node, named, skipped, depth);
  const pickled = node.children.find((entry) => entry[1].kind === "other" && entry[1].module !== undefined && !other(entry));
  if (pickled !== undefined && states.length === 0 && !weights) return pickled[1];
  const beside = depth === 0 && node.children.length > models.length;
  if (states.length === 1 && !weights && (first(MODELS) !== undefined || beside))
    return descend(context, node, states[0]!, skipped, depth);
  if (models.length > 0) {
    // The tensors themselves, or several networks side by side.
    const isAside = (entry: Entry): boolean => entry[1].kind === "branch" && hasTensors(entry[1]) && other(entry) !== undefined;
    for (const entry of node.children) if (isAside(entry)) skipped.push({ name: entry[0], because: `it is ${other(entry)}` });
    return { kind: "branch", children: node.children.filter((entry) => !isAside(entry)) };
  }
  const average = holding.find((entry) => entry[1].kind === "branch" && other(entry) === AVERAGE);
  if (average !== undefined) return descend(context, node, average, skipped, depth);
  const [only] = holding;
  if (only !== undefined) broken(context, `holds ${other(only)} (${printable(only[0])}) and no model`);
  return node;
}

function descend(context: FileContext, from: Branch, [key, child]: Entry, skipped: Skipped[], depth: number): Node {
  for (const [name, sibling] of from.children)
    if (name !== key && hasTensors(sibling))
      skipped.push({
        name,
        because: `it is ${(isOptimizer(sibling) ? OPTIMIZER : otherStateOf(name)) ?? "not part of the model"}`,
      });
  return chosen(context, child, skipped, depth + 1);
}

function flatten(
  context: FileContext,
  node: Node,
  name: string,
  depth: number,
  tensors: (readonly [string, Leaf])[],
  skipped: Skipped[],
): void {
  if (node.kind === "tensor") {
    if (tensors.length >= TENSORS_LIMIT) broken(context, `has more than ${TENSORS_LIMIT} tensors; it is damaged`);
    tensors.push([name === "" ? "tensor" : name, node]);
  } else if (node.kind === "branch") {
    if (depth > DEPTH_LIMIT) broken(context, `has dictionaries more than ${DEPTH_LIMIT} deep; it is damaged`);
    for (const [key, child] of node.children)
      flatten(context, child, name === "" ? key : `${name}.${key}`, depth + 1, tensors, skipped);
  } else if (node.module !== undefined) {
    refuseModule(context, node.module);
  } else if (node.what !== "") {
    skipped.push({ name, because: `it is ${node.what}` });
  }
}
