/** Converts the value of a pickle to a tree of dictionaries and tensors. */
import { broken, type FileContext, latin1, printable } from "./bytes.ts";
import type { Node } from "./node.ts";
import { PyDict, PyObject } from "./pickleObjects.ts";
import { NumpyArray, StoredArray } from "./torchObjects.ts";

/** Containers, counted once for every path that leads to them. */
const WALK_LIMIT = 300_000;

/** The value of a pickle as a tree. Text and numbers have no description. */
export function treeOf(context: FileContext, root: unknown): Node {
  let visited = 0;
  const within = new Set<unknown>();
  function walk(value: unknown): Node {
    if (value instanceof StoredArray || value instanceof NumpyArray) return value.node;
    if (value === null || typeof value !== "object" || value instanceof Uint8Array) return { kind: "other", what: "" };
    // A container inside itself, or too deep to be a model.
    if (within.has(value) || within.size > 100) return { kind: "other", what: "" };
    if (!(value instanceof PyDict || value instanceof PyObject || Array.isArray(value))) return { kind: "other", what: "" };
    if (++visited > WALK_LIMIT) broken(context, `holds more than ${WALK_LIMIT} containers; it is damaged`);
    within.add(value);
    try {
      if (Array.isArray(value)) return branch(value.map((item, i) => [String(i), item] as const));
      if (value instanceof PyDict) return branch([...value.entries]);
      if (isModule(value)) return { kind: "other", what: `an object of ${printable(value.of)}`, module: printable(value.of) };
      // A user-defined class of dictionaries or lists. Its content is read, its class is not.
      if (value.items.entries.size > 0) return branch([...value.items.entries]);
      if (value.list.length > 0) return branch(value.list.map((item, i) => [String(i), item] as const));
      return { kind: "other", what: `an object of ${printable(value.of)}` };
    } finally {
      within.delete(value);
    }
  }
  function branch(entries: readonly (readonly [unknown, unknown])[]): Node {
    const children = entries.map(([key, value]) => [nameOf(key), walk(value)] as const);
    return { kind: "branch", children };
  }
  return walk(root);
}

function nameOf(key: unknown): string {
  if (typeof key === "string") return key;
  if (key instanceof Uint8Array) return latin1(key);
  return key === null || typeof key !== "object" ? String(key) : "(key)";
}

/** Whether it is a torch.nn.Module: it keeps its tensors in _parameters and its parts in _modules. */
function isModule({ state }: PyObject): boolean {
  return state instanceof PyDict && state.entries.has("_parameters") && state.entries.has("_modules");
}
