/** The public types, as a file that CI compares: a change to it is a decision. */
import ts from "typescript";
import { expect, test } from "vitest";

const entries = ["index", "networks/index", "sweep/index", "plot/index", "parallel/index", "ndarray/index"].map(
  (name) => `src/${name}.ts`,
);

/** What an entry exports, one line a function, constant or member of a type. */
function reportOf(program: ts.Program, entry: string): string[] {
  const checker = program.getTypeChecker();
  const flags =
    ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope | ts.TypeFormatFlags.InTypeAlias;
  const show = (type: ts.Type): string => checker.typeToString(type, undefined, flags);
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
  const exported = checker.getExportsOfModule(module).sort((a, b) => (a.name < b.name ? -1 : 1));
  return exported.flatMap((given) => {
    const symbol = given.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(given) : given;
    if (symbol.flags & ts.SymbolFlags.Interface) {
      const type = checker.getDeclaredTypeOfSymbol(symbol);
      const members = type.getProperties().map((member) => {
        const optional = member.flags & ts.SymbolFlags.Optional ? "?" : "";
        return `  ${member.name}${optional}: ${show(checker.getTypeOfSymbol(member))}`;
      });
      return [`interface ${given.name}`, ...members];
    }
    if (symbol.flags & ts.SymbolFlags.TypeAlias) return [`type ${given.name} = ${show(checker.getDeclaredTypeOfSymbol(symbol))}`];
    const type = checker.getTypeOfSymbol(symbol);
    const signatures = type.getCallSignatures();
    if (signatures.length === 0) return [`const ${given.name}: ${show(type)}`];
    return signatures.map((signature) => `function ${given.name}${checker.signatureToString(signature, undefined, flags)}`);
  });
}

test("the public types", async () => {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ".");
  const program = ts.createProgram(entries, options);
  const report = entries.flatMap((entry) => [`# ${entry}`, ...reportOf(program, entry), ""]).join("\n");
  await expect(report).toMatchFileSnapshot("./__snapshots__/api.txt");
});
