/**
 * The public surface as text: for each entry point, every exported name with its declaration, without bodies and comments.
 * Committed under docs/api, so that a change of the surface is seen in review and not by users.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Entry {
  /** As it is imported: `@holdfast/client/node`. */
  readonly specifier: string;
  readonly source: string;
}

/** The entry points that exist, but not programs (`bin`), whose surface is their command line, nor packages that are not published. */
export function listEntries(): readonly Entry[] {
  const entries: Entry[] = [];
  for (const folder of readdirSync(join(root, "packages")).sort()) {
    const manifest = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")) as {
      readonly name: string;
      readonly bin?: unknown;
      readonly private?: boolean;
      readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
    };
    if (manifest.bin !== undefined || manifest.private === true) continue;
    for (const [entry, conditions] of Object.entries(manifest.exports)) {
      const source = join(root, "packages", folder, conditions["holdfast-source"] as string);
      // Internals of the engine change with it; the surface is what apps import.
      if (existsSync(source) && entry !== "./engine") entries.push({ specifier: join(manifest.name, entry), source });
    }
  }
  return entries;
}

function withoutBodies(context: ts.TransformationContext): ts.Transformer<ts.Node> {
  const { factory } = context;
  const visit = (node: ts.Node): ts.Node | undefined => {
    if (ts.isFunctionDeclaration(node)) {
      return factory.updateFunctionDeclaration(
        node,
        node.modifiers,
        node.asteriskToken,
        node.name,
        node.typeParameters,
        node.parameters,
        node.type,
        undefined,
      );
    }
    if (ts.isMethodDeclaration(node) || ts.isGetAccessorDeclaration(node) || ts.isConstructorDeclaration(node)) {
      if (ts.isPrivateIdentifier(node.name ?? node)) return undefined;
      if (ts.isConstructorDeclaration(node)) return factory.updateConstructorDeclaration(node, node.modifiers, node.parameters, undefined);
      if (ts.isGetAccessorDeclaration(node))
        return factory.updateGetAccessorDeclaration(node, node.modifiers, node.name, node.parameters, node.type, undefined);
      return factory.updateMethodDeclaration(
        node,
        node.modifiers,
        node.asteriskToken,
        node.name,
        node.questionToken,
        node.typeParameters,
        node.parameters,
        node.type,
        undefined,
      );
    }
    if (ts.isPropertyDeclaration(node)) {
      if (ts.isPrivateIdentifier(node.name)) return undefined;
      return factory.updatePropertyDeclaration(
        node,
        node.modifiers,
        node.name,
        node.questionToken ?? node.exclamationToken,
        node.type,
        undefined,
      );
    }
    return ts.visitEachChild(node, visit, context);
  };
  return (node) => visit(node) ?? node;
}

function describe(checker: ts.TypeChecker, name: string, symbol: ts.Symbol): string {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const printer = ts.createPrinter({ removeComments: true });
  const texts = (target.declarations ?? []).map((declaration) => {
    if (ts.isVariableDeclaration(declaration)) {
      const type =
        declaration.type?.getText() ??
        checker.typeToString(checker.getTypeAtLocation(declaration), declaration, ts.TypeFormatFlags.NoTruncation);
      return `const ${name}: ${type};`;
    }
    const bare = ts.transform<ts.Node>(declaration, [withoutBodies]).transformed[0] as ts.Node;
    return printer.printNode(ts.EmitHint.Unspecified, bare, declaration.getSourceFile()).replace(/^export /, "");
  });
  return texts.length === 0 ? `${name}: not found` : texts.join("\n");
}

/** File name under docs/api → its text. */
export function writeReports(): ReadonlyMap<string, string> {
  const entries = listEntries();
  const config = ts.readConfigFile(join(root, "tsconfig.tests.json"), (path) => readFileSync(path, "utf8"));
  const { tsBuildInfoFile: _kept, ...options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root).options;
  const program = ts.createProgram({
    rootNames: entries.map(({ source }) => source),
    options: { ...options, incremental: false },
  });
  const checker = program.getTypeChecker();
  const reports = new Map<string, string>();
  for (const { specifier, source } of entries) {
    const file = program.getSourceFile(source);
    const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
    const symbols = module === undefined ? [] : [...checker.getExportsOfModule(module)];
    const described = symbols
      .map((symbol) => ({ name: symbol.name, text: describe(checker, symbol.name, symbol) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const heading = `# ${specifier}\n\nGenerated by \`npm run api\` from \`${relative(root, source)}\`. Do not edit.\n`;
    const blocks = described.map(({ text }) => text).join("\n\n");
    reports.set(`${specifier.replace(/^@/, "").replaceAll("/", "-")}.api.md`, `${heading}\n\`\`\`ts\n${blocks}\n\`\`\`\n`);
  }
  return reports;
}
