/** HDF5, as h5py and Keras write it. */
import { broken, utf8 } from "./bytes.ts";
import type { Orientation } from "./checkpoint.ts";
import { type Format, startsWith } from "./format.ts";
import { datasetNode, readSpace } from "./hdf5/datasets.ts";
import { linksOf } from "./hdf5/groups.ts";
import { Hdf5, MESSAGE, type Message } from "./hdf5/objects.ts";
import type { Node } from "./node.ts";

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

export const hdf5: Format = {
  name: "hdf5",
  endings: ["h5", "hdf5", "keras"],
  // The signature may come after a user block.
  matches: (head) => startAt(head) !== undefined,
  read({ context, source }) {
    const start = startAt(source.read(0, Math.min(source.size, 4096))) ?? broken(context, "is not an HDF5 file");
    const file = new Hdf5(context, source, start);
    let keras = false;
    const above = new Set<number>();

    function walk(at: number): Node {
      if (above.size > 64) broken(context, "has groups more than 64 deep; it is damaged");
      // A group that contains itself.
      if (above.has(at)) return { kind: "other", what: "" };
      const messages = file.messages(at);
      const links = linksOf(file, messages);
      if (links === undefined) return datasetNode(file, messages);
      const attributes = messages.filter(({ type }) => type === MESSAGE.attribute).map((message) => attributeOf(file, message));
      keras ||= attributes.some((attribute) => attribute?.name === "keras_version" || attribute?.name === "layer_names");
      const order = attributes.find((attribute) => /^(layer|weight)_names$/.test(attribute?.name ?? ""))?.text ?? [];
      above.add(at);
      const children = inOrder(links, order).map(({ name, at: child }) => [name, walk(child)] as const);
      above.delete(at);
      return { kind: "branch", children };
    }

    const root = walk(file.root);
    return { root: withoutRepeats(root), orientation: keras ? "in-out" : kerasNames(root) };
  },
};

function startAt(head: Uint8Array): number | undefined {
  return [0, 512, 1024, 2048].find((at) => startsWith(head.subarray(at), SIGNATURE));
}

/**
 * The order of creation, or of Keras's list. Otherwise by name, with numbers in numerical order, because the
 * file sorts them as text.
 */
function inOrder<T extends { name: string; order: number | undefined }>(links: readonly T[], names: readonly string[]): T[] {
  const natural = new Intl.Collator("en", { numeric: true });
  const place = new Map(names.map((name, i) => [name, i]));
  const rank = ({ name, order }: T): number => order ?? place.get(name) ?? Number.POSITIVE_INFINITY;
  return [...links].sort((a, b) => {
    const [first, second] = [rank(a), rank(b)];
    return first === second ? natural.compare(a.name, b.name) : first < second ? -1 : 1;
  });
}

/** An attribute of text in fixed lengths, or only its name. */
function attributeOf(file: Hdf5, { data, shared }: Message): { name: string; text: string[] } | undefined {
  const version = data.u8();
  const flags = data.u8();
  if (shared || version < 1 || version > 3) return undefined;
  const lengths = [data.u16(), data.u16(), data.u16()] as const;
  if (version === 3) data.skip(1);
  const padded = (n: number): number => (version === 1 ? Math.ceil(n / 8) * 8 : n);
  const name = utf8(data.bytes(lengths[0])).replace(/\0.*$/s, "");
  data.skip(padded(lengths[0]) - lengths[0]);
  const type = file.cursor(data.at, data.at + lengths[1], "an attribute");
  data.skip(padded(lengths[1]));
  const space = file.cursor(data.at, data.at + lengths[2], "an attribute");
  data.skip(padded(lengths[2]));
  const kind = type.u8() & 0x0f;
  type.skip(3);
  const width = type.u32();
  const shape = readSpace(file, space);
  // 3: text of a fixed length. A shared type or space would be an address.
  if (kind !== 3 || flags !== 0 || shape === undefined || shape.length !== 1 || shape[0]! * width > data.left)
    return { name, text: [] };
  return { name, text: Array.from({ length: shape[0]! }, () => utf8(data.bytes(width)).replace(/\0.*$/s, "")) };
}

/**
 * Keras writes a layer's name twice, "dense/sequential/dense/kernel": the groups down to that of the same
 * name go.
 */
function withoutRepeats(node: Node): Node {
  if (node.kind !== "branch") return node;
  const children = node.children.map(([name, child]) => {
    let inner: Node = child;
    while (inner.kind === "branch" && inner.children.length === 1) {
      const [key, next] = inner.children[0]!;
      if (key === name && next.kind === "branch") return [name, withoutRepeats(next)] as const;
      inner = next;
    }
    return [name, withoutRepeats(child)] as const;
  });
  return { kind: "branch", children };
}

/** Keras 3 names no version: its weights are layers/dense/vars/0. */
function kerasNames(root: Node): Orientation {
  const holds = (node: Node, name: string, depth: number): boolean =>
    node.kind === "branch" && depth < 8 && node.children.some(([key, child]) => key === name || holds(child, name, depth + 1));
  return holds(root, "vars", 0) ? "in-out" : "unknown";
}
