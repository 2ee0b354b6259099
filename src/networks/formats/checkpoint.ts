/**
 * The result of every format: a checkpoint, with a list of tensors that are decoded only when read.
 *
 * A format reads ranges of a file, never the whole file, and never executes anything from a file.
 */

/** Random access to the bytes of a file, in memory or elsewhere. */
export interface ByteSource {
  /** The number of bytes. */
  readonly size: number;
  /** The bytes from `from` up to, but not including, `to`, as a copy that the caller may keep and change. */
  read(from: number, to: number): Uint8Array;
  close?(): void;
}

/** A file that may be a checkpoint. */
export interface CheckpointSource {
  /** The file's name or path. Its ending is a hint for the format, and messages contain it. */
  readonly file: string;
  readonly bytes: ByteSource;
  /**
   * Another file of the same folder, by its name: shards of an index, config.json; undefined if there is
   * none.
   */
  beside?(name: string): ByteSource | undefined;
}

export interface CheckpointOptions {
  /** The name of the function in messages. */
  /**
   * False: read archives whose CRC-32 sums do not match their data. PyTorch writes such archives after
   * `torch.serialization.set_crc32_options(False)`.
   */
  readonly checksums?: boolean;
}

/**
 * How a format stores the weights of a dense layer; PyTorch [outputs, inputs], Flax and Keras [inputs,
 * outputs].
 */
export type Orientation = "out-in" | "in-out" | "unknown";

/** One tensor of a checkpoint, not yet decoded. */
export interface TensorEntry {
  /** The name of the tensor. */
  readonly name: string;
  /** The length of every axis. */
  readonly shape: readonly number[];
  /** The stored type, as in "f64", "f32", "f16", "bf16", "f8e4m3fn", "i64", "bool". */
  readonly dtype: string;
  /** Whether the numbers are floating-point. Integers are counters and indices, never layers. */
  readonly floating: boolean;
  /**
   * Decodes the tensor, row by row: f64 as a Float64Array, all narrower floating types as a Float32Array,
   * without loss. NaN and infinite values are kept. Throws for tensors that are not floating-point.
   */
  read(): Float32Array | Float64Array;
}

/** A tensor without its name. */
export type StoredTensor = Omit<TensorEntry, "name">;

/** The tensors of the model in a file. */
export interface Checkpoint {
  /** The name of the file. */
  readonly file: string;
  /**
   * The tensors in the file's order. Names are without the prefixes of PyTorch's wrappers (module.,
   * _orig_mod., …).
   */
  readonly tensors: readonly TensorEntry[];
  /** Contents of the file that are not read, with the reason. */
  readonly skipped: readonly { readonly name: string; readonly because: string }[];
  /** The format's name in the registry, as in "safetensors". */
  readonly format: string;
  /** The layout of dense layers. */
  readonly orientation: Orientation;
  /** The content of config.json next to the file, if there is one. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Notes for the user, one sentence each. */
  readonly warnings: readonly string[];
  /** Closes the file; tensors cannot be read afterwards. */
  close(): void;
}
