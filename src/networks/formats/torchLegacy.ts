/**
 * The format of `torch.save` before PyTorch 1.6, and today with `_use_new_zipfile_serialization=False`: five
 * pickles one after the other (a magic number, the protocol, the machine, the object, the names of the
 * storages), then the storages.
 */
import { broken, Cursor, type FileContext, printable } from "./bytes.ts";
import type { ByteSource } from "./checkpoint.ts";
import { type Format, startsWith } from "./format.ts";
import { readPickle } from "./pickle.ts";
import { PyDict, PyGlobal } from "./pickleObjects.ts";
import { treeOf } from "./pickleTree.ts";
import { buildersOf, Storage, storageType } from "./torchObjects.ts";

/** The pickle of 0x1950a86a20f9469cfc6c. */
const MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/** A storage by its key, with the number and size of its elements. */
interface Stored {
  readonly storage: Storage;
  readonly count: number;
  readonly bytes: number;
}

export const torchLegacy: Format = {
  name: "pytorch-legacy",
  endings: ["pt", "pth", "bin", "ckpt"],
  // Since protocol 4, a pickle begins with its length.
  matches: (head) => head[0] === 0x80 && (startsWith(head.subarray(2), MAGIC) || startsWith(head.subarray(11), MAGIC)),
  read({ context, source }) {
    return { root: treeOf(context, readLegacy(context, source)), orientation: "out-in" };
  },
};

/** The object that a legacy file holds. */
export function readLegacy(context: FileContext, source: ByteSource): unknown {
  const cursor = new Cursor(context, source);
  const plain = { builders: buildersOf(context) };
  readPickle(context, cursor, plain);
  if (readPickle(context, cursor, plain) !== 1001) broken(context, "is of another version of PyTorch's format; it is damaged");
  const machine = readPickle(context, cursor, plain);
  const little = !(machine instanceof PyDict) || machine.entries.get("little_endian") !== false;

  const storages = new Map<string, Stored>();
  const views: { readonly view: Storage; readonly of: string; readonly offset: number }[] = [];
  function persistent(id: unknown): unknown {
    // The source code of a pickled module comes with its class.
    if (Array.isArray(id) && id[0] === "module") return id[1];
    if (!Array.isArray(id) || id[0] !== "storage") return broken(context, "has a damaged pickle: a storage without a name");
    const [, kind, key, , count, part] = id as readonly unknown[];
    const type = kind instanceof PyGlobal ? storageType(kind.name) : null;
    if (
      type === null ||
      typeof count !== "number" ||
      !Number.isInteger(count) ||
      count < 0 ||
      count > Number.MAX_SAFE_INTEGER / 16
    )
      return null;
    const name = String(key);
    const known = storages.get(name) ?? {
      storage: new Storage(type.dtype, count * type.bytes, undefined, little),
      count,
      bytes: type.bytes,
    };
    storages.set(name, known);
    if (!Array.isArray(part)) return known.storage;
    const [, offset, length] = part as readonly unknown[];
    if (typeof offset !== "number" || typeof length !== "number" || offset < 0 || length < 0 || offset + length > known.count)
      return broken(context, "has a view that leaves its storage; it is damaged");
    const view = new Storage(type.dtype, length * type.bytes, undefined, little);
    views.push({ view, of: name, offset: offset * type.bytes });
    return view;
  }
  const value = readPickle(context, cursor, { ...plain, persistent });

  const keys = readPickle(context, cursor, plain);
  if (!Array.isArray(keys)) return broken(context, "has no list of its storages; it is damaged");
  for (const key of keys) {
    const stored = storages.get(String(key));
    const count = cursor.u64(little);
    if (stored === undefined || count !== stored.count)
      return broken(context, `has a storage ${printable(String(key), 40)} of another length than declared; it is damaged`);
    if (stored.storage.source !== undefined) return broken(context, "has a storage twice; it is damaged");
    stored.storage.source = part(source, cursor.at, stored.storage.bytes);
    cursor.skip(stored.storage.bytes);
  }
  if (cursor.left > 0) broken(context, `has ${cursor.left} bytes after its last storage; it is damaged`);
  for (const { view, of, offset } of views) {
    const baseStorage = storages.get(of)!.storage.source;
    if (baseStorage !== undefined) view.source = part(baseStorage, offset, view.bytes);
  }
  for (const { storage } of storages.values())
    if (storage.source === undefined) broken(context, "lacks one of its storages; it is truncated or damaged");
  return value;
}

function part(source: ByteSource, from: number, size: number): ByteSource {
  return { size, read: (start, end) => source.read(from + start, from + end) };
}
