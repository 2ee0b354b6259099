/** The interface of a format: its name, how a file is recognised, and how its content is read. */
import type { FileContext } from "./bytes.ts";
import type { ByteSource, Orientation } from "./checkpoint.ts";
import type { Skipped } from "./modelState.ts";
import type { Node } from "./node.ts";

/** The input of a format. */
interface FormatInput {
  readonly context: FileContext;
  readonly source: ByteSource;
  /** Whether checksums of the container are compared. */
  readonly checksums: boolean;
}

/** The content of a file. */
export interface FormatOutput {
  readonly root: Node;
  readonly skipped?: readonly Skipped[];
  readonly orientation: Orientation;
  /** Whether the container could have checksums and has none. */
  readonly withoutChecksums?: boolean;
  readonly warnings?: readonly string[];
}

export interface Format {
  /** The name of the format, as in "safetensors". */
  readonly name: string;
  /** The endings of files, without the dot. */
  readonly endings: readonly string[];
  /**
   * Whether the first bytes of a file, at most 4096, are those of this format; `ending` is used only if they
   * are ambiguous.
   */
  matches(head: Uint8Array, ending: string, source: ByteSource): boolean;
  read(input: FormatInput): FormatOutput;
}

/** Whether a file begins with these bytes, or with this text. */
export function startsWith(head: Uint8Array, start: string | readonly number[]): boolean {
  const bytes = typeof start === "string" ? Array.from(start, (c) => c.charCodeAt(0)) : start;
  return head.length >= bytes.length && bytes.every((byte, i) => head[i] === byte);
}
