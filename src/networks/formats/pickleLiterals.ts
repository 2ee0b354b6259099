/** The literal values of a pickle: None, booleans, numbers, text and bytes. */
import { broken, type Cursor, type FileContext, latin1, utf8 } from "./bytes.ts";

const TEXT_LIMIT = 2 ** 28;

/** The value that an instruction writes out, read at the cursor; undefined for any other instruction. */
export function readLiteral(context: FileContext, cursor: Cursor, opcode: number): unknown {
  switch (opcode) {
    case 0x4e: // NONE
      return null;
    case 0x88: // NEWTRUE
      return true;
    case 0x89: // NEWFALSE
      return false;
    case 0x4a: // BININT
      return cursor.i32();
    case 0x4b: // BININT1
      return cursor.u8();
    case 0x4d: // BININT2
      return cursor.u16();
    case 0x49: {
      // INT, also 00 and 01 for booleans
      const line = cursor.line();
      return line === "00" ? false : line === "01" ? true : integerOf(context, line);
    }
    case 0x4c: // LONG
      return integerOf(context, cursor.line().replace(/L$/, ""));
    case 0x8a: // LONG1
      return longOf(cursor.bytes(cursor.u8()));
    case 0x8b: {
      // LONG4
      const length = cursor.u32();
      if (length > 1024) broken(context, `has an integer of ${length} bytes in its pickle; it is damaged`);
      return longOf(cursor.bytes(length));
    }
    case 0x47: // BINFLOAT
      return cursor.f64(false);
    case 0x46: {
      // FLOAT
      const line = cursor.line();
      return line === "inf" ? Infinity : line === "-inf" ? -Infinity : Number(line);
    }

    case 0x8c: // SHORT_BINUNICODE
      return text(context, cursor, cursor.u8());
    case 0x58: // BINUNICODE
      return text(context, cursor, cursor.u32());
    case 0x8d: // BINUNICODE8
      return text(context, cursor, cursor.u64());
    case 0x56: // UNICODE, with backslash escapes
      return cursor.line(TEXT_LIMIT).replace(/\\u([0-9a-fA-F]{4})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
    case 0x53: // STRING, quoted
      return cursor.line(TEXT_LIMIT).replace(/^(['"])(.*)\1$/s, "$2");
    case 0x55: // SHORT_BINSTRING: Python 2's text
      return latin1(cursor.bytes(cursor.u8()));
    case 0x54: {
      // BINSTRING
      const length = cursor.i32();
      if (length < 0 || length > TEXT_LIMIT) broken(context, `has text of ${length} bytes in its pickle; it is damaged`);
      return latin1(cursor.bytes(length));
    }
    case 0x43: // SHORT_BINBYTES
      return cursor.bytes(cursor.u8());
    case 0x42: // BINBYTES
      return cursor.bytes(cursor.u32());
    case 0x8e: // BINBYTES8
    case 0x96: // BYTEARRAY8
      return cursor.bytes(cursor.u64());

    default:
      return undefined;
  }
}

function text(context: FileContext, cursor: Cursor, length: number): string {
  if (length > TEXT_LIMIT) broken(context, `has text of ${length} bytes in its pickle; it is damaged`);
  return utf8(cursor.bytes(length));
}

/** A little-endian integer in two's complement; a number where that is exact. */
function longOf(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  if (bytes.length > 0 && bytes.at(-1)! >= 0x80) value -= 1n << BigInt(8 * bytes.length);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function integerOf(context: FileContext, line: string): number | bigint {
  if (!/^\s*[+-]?\d{1,400}\s*$/.test(line)) broken(context, "has a damaged pickle: text where an integer should be");
  const number = Number(line);
  return Number.isSafeInteger(number) ? number : BigInt(line.trim());
}
