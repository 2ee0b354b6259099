/**
 * JSON schemas (draft 2020-12) of what the command and the sweeps read and write, made from the types of the
 * source, so that the two cannot differ. `npm run build` writes them to dist/schemas.
 *
 * A type becomes what JSON has of it: a typed array an array of numbers, a matrix an array of rows, an
 * infinite number the text "Infinity". Functions, and records that need one, are left out.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** A JSON schema. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

/** What is described: a title, and the types that a document may have, each in a file of src/. */
interface Described {
  readonly title: string;
  readonly types: readonly (readonly [file: string, name: string])[];
}

const DOCUMENTS: Readonly<Record<string, Described>> = {
  problem: {
    title: "A problem for `feature-learning solve`",
    types: [["cli/solve/problemFile.ts", "ProblemFile"]],
  },
  result: {
    title: "What `feature-learning solve` writes with --json, and on each line with --stdin",
    types: [["cli/solve/solveFile.ts", "ResultFile"]],
  },
  job: {
    title: "A sweep, or a chunk of one",
    types: [
      ["sweep/job.ts", "Job"],
      ["sweep/job.ts", "Chunk"],
    ],
  },
  "job-result": {
    title: "The result of a sweep, or of a chunk of one",
    types: [
      ["sweep/phaseDiagram.ts", "PhaseDiagram"],
      ["sweep/ensemble.ts", "Ensemble"],
      ["sweep/job.ts", "ChunkResult"],
    ],
  },
};

/** The names of the schemas. */
export const schemaNames: readonly string[] = Object.keys(DOCUMENTS);

const root = fileURLToPath(new URL("..", import.meta.url));

/** Types that JSON cannot carry. */
const NOT_JSON = ["NdArrayLike", "MatrixObject", "NdArrayStore", "AbortSignalLike"];
/** Blocks of numbers along several axes, of which JSON keeps the fields. */
const BLOCKS = ["Strided", "NdArray", "GenericArray"];

const NUMBER: Schema = { $ref: "#/$defs/number" };
const NUMBERS: Schema = { type: "array", items: NUMBER };
const BLOCK: Schema = {
  description: "Numbers along several axes: entry (i, j, …) is data[offset + i·stride₀ + j·stride₁ + …].",
  type: "object",
  properties: {
    data: NUMBERS,
    shape: { type: "array", items: { type: "integer", minimum: 0 } },
    stride: { type: "array", items: { type: "integer" } },
    offset: { type: "integer", minimum: 0 },
  },
  required: ["data", "shape", "stride", "offset"],
  additionalProperties: false,
};

/** All schemas by name. `change` may replace the text of a source file, for tests. */
export function schemas(change?: (file: string, text: string) => string): Record<string, Schema> {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const files = Object.values(DOCUMENTS).flatMap(({ types }) => types.map(([file]) => join(root, "src", file)));
  const host = ts.createCompilerHost(options);
  if (change !== undefined) {
    const { readFile } = host;
    host.readFile = (file) => {
      const text = readFile(file);
      return text === undefined ? undefined : change(file, text);
    };
  }
  const program = ts.createProgram(files, options, host);
  return Object.fromEntries(Object.entries(DOCUMENTS).map(([name, described]) => [name, documentOf(program, name, described)]));
}

function documentOf(program: ts.Program, name: string, { title, types }: Described): Schema {
  const translate = translator(program);
  const parts = types.map(([file, type]) => translate.named(program.getSourceFile(join(root, "src", file))!, type));
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `feature-learning/schemas/${name}.json`,
    title,
    ...(parts.length === 1 ? parts[0] : { anyOf: parts }),
    $defs: translate.definitions(),
  };
}

interface Translator {
  named(file: ts.SourceFile, type: string): Schema;
  definitions(): Record<string, Schema>;
}

function translator(program: ts.Program): Translator {
  const checker = program.getTypeChecker();
  const definitions = new Map<string, Schema | undefined>();
  const seen = new Map<ts.Type, string>();

  /** The schema of a type; undefined where JSON cannot carry it. */
  function schemaOf(type: ts.Type): Schema | undefined {
    if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {};
    if (type.flags & ts.TypeFlags.NumberLiteral) return { const: (type as ts.NumberLiteralType).value };
    if (type.flags & ts.TypeFlags.StringLiteral) return { const: (type as ts.StringLiteralType).value };
    if (type.flags & ts.TypeFlags.BooleanLiteral) return { const: checker.typeToString(type) === "true" };
    if (type.flags & ts.TypeFlags.Number) return NUMBER;
    if (type.flags & (ts.TypeFlags.String | ts.TypeFlags.TemplateLiteral)) return { type: "string" };
    if (type.isUnion()) return unionOf(type);
    if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))) return undefined;
    return objectOf(type);
  }

  /** Whether it has a name in the source; those of utility types such as Omit do not count. */
  function hasName(type: ts.Type): boolean {
    const symbol = type.aliasSymbol ?? type.symbol;
    const files = symbol?.declarations?.map((declaration) => declaration.getSourceFile()) ?? [];
    return symbol !== undefined && /^[A-Z]/.test(symbol.name) && !files.some((file) => program.isSourceFileDefaultLibrary(file));
  }

  function unionOf(type: ts.UnionType): Schema | undefined {
    const { aliasSymbol } = type;
    return aliasSymbol !== undefined && hasName(type)
      ? definition(aliasSymbol.name, () => membersOf(type), type)
      : membersOf(type);
  }

  function membersOf({ types }: ts.UnionType): Schema | undefined {
    const parts = types.map(schemaOf).filter((part) => part !== undefined);
    const literals = parts.flatMap((part) => ("const" in part ? [part["const"]] : []));
    const isBoolean = literals.includes(true) && literals.includes(false);
    const words = literals.filter((word) => !isBoolean || typeof word !== "boolean");
    const all: Schema[] = [
      ...(isBoolean ? [{ type: "boolean" }] : []),
      ...(words.length === 0 ? [] : [words.length === 1 ? { const: words[0] } : { enum: words }]),
      ...parts.filter((part) => !("const" in part)),
    ];
    const distinct = [...new Map(all.map((part) => [JSON.stringify(part), part])).values()];
    return distinct.length > 1 ? { anyOf: distinct } : distinct[0];
  }

  function objectOf(type: ts.Type): Schema | undefined {
    const name = (type.aliasSymbol ?? type.symbol)?.name ?? "";
    if (/^(Float|Int|Uint)\d+(Clamped)?Array$/.test(type.symbol?.name ?? "")) return NUMBERS;
    if (type.symbol?.name === "Matrix") return { type: "array", items: NUMBERS };
    if (BLOCKS.includes(type.symbol?.name ?? "")) return definition("Block", () => BLOCK);
    if (NOT_JSON.includes(name) || type.getCallSignatures().length > 0) return undefined;
    if (checker.isTupleType(type)) {
      const items = checker.getTypeArguments(type as ts.TypeReference).map(schemaOf);
      return { type: "array", prefixItems: items, minItems: items.length, items: false };
    }
    if (checker.isArrayType(type) || type.symbol?.name === "ArrayLike") {
      const items = schemaOf(checker.getTypeArguments(type as ts.TypeReference)[0]!);
      return items === undefined ? undefined : { type: "array", items };
    }
    return hasName(type) ? definition(name, () => recordOf(type), type) : recordOf(type);
  }

  function recordOf(type: ts.Type): Schema | undefined {
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    for (const symbol of checker.getPropertiesOfType(type)) {
      // Symbols as keys do not go into JSON.
      if (symbol.name.startsWith("__@")) continue;
      const isOptional = (symbol.flags & ts.SymbolFlags.Optional) !== 0;
      const own = checker.getNonNullableType(checker.getTypeOfSymbol(symbol));
      const isMethod = own.getCallSignatures().length > 0;
      const found = isMethod ? undefined : schemaOf(own);
      const isMissing = found === undefined;
      // A function of one's own is all that this record is; a method of a result is left out of JSON.
      if (isMissing && !isOptional && (symbol.flags & ts.SymbolFlags.Method) === 0) return undefined;
      if (isMissing) continue;
      properties[symbol.name] = { ...describe(symbol), ...found };
      if (!isOptional) required.push(symbol.name);
    }
    const index = checker.getIndexInfoOfType(type, ts.IndexKind.String);
    const others = index === undefined ? false : (schemaOf(index.type) ?? false);
    return {
      type: "object",
      properties,
      ...(required.length === 0 ? {} : { required }),
      additionalProperties: others,
    };
  }

  /** A reference to a definition, which is made where it is first needed. */
  function definition(name: string, make: () => Schema | undefined, type?: ts.Type): Schema | undefined {
    const known = type === undefined ? undefined : seen.get(type);
    const key = known ?? (type !== undefined && definitions.has(name) ? `${name}${definitions.size}` : name);
    if (!definitions.has(key)) {
      if (type !== undefined) seen.set(type, key);
      definitions.set(key, {});
      const made = make();
      const symbol = type?.aliasSymbol ?? type?.symbol;
      definitions.set(key, made === undefined ? undefined : { ...(symbol === undefined ? {} : describe(symbol)), ...made });
    }
    return definitions.get(key) === undefined ? undefined : { $ref: `#/$defs/${key}` };
  }

  function describe(symbol: ts.Symbol): Schema {
    const text = ts
      .displayPartsToString(symbol.getDocumentationComment(checker))
      .replaceAll(/\{@link (\w+)\}/g, "$1")
      .replaceAll(/\s+/g, " ")
      .trim();
    return text === "" ? {} : { description: text };
  }

  return {
    named(file, name) {
      const symbol = checker.getExportsOfModule(checker.getSymbolAtLocation(file)!).find((one) => one.name === name);
      const found = symbol === undefined ? undefined : schemaOf(checker.getDeclaredTypeOfSymbol(symbol));
      if (found === undefined) throw new Error(`${file.fileName} has no type ${name} that JSON can carry`);
      return found;
    },
    definitions() {
      const number = {
        description: "A number; where it is infinite, the text that JSON has instead.",
        anyOf: [{ type: "number" }, { enum: ["Infinity", "-Infinity"] }],
      };
      const known = [...definitions].filter((entry): entry is [string, Schema] => entry[1] !== undefined);
      return { number, ...Object.fromEntries(known) };
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = join(root, "dist", "schemas");
  mkdirSync(folder, { recursive: true });
  for (const [name, schema] of Object.entries(schemas()))
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(schema, null, 2)}\n`);
}
