/**
 * Python's pickles, protocols 0 to 5, read without executing anything.
 *
 * A pickle is a program for a small stack machine. Instructions that build numbers, text, lists and
 * dictionaries are followed. A call is made only if it is one of a few that build tensors or plain
 * containers, which are implemented in TypeScript. Every other object becomes a placeholder with the name of
 * its class.
 */
import { broken, type Cursor, type FileContext, printable } from "./bytes.ts";
import { readLiteral } from "./pickleLiterals.ts";
import { isForbidden } from "./pickleNames.ts";
import { type Buildable, PyDict, PyGlobal, PyObject } from "./pickleObjects.ts";

/** The implemented calls, by full name: functions from the arguments to the result. */
export type Builders = ReadonlyMap<string, (args: readonly unknown[]) => unknown>;

interface PickleOptions {
  readonly builders: Builders;
  /** Returns the value for an object outside of the pickle, such as a storage. */
  readonly persistent?: (id: unknown) => unknown;
}

const VALUES_LIMIT = 10_000_000;
const MARK = Symbol("mark");

/** Reads the object of the pickle at the cursor, and moves the cursor behind it. */
export function readPickle(context: FileContext, cursor: Cursor, { builders, persistent }: PickleOptions): unknown {
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let values = 0;

  const push = (value: unknown): void => {
    if (++values > VALUES_LIMIT)
      broken(context, `has a pickle of more than ${VALUES_LIMIT} values; it is damaged, or no checkpoint`);
    stack.push(value);
  };
  const pop = (): unknown => {
    const value = stack.length > 0 ? stack.pop() : MARK;
    return value === MARK ? broken(context, "has a damaged pickle: an instruction lacks its values") : value;
  };
  const top = (): unknown => {
    const value = stack.at(-1);
    return stack.length === 0 || value === MARK
      ? broken(context, "has a damaged pickle: an instruction lacks its values")
      : value;
  };
  const popMark = (): unknown[] => {
    const at = stack.lastIndexOf(MARK);
    if (at < 0) broken(context, "has a damaged pickle: an instruction lacks its mark");
    const items = stack.splice(at);
    items.shift();
    return items;
  };
  const remember = (index: number): void => {
    if (memo.size >= VALUES_LIMIT) broken(context, "has a pickle that remembers too many values; it is damaged");
    memo.set(index, top());
  };
  const recall = (index: number): void => {
    if (!memo.has(index)) broken(context, `has a damaged pickle: it recalls value ${index}, which it never stored`);
    push(memo.get(index));
  };
  const setItems = (target: unknown, items: readonly unknown[]): void => {
    const dict = target instanceof PyDict ? target : target instanceof PyObject ? target.items : undefined;
    if (dict === undefined || items.length % 2 === 1)
      broken(context, "has a damaged pickle: it sets items of a value that is not a dictionary");
    for (let i = 0; i < items.length; i += 2) dict.entries.set(keyOf(items[i]), items[i + 1]);
  };
  const append = (target: unknown, items: readonly unknown[]): void => {
    const list = Array.isArray(target) ? target : target instanceof PyObject ? target.list : undefined;
    if (list === undefined) broken(context, "has a damaged pickle: it appends to a value that is not a list");
    for (const item of items) list.push(item);
  };
  const global = (module: unknown, name: unknown): void => {
    if (typeof module !== "string" || typeof name !== "string") broken(context, "has a damaged pickle: a class without a name");
    const full = `${module}.${name}`;
    if (isForbidden(module, name))
      broken(context, `would run ${printable(full)} when Python loads it; nothing was executed, and the file is not read`);
    push(new PyGlobal(full));
  };
  const call = (callable: unknown, args: unknown): unknown => {
    const name = callable instanceof PyGlobal ? callable.name : callable instanceof PyObject ? callable.of : undefined;
    if (name === undefined || !Array.isArray(args)) broken(context, "has a damaged pickle: it calls what cannot be called");
    const builder = callable instanceof PyGlobal ? builders.get(name) : undefined;
    return builder === undefined ? new PyObject(name, args) : builder(args);
  };
  const build = (target: unknown, state: unknown): void => {
    if (target instanceof PyObject) target.state = state;
    else if (typeof (target as Buildable | null)?.build === "function") (target as Buildable).build(state);
    // Attributes that Python sets on a dictionary or tensor, such as _metadata of a state dict, are not used.
  };

  for (;;) {
    const opcode = cursor.u8();
    switch (opcode) {
      case 0x80: {
        // PROTO
        const version = cursor.u8();
        if (version > 5) broken(context, `has a pickle of protocol ${version}; protocols up to 5 are read`);
        break;
      }
      case 0x95: // FRAME
        if (cursor.u64() > cursor.left) broken(context, "ends within a pickle; it is truncated");
        break;
      case 0x2e: // STOP
        return pop();
      case 0x28: // MARK
        push(MARK);
        break;
      case 0x30: // POP
        if (stack.length === 0) broken(context, "has a damaged pickle: an instruction lacks its values");
        stack.pop();
        break;
      case 0x31: // POP_MARK
        popMark();
        break;
      case 0x32: // DUP
        push(top());
        break;

      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        push([]);
        break;
      case 0x6c: // LIST
      case 0x74: // TUPLE
        push(popMark());
        break;
      case 0x85: // TUPLE1
        push([pop()]);
        break;
      case 0x86: {
        // TUPLE2
        const [b, a] = [pop(), pop()];
        push([a, b]);
        break;
      }
      case 0x87: {
        // TUPLE3
        const [c, b, a] = [pop(), pop(), pop()];
        push([a, b, c]);
        break;
      }
      case 0x7d: // EMPTY_DICT
        push(new PyDict());
        break;
      case 0x64: {
        // DICT
        const dict = new PyDict();
        setItems(dict, popMark());
        push(dict);
        break;
      }
      case 0x8f: // EMPTY_SET
        push([]);
        break;
      case 0x91: // FROZENSET
        push(popMark());
        break;
      case 0x61: {
        // APPEND
        const item = pop();
        append(top(), [item]);
        break;
      }
      case 0x65: // APPENDS
      case 0x90: {
        // ADDITEMS
        const items = popMark();
        append(top(), items);
        break;
      }
      case 0x73: {
        // SETITEM
        const [value, key] = [pop(), pop()];
        setItems(top(), [key, value]);
        break;
      }
      case 0x75: {
        // SETITEMS
        const items = popMark();
        setItems(top(), items);
        break;
      }

      case 0x70: // PUT
        remember(Number(cursor.line(20)));
        break;
      case 0x71: // BINPUT
        remember(cursor.u8());
        break;
      case 0x72: // LONG_BINPUT
        remember(cursor.u32());
        break;
      case 0x94: // MEMOIZE
        remember(memo.size);
        break;
      case 0x67: // GET
        recall(Number(cursor.line(20)));
        break;
      case 0x68: // BINGET
        recall(cursor.u8());
        break;
      case 0x6a: // LONG_BINGET
        recall(cursor.u32());
        break;

      case 0x63: // GLOBAL
        global(cursor.line(), cursor.line());
        break;
      case 0x93: {
        // STACK_GLOBAL
        const [name, module] = [pop(), pop()];
        global(module, name);
        break;
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const [args, callable] = [pop(), pop()];
        push(call(callable, args));
        break;
      }
      case 0x92: {
        // NEWOBJ_EX
        const [, args, callable] = [pop(), pop(), pop()];
        push(call(callable, args));
        break;
      }
      case 0x69: {
        // INST
        const args = popMark();
        global(cursor.line(), cursor.line());
        push(call(pop(), args));
        break;
      }
      case 0x6f: {
        // OBJ
        const [callable, ...args] = popMark();
        push(call(callable, args));
        break;
      }
      case 0x62: {
        // BUILD
        const state = pop();
        build(top(), state);
        break;
      }
      case 0x51: // BINPERSID
        push(persistent === undefined ? broken(context, "refers to objects outside of its pickle") : persistent(pop()));
        break;
      case 0x50: {
        // PERSID
        const id = cursor.line();
        push(persistent === undefined ? broken(context, "refers to objects outside of its pickle") : persistent(id));
        break;
      }
      default: {
        const literal = readLiteral(context, cursor, opcode);
        if (literal === undefined)
          broken(
            context,
            `has the pickle instruction 0x${opcode.toString(16).padStart(2, "0")}, which is not read; it is damaged, or no checkpoint`,
          );
        push(literal);
      }
    }
  }
}

/** Dictionary keys are compared by value; tuples are compared by their text. */
function keyOf(key: unknown): unknown {
  if (typeof key === "bigint") return String(key);
  return Array.isArray(key) ? `(${key.slice(0, 8).map(String).join(", ")})` : key;
}
