// What the strategies say of themselves: name, claims and hooks from the built packages, options and descriptions from the sources.
import { existsSync, readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { families, published } from './packages.mjs';
import { frontMatter, read } from './pages.mjs';
import { at } from './tools.mjs';

/** Hooks in the order of a task. `init` is everyone's and says nothing. */
const HOOKS = [
  'wrap',
  'trains',
  'beforeTask',
  'restart',
  'heldOut',
  'joins',
  'beforeStage',
  'feed',
  'batch',
  'effective',
  'at',
  'loss',
  'gradients',
  'optimize',
  'updates',
  'track',
  'observe',
  'scan',
  'afterTask',
  'predict',
];

/** The pages of docs/methods, by family and order, with their front matter. */
export function methodPages() {
  const order = ['baseline', ...families, 'classifier'];
  return readdirSync(at('docs', 'methods'))
    .filter((name) => name.endsWith('.md') && name !== 'index.md')
    .map((name) => ({ page: name.replace(/\.md$/, ''), ...frontMatter(read(`docs/methods/${name}`)) }))
    .sort((a, b) => order.indexOf(a.family) - order.indexOf(b.family) || Number(a.order) - Number(b.order));
}

/** Each method of the pages with what its strategy is made of. Needs the builds. */
export async function strategies() {
  const found = [];
  for (const page of methodPages()) {
    // What is no family's package is core's: fine-tuning, and classifiers on features.
    const folder = families.includes(page.family) ? page.family : 'core';
    const exports = await import(pathToFileURL(at('packages', folder, 'dist', 'index.js')));
    const strategy = new Function(...Object.keys(exports), `return ${page.create}`)(...Object.values(exports));
    found.push({
      ...page,
      factory: /^\w+/.exec(page.create)[0],
      package: `@cl/${folder}`,
      name: strategy.name,
      strategy,
      claims: strategy.claims ?? [],
      requires: strategy.requires ?? [],
      hooks: HOOKS.filter((hook) => strategy[hook] !== undefined),
    });
  }
  return found;
}

let checker;
let program;
function sourceOf(folder) {
  const entries = published.map((manifest) => at('packages', manifest.folder, 'src', 'index.ts')).filter(existsSync);
  const { config } = ts.readConfigFile(at('tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, at());
  program ??= ts.createProgram(entries, { ...options, noEmit: true });
  checker ??= program.getTypeChecker();
  return checker.getSymbolAtLocation(program.getSourceFile(at('packages', folder, 'src', 'index.ts')));
}

const documentation = (symbol) => ts.displayPartsToString(symbol.getDocumentationComment(checker)).replace(/\s+/g, ' ').trim();

function factoryOf(folder, name) {
  const module = sourceOf(folder);
  const exported = checker.getExportsOfModule(module).find((symbol) => symbol.name === name);
  if (!exported) throw new Error(`@cl/${folder} exports no '${name}'.`);
  return exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
}

/** First sentence of a factory's documentation. */
export const summaryOf = (folder, name) => /^.*?(?=\.( |$))/.exec(documentation(factoryOf(folder, name)))?.[0] ?? '';

/** Options of a factory, `{ name, type, required, text }`, as the sources document them. */
export function optionsOf(folder, name) {
  const factory = factoryOf(folder, name);
  const [signature] = checker.getTypeOfSymbol(factory).getCallSignatures();
  const [parameter] = signature.getParameters();
  if (!parameter) return [];
  return checker
    .getTypeOfSymbol(parameter)
    .getProperties()
    .map((property) => {
      const type = checker.getNonNullableType(checker.getTypeOfSymbol(property));
      return {
        name: property.name,
        type: checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias),
        required: !(property.flags & ts.SymbolFlags.Optional),
        text: documentation(property),
      };
    });
}
