/** A plain pickle from `pickle.dump`: dictionaries of arrays of NumPy, JAX or PyTorch. */
import { bytesSource, Cursor } from "./bytes.ts";
import type { Format } from "./format.ts";
import { readPickle } from "./pickle.ts";
import { treeOf } from "./pickleTree.ts";
import { readLegacy } from "./torchLegacy.ts";
import { buildersOf } from "./torchObjects.ts";

export const pickleFile: Format = {
  name: "pickle",
  endings: ["pkl", "pickle"],
  matches: (head, ending) =>
    (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5) ||
    (/^(pkl|pickle|pt|pth|bin|ckpt)$/.test(ending) && /^[(c\]}]/.test(String.fromCharCode(head[0] ?? 0))),
  read({ context, source }) {
    const cursor = new Cursor(context, source, 0, source.size, "its pickle");
    const storageIn = (bytes: Uint8Array): unknown => readLegacy(context, bytesSource(bytes));
    const value = readPickle(context, cursor, { builders: buildersOf(context, storageIn) });
    return { root: treeOf(context, value), orientation: "unknown" };
  },
};
