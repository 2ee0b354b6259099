/** Readable names of tensors and pairs. */

import { printable as withCodes } from "../networks/formats/bytes.ts";
import { shortName } from "../networks/runReport.ts";

/**
 * A printable form of a name. Control characters, which could move the cursor or change colours, are shown as
 * codes.
 */
export function printable(text: string): string {
  return withCodes(text, 2000);
}

const LONG = 48;

/** `outer·inner`. If that is long, the common module is written once: `h.0.mlp: c_proj·c_fc`. */
export function pairName({ outer, inner }: { readonly outer: string; readonly inner: string }): string {
  const full = `${outer}·${inner}`;
  if (full.length <= LONG) return printable(full);
  const [a, b] = [shortName(outer), shortName(inner)];
  let at = 0;
  for (let i = 0; i < Math.min(a.length, b.length) && a[i] === b[i]; i++) if (/[./]/.test(a[i]!)) at = i;
  return printable(at === 0 ? `${a}·${b}` : `${a.slice(0, at)}: ${a.slice(at + 1)}·${b.slice(at + 1)}`);
}
