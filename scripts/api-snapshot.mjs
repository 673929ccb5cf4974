// Records what each package exports, from its built type declarations, in api/<package>.md: a change of the public surface then shows
// in review. `--check` writes nothing and fails if a record is out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { published } from './lib/packages.mjs';
import { at } from './lib/tools.mjs';

const printer = ts.createPrinter({ removeComments: true });

/** Every export of a declaration file as `[name, declaration without comments]`, by name. */
function exportsOf(path) {
  const program = ts.createProgram([path], {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(path));
  return checker
    .getExportsOfModule(module)
    .map((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const texts = (target.declarations ?? []).map((declaration) => {
        const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
        return printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()).replace(/^(export |declare )+/, '');
      });
      return [symbol.name, texts.join('\n')];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function report({ name, folder, exports }) {
  const entries = Object.entries(exports).filter(([, target]) => target.import);
  const parts = entries.map(([subpath, { import: target }]) => {
    const rows = exportsOf(join(at('packages', folder), target.types));
    const code = rows.map(([exported, text]) => `// ${exported}\n${text}`).join('\n\n');
    return `## \`${name}${subpath.slice(1)}\`\n\n\`\`\`ts\n${code}\n\`\`\`\n`;
  });
  return `# Public API of ${name}\n\nWritten by \`pnpm generate\` from the built declarations. A change here needs a changeset.\n\n${parts.join('\n')}`;
}

const check = process.argv.includes('--check');
mkdirSync(at('api'), { recursive: true });
const stale = published.filter((manifest) => {
  const path = at('api', `${manifest.folder}.md`);
  const text = report(manifest);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return false;
  if (!check) writeFileSync(path, text);
  return true;
});

if (check && stale.length > 0) {
  console.error(`The public API changed in ${stale.map(({ name }) => name).join(', ')}. If that is meant: pnpm generate, and a changeset.`);
  process.exit(1);
}
console.log(
  check ? 'The public API is as recorded.' : `Written: ${stale.map(({ folder }) => `api/${folder}.md`).join(', ') || 'nothing changed'}.`,
);
