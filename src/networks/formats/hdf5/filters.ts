/** Reverses the filters of HDF5's chunks: deflate, shuffle, LZF and Fletcher's checksum. */
import { unzlibSync } from "fflate";
import { attempt } from "../../../door/arguments.ts";
import { broken, type Cursor } from "../bytes.ts";
import { fletcher32 } from "./lookup3.ts";
import type { Hdf5 } from "./objects.ts";

/** A filter by its number in HDF5's list, with its parameters. */
export interface Filter {
  readonly id: number;
  readonly values: readonly number[];
}

export function readFilters(file: Hdf5, data: Cursor): Filter[] {
  const version = data.u8();
  const count = data.u8();
  if (version === 1) data.skip(6);
  else if (version !== 2) broken(file.context, "has filters of an unknown version; it is damaged");
  return Array.from({ length: count }, () => {
    const id = data.u16();
    const nameLength = version === 1 || id >= 256 ? data.u16() : 0;
    data.skip(2);
    const values = data.u16();
    data.skip(version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength);
    const read = Array.from({ length: values }, () => data.u32());
    if (version === 1 && values % 2 === 1) data.skip(4);
    return { id, values: read };
  });
}

/**
 * The content of a chunk of `size` bytes, with numbers of `width` bytes. A bit of the mask means that a
 * filter was left out.
 */
export function unfiltered(
  file: Hdf5,
  stored: Uint8Array,
  filters: readonly Filter[],
  mask: number,
  size: number,
  width: number,
): Uint8Array {
  let content = stored;
  for (let n = filters.length - 1; n >= 0; n--) {
    if (mask & (1 << n)) continue;
    const { id, values } = filters[n]!;
    if (id === 1) {
      const packed = content;
      // One byte more than expected, so that longer content is detected.
      content =
        attempt(() => unzlibSync(packed, { out: new Uint8Array(size + 1) }), undefined) ??
        broken(file.context, "has a chunk that cannot be inflated; it is damaged");
    } else if (id === 2) content = unshuffled(content, values[0] ?? width);
    else if (id === 32000)
      content = lzf(content, size) ?? broken(file.context, "has a chunk that cannot be decompressed; it is damaged");
    else {
      const sum = new DataView(content.buffer, content.byteOffset + content.length - 4).getUint32(0, true);
      content = content.subarray(0, -4);
      if (fletcher32(content) !== sum) broken(file.context, "is damaged: the checksum of a chunk does not match");
    }
  }
  return content;
}

/** Restores the order of bytes that were sorted by their position within a number. */
function unshuffled(bytes: Uint8Array, width: number): Uint8Array {
  const count = Math.floor(bytes.length / width);
  const out = bytes.slice();
  for (let place = 0; place < width; place++) for (let n = 0; n < count; n++) out[n * width + place] = bytes[place * count + n]!;
  return out;
}

/** LZF, h5py's fast compression; undefined if it is damaged. */
function lzf(bytes: Uint8Array, size: number): Uint8Array | undefined {
  const out = new Uint8Array(size);
  let to = 0;
  for (let at = 0; at < bytes.length; ) {
    const code = bytes[at++]!;
    if (code < 32) {
      if (at + code + 1 > bytes.length || to + code + 1 > size) return undefined;
      out.set(bytes.subarray(at, at + code + 1), to);
      at += code + 1;
      to += code + 1;
      continue;
    }
    let length = code >> 5;
    if (length === 7) length += bytes[at++] ?? 0;
    let from = to - ((code & 31) << 8) - (bytes[at++] ?? 0) - 1;
    if (from < 0 || to + length + 2 > size) return undefined;
    for (let n = 0; n < length + 2; n++) out[to++] = out[from++]!;
  }
  return to === size ? out : undefined;
}
