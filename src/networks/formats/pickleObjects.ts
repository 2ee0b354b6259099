/**
 * The values of a pickle: dictionaries, names of classes, and placeholders for objects that are not built.
 */

/** A dictionary; OrderedDict and defaultdict too. */
export class PyDict {
  readonly entries: Map<unknown, unknown> = new Map();
}

/** A class or function, by its name. It is never looked up. */
export class PyGlobal {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A placeholder for an object that is not built: its class, and the arguments from the pickle. */
export class PyObject {
  readonly of: string;
  readonly args: unknown;
  state: unknown;
  /** Its items, if it is a kind of dictionary or list. */
  readonly items: PyDict = new PyDict();
  readonly list: unknown[] = [];
  constructor(of: string, args: unknown) {
    this.of = of;
    this.args = args;
  }
}

/** A value that takes the state which a pickle sets after the object is made. */
export interface Buildable {
  build(state: unknown): void;
}
