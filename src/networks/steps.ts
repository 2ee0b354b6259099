/**
 * Finds the step of a checkpoint from its path. Many numbers in a path are not steps, such as metrics,
 * hashes, versions and types. If the step is ambiguous, an error is thrown.
 */
import { reject } from "../door/arguments.ts";
import { printable } from "./formats/bytes.ts";

/** A checkpoint's path, without the ending of its format. */
export interface PathParts {
  /** The name in messages. */
  readonly file: string;
  /** Its folders, the outermost first. */
  readonly folders: readonly string[];
  readonly name: string;
}

const NUMBER = String.raw`(\d+(?:\.\d+)?(?:e[+-]?\d+)?)(k|m)?(?![a-z0-9])`;

/** Words before the number of a step, the most specific first. */
const STEP_WORDS = ["global[-_ ]?steps?", "steps?", "iter(?:ation)?s?", "(?:checkpoint|ckpt)s?"].map(
  (word) => new RegExp(`(?<![a-z])${word}[-_=. ]*${NUMBER}`, "gi"),
);
/** As in 500steps. */
const STEPS_AFTER = /(?<![\d.a-z])(\d+)(k|m)?[-_]?(?:steps|iters|iterations)(?![a-z])/gi;
const EPOCH = new RegExp(`(?<![a-z])(?:epochs?|ep)[-_=. ]*${NUMBER}`, "gi");

/**
 * The step of each path; undefined for a path without a possible step, such as best.pt, if other paths have
 * steps.
 *
 * @param pattern - A pattern whose first group, or whose whole match, is the step.
 * @throws FeatureLearningError `"invalid-argument"`: the steps are ambiguous.
 */
export function stepsOf(paths: readonly PathParts[], pattern?: RegExp): (number | undefined)[] {
  if (pattern !== undefined) return paths.map((path) => byPattern(path, pattern));
  const words = (text: string): number | undefined => {
    for (const word of [...STEP_WORDS, STEPS_AFTER]) {
      const matches = allNumbers(split(text), word);
      if (matches.length > 1) doubt(`"${printable(text)}" has two steps, ${matches.join(" and ")}`);
      if (matches.length === 1) return matches[0];
    }
    return undefined;
  };
  const epoch = (text: string): number | undefined => allNumbers(split(text), EPOCH)[0];
  const named = paths.map(({ name }) => words(name));
  const inName = varying(named);
  const folded = paths.map(({ folders }) => nearest(folders, words));
  const inFolder = varying(folded);
  const byWord = paths.map((_, i) => inName[i] ?? inFolder[i]);
  if (byWord.some((step) => step !== undefined)) return checked(paths, byWord);
  const epochs = paths.map(({ name }) => epoch(name));
  const epochName = varying(epochs);
  const epochFolder = varying(paths.map(({ folders }) => nearest(folders, epoch)));
  const byEpoch = paths.map((_, i) => epochName[i] ?? epochFolder[i]);
  if (byEpoch.some((step) => step !== undefined)) return checked(paths, byEpoch);
  const complete = (numbers: readonly (number | undefined)[]): boolean => numbers.every((number) => number !== undefined);
  const constant = [named, epochs].find(complete);
  if (constant !== undefined) return onlyNumber(paths, ["name"]) ?? [...constant];
  const only = onlyNumber(paths, ["name", "folder"]) ?? (complete(folded) ? folded : undefined);
  return only ?? doubt(`${printable(paths[0]?.file ?? "a file")} has no step in its name or its folder's`);
}

/** Splits words that are joined by capitals, as in modelStep10. */
function split(text: string): string {
  return text.replace(/([a-z])([A-Z])/g, "$1_$2");
}

function allNumbers(text: string, pattern: RegExp): number[] {
  const scale = { k: 1e3, m: 1e6 } as const;
  const numbers = Array.from(
    text.matchAll(pattern),
    ([, digits, unit]) => Number(digits) * (unit === undefined ? 1 : scale[unit.toLowerCase() as "k" | "m"]),
  );
  return [...new Set(numbers)];
}

/** The number of the innermost folder that has one. */
function nearest(folders: readonly string[], numberOf: (text: string) => number | undefined): number | undefined {
  for (let i = folders.length - 1; i >= 0; i--) {
    const number = numberOf(folders[i]!);
    if (number !== undefined) return number;
  }
  return undefined;
}

/** The numbers, unless all files have the same number, which is then that of the run. */
function varying(numbers: readonly (number | undefined)[]): readonly (number | undefined)[] {
  const same = numbers.length > 1 && numbers.every((number) => number !== undefined && number === numbers[0]);
  return same ? numbers.map(() => undefined) : numbers;
}

/** Copies of a checkpoint, by their own names. */
const COPIES = /(^|[^a-z])(best|last|latest|final|end)([^a-z]|$)/i;

/** Refuses paths with a number that is not at the position of the other paths' step. */
function checked(paths: readonly PathParts[], steps: readonly (number | undefined)[]): (number | undefined)[] {
  for (const [i, path] of paths.entries())
    if (steps[i] === undefined && /\d/.test(path.name) && !COPIES.test(path.name)) {
      const other = paths[steps.findIndex((step) => step !== undefined)]!;
      doubt(`${printable(path.file)} names no step as ${printable(other.file)} does`);
    }
  return [...steps];
}

function byPattern({ file }: PathParts, pattern: RegExp): number {
  const match = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")).exec(file);
  const text = match?.slice(1).find((group) => group !== undefined) ?? match?.[0];
  const digits = text === undefined ? undefined : /\d+(\.\d+)?(e[+-]?\d+)?/i.exec(text)?.[0];
  if (digits === undefined)
    reject(
      `--step ${printable(String(pattern))} finds no number in ${printable(file)}; put its digits into a group, as in "it(\\d+)"`,
    );
  return Number(digits);
}

/** Names of metrics and settings, whose values are not steps. */
const VALUES =
  /^(loss|acc|accuracy|val|valid|validation|train|test|err|error|ppl|perplexity|auc|f1|mse|mae|rmse|bleu|rouge|iou|miou|map|score|metric|reward|return|lr|wd|t|temp|temperature|alpha|beta|gamma|eps|p|seed|fold|rank|bs|batch|width|depth|layers?|dim|heads?|n|gpus?|top|version|ver|v)$/i;

/** The words and numbers of a name, without decimals and values after an equals sign. */
function tokensOf(name: string): string[] {
  return split(name)
    .replace(/[a-z_]*=[-+]?[\d.]+(e[-+]?\d+)?/gi, " _ ")
    .replace(/\d*\.\d+(e[-+]?\d+)?(?![a-z])/gi, " _ ")
    .split(/[^A-Za-z0-9]+/)
    .filter((token) => token !== "");
}

/**
 * The positions at which the names have hashes: the same number of hexadecimal digits, with letters in at
 * least one name.
 */
function hashPlaces(names: readonly (readonly string[])[]): ReadonlySet<number> {
  const length = names[0]?.length ?? 0;
  if (names.some((tokens) => tokens.length !== length)) return new Set();
  const places = Array.from({ length }, (_, i) => i).filter((i) => {
    const column = names.map((tokens) => tokens[i]!);
    const alike = column.every((token) => /^[0-9a-f]{6,}$/i.test(token) && token.length === column[0]!.length);
    return alike && column.some((token) => /[a-f]/i.test(token) && /\d/.test(token));
  });
  return new Set(places);
}

/** The numbers of a name that could be a step, without metrics, versions, types, hashes and sizes. */
function candidates(tokens: readonly string[], hashes: ReadonlySet<number>): string[] {
  const out: string[] = [];
  for (const [i, token] of tokens.entries()) {
    if (hashes.has(i)) continue;
    const [, letters, digits] = /^([A-Za-z]*)(\d+)$/.exec(token) ?? [];
    if (digits === undefined) continue;
    const word = letters === "" ? (tokens[i - 1] ?? "") : letters!;
    if (VALUES.test(word) || /^(fp|bf|f|int|float|uint|q|w|bfloat|tf)$/i.test(letters!)) continue;
    out.push(digits);
  }
  return out;
}

/**
 * The one number that differs from file to file; undefined if there is none.
 *
 * @param levels - The parts of the path that are searched. If the names have equal steps, the files belong to
 * several runs, and the number that differs between folders is that of the run.
 */
function onlyNumber(paths: readonly PathParts[], levels: readonly ("name" | "folder")[]): (number | undefined)[] | undefined {
  for (const level of levels) {
    const texts = paths.map(({ name, folders }) => (level === "name" ? name : (folders.at(-1) ?? "")));
    const tokens = texts.map(tokensOf);
    const hashes = hashPlaces(tokens);
    const numbersOfNames = tokens.map((nameTokens) => candidates(nameTokens, hashes));
    const having = numbersOfNames.filter((numbers) => numbers.length > 0);
    if (having.length === 0) continue;
    // Files without any number have no step. The others must have the same count of numbers.
    const counts = new Set(having.map(({ length }) => length));
    if (counts.size > 1) {
      const most = paths[numbersOfNames.findIndex(({ length }) => length === Math.max(...counts))]!;
      doubt(`the names do not all have the same count of numbers, as in ${printable(most.file)}`);
    }
    const columns = having[0]!.map((_, column) => having.map((numbers) => Number(numbers[column])));
    const differing = columns.map((column, i) => ({ column, i })).filter(({ column }) => new Set(column).size > 1);
    if (differing.length === 0 && having.length > 1) continue;
    const only = differing.length === 1 ? differing[0]! : columns.length === 1 ? { column: columns[0]!, i: 0 } : undefined;
    if (only === undefined) doubt(`several numbers differ between the names, as in ${printable(paths[0]!.file)}`);
    return numbersOfNames.map((numbers) => (numbers.length === 0 ? undefined : Number(numbers[only.i])));
  }
  return undefined;
}

function doubt(why: string): never {
  return reject(
    `the order of the checkpoints is ambiguous: ${why}; pass --step with a pattern whose group is the step, as in --step "it(\\d+)"`,
  );
}
