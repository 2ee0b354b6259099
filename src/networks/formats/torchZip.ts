/**
 * The format of `torch.save` since PyTorch 1.6: a zip archive with a pickle, data.pkl, and a file for every
 * storage.
 */
import { broken, Cursor, latin1, printable, utf8 } from "./bytes.ts";
import type { ByteSource } from "./checkpoint.ts";
import { type Format, startsWith } from "./format.ts";
import { readPickle } from "./pickle.ts";
import { PyGlobal } from "./pickleObjects.ts";
import { treeOf } from "./pickleTree.ts";
import { buildersOf, Storage, storageType } from "./torchObjects.ts";
import { type Archive, openZip } from "./zip.ts";

const PICKLE_LIMIT = 2 ** 28;

export const torchZip: Format = {
  name: "pytorch",
  endings: ["pt", "pth", "bin", "ckpt", "pkl", "pickle"],
  matches(head, ending, source) {
    if (!startsWith(head, "PK")) return false;
    // The pickle is the first member, or one of the first, unless the archive was repacked in another order.
    const start = latin1(head);
    if (/\/?(data\.pkl|byteorder|version)PK|data\.pkl/.test(start)) return true;
    return ending !== "npz" && !start.includes(".npy") && pickleOf(openZip({ file: "" }, source)) !== undefined;
  },
  read({ context, source, checksums }) {
    const archive = openZip(context, source, checksums);
    const path = pickleOf(archive) ?? broken(context, "is a zip archive without data.pkl, not one of PyTorch's");
    const folder = path.slice(0, -"data.pkl".length);
    if (archive.members.has(`${folder}constants.pkl`))
      broken(
        context,
        "is a TorchScript archive; convert it by torch.save(torch.jit.load(file).state_dict(), " + '"step-100.pt")',
      );
    const little = byteOrderOf(archive, folder);
    const storages = new Map<string, Storage>();

    function persistent(id: unknown): unknown {
      if (!Array.isArray(id) || id[0] !== "storage") return broken(context, "has a damaged pickle: a storage without a name");
      const [, kind, key, , count] = id as readonly unknown[];
      const known = storages.get(String(key));
      if (known !== undefined) return known;
      const type = kind instanceof PyGlobal ? storageType(kind.name) : null;
      if (type === null || typeof key !== "string") return null;
      const member = archive.members.get(`${folder}data/${key}`);
      if (member === undefined) return broken(context, `lacks its storage ${printable(key, 40)}; it is truncated or damaged`);
      if (typeof count !== "number" || count * type.bytes !== member.size)
        broken(
          context,
          `has a storage ${printable(key, 40)} of ${member.size} bytes that should have ${Number(count) * type.bytes}; it is damaged`,
        );
      const storage = new Storage(
        type.dtype,
        member.size,
        lazy(() => archive.open(member), member.size),
        little,
      );
      storages.set(key, storage);
      return storage;
    }

    const member = archive.members.get(path)!;
    if (member.size > PICKLE_LIMIT) broken(context, `has a pickle of ${member.size} bytes; at most ${PICKLE_LIMIT} are read`);
    const pickle = archive.open(member);
    // The pickle is read completely, so that its checksum is verified before it is interpreted.
    const content = pickle.read(0, pickle.size);
    const cursor = new Cursor(
      context,
      { size: content.length, read: (from, to) => content.slice(from, to) },
      0,
      content.length,
      "its pickle",
    );
    const value = readPickle(context, cursor, { builders: buildersOf(context), persistent });
    return { root: treeOf(context, value), orientation: "out-in", withoutChecksums: archive.withoutChecksums };
  },
};

function pickleOf({ members }: Archive): string | undefined {
  return [...members.keys()].find((name) => /^([^/]*\/)?data\.pkl$/.test(name));
}

function byteOrderOf(archive: Archive, folder: string): boolean {
  const member = archive.members.get(`${folder}byteorder`);
  if (member === undefined || member.size > 16) return true;
  const source = archive.open(member);
  return utf8(source.read(0, source.size)) !== "big";
}

/** A source that is opened on first read. */
function lazy(open: () => ByteSource, size: number): ByteSource {
  let opened: ByteSource | undefined;
  return {
    size,
    read(from, to) {
      opened ??= open();
      return opened.read(from, to);
    },
  };
}
