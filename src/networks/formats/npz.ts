/** NumPy's .npz: a zip archive of .npy files. */
import { bytesSource, printable } from "./bytes.ts";
import { type Format, startsWith } from "./format.ts";
import type { Skipped } from "./modelState.ts";
import { nested } from "./nested.ts";
import type { Node } from "./node.ts";
import { NPY_HEAD, npyNode } from "./npy.ts";
import { openZip } from "./zip.ts";

export const npz: Format = {
  name: "npz",
  endings: ["npz"],
  // Every zip archive that is not PyTorch's.
  matches: (head) => startsWith(head, "PK"),
  read({ context, source, checksums }) {
    const archive = openZip(context, source, checksums);
    const skipped: Skipped[] = [];
    const arrays: (readonly [string, Node])[] = [];
    for (const member of archive.members.values()) {
      // Also for arrays that are left out, so that a damaged name is noticed.
      const start = archive.head(member, NPY_HEAD);
      if (!member.name.endsWith(".npy")) {
        archive.verify(member);
        skipped.push({ name: member.name, because: "it is not a .npy array" });
        continue;
      }
      const here = { ...context, file: `${context.file}, array ${printable(member.name)},` };
      const head = bytesSource(start);
      const node = npyNode(here, () => archive.open(member), head, member.size);
      // A damaged header could turn a layer into an array of text, which would be skipped silently.
      if (node.kind !== "tensor" || !node.tensor.floating) archive.verify(member);
      arrays.push([member.name.slice(0, -4), node]);
    }
    return { root: nested(arrays), skipped, orientation: "unknown", withoutChecksums: archive.withoutChecksums };
  },
};
