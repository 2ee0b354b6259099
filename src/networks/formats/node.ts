/** The content of a file as a tree of dictionaries, tensors, and short descriptions of everything else. */
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
  /**
   * A description, such as "an object of argparse.Namespace". Empty for numbers and text, which need no
   * mention.
   */
  readonly what: string;
  /** The class of a pickled torch.nn.Module. */
  readonly module?: string;
}

export type Node = Branch | Leaf | Other;
