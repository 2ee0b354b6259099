/** The names that PyTorch's wrappers put before, or within, the names of a model's tensors. */

/** Parts that are never names of modules. They are removed wherever they occur. */
const WITHIN = /(^|\.)(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_forward_module)\./g;

/** First parts that wrappers add: DataParallel, Lightning, Hugging Face. */
const BEFORE = ["module", "net", "model"];

/**
 * Tensor names without their wrappers. A prefix is removed from every name that has it, unless two names
 * would become equal, or two different prefixes occur, which are then the names of two networks.
 */
export function withoutWrappers(names: readonly string[]): string[] {
  let all = distinct(names, (name) => name.replace(WITHIN, "$1"));
  for (;;) {
    const firsts = BEFORE.filter((part) => all.some((name) => name.startsWith(`${part}.`)));
    if (firsts.length !== 1) return all;
    const prefix = `${firsts[0]}.`;
    const shorter = distinct(all, (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name));
    if (shorter === all) return all;
    all = shorter;
  }
}

/** The names after a change, or the same array if two would become equal or one empty. */
function distinct(names: readonly string[], change: (name: string) => string): string[] {
  const changed = names.map(change);
  return new Set(changed).size === new Set(names).size && !changed.includes("") ? changed : (names as string[]);
}
