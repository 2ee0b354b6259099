/** What a file contains, as a tree: dictionaries, tensors, and everything else by a few words about it. */
import type { StoredTensor } from "./checkpoint.ts";

export interface Branch {
  readonly kind: "branch";
  readonly children: readonly (readonly [name: string, node: Node])[];
}

export interface Leaf {
  readonly kind: "tensor";
  readonly tensor: StoredTensor;
}

/** Neither a dictionary nor a tensor. */
interface Other {
  readonly kind: "other";
  /** In words: "text", "an object of argparse.Namespace". Empty for what needs no mention: numbers, text. */
  readonly what: string;
  /** The class of a pickled torch.nn.Module. */
  readonly module?: string;
}

export type Node = Branch | Leaf | Other;
