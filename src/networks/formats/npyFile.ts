/** A .npy file that is a checkpoint by itself: one array. */

import { bytesSource } from "./bytes.ts";
import { type Format, startsWith } from "./format.ts";
import { NPY_HEAD, npyNode } from "./npy.ts";

export const npyFile: Format = {
  name: "npy",
  endings: ["npy"],
  matches: (head) => startsWith(head, "\x93NUMPY"),
  read({ context, source }) {
    const head = bytesSource(source.read(0, Math.min(source.size, NPY_HEAD)));
    const name = context.file
      .split(/[\\/]/)
      .at(-1)!
      .replace(/\.npy$/, "");
    const node = npyNode(context, () => source, head, source.size);
    return { root: { kind: "branch", children: [[name, node]] }, orientation: "unknown" };
  },
};
