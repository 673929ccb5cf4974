// `pnpm new:strategy <family> <name>`: a new method as one source file, one test, one page and one changeset, from scripts/templates.
// It works as it is (a plain pull to the last task's parameters) and passes the contract, so that you change something that runs.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { families } from './lib/packages.mjs';
import { at, root } from './lib/tools.mjs';

// `folder`: another checkout to write into.
const [family, name, folder = root] = process.argv.slice(2);
const stop = (message) => {
  console.error(message);
  process.exit(1);
};
if (!families.includes(family) || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name ?? '')) {
  stop(
    `Usage: pnpm new:strategy <family> <name>\n  family: ${families.join(', ')}\n  name: the paper's acronym in lower case, words joined by '-', such as si or extend-ner`,
  );
}

const factory = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const capitalised = factory[0].toUpperCase() + factory.slice(1);
const words = {
  __Options__: `${capitalised}Options`,
  __factory__: factory,
  __name__: name,
  __family__: family,
  __Title__: name.toUpperCase(),
};
const filled = (template) =>
  Object.entries(words).reduce(
    (text, [word, value]) => text.replaceAll(word, value),
    readFileSync(at('scripts', 'templates', `${template}.txt`), 'utf8'),
  );

const files = {
  [`packages/${family}/src/${name}.ts`]: filled('strategy.ts'),
  [`packages/${family}/test/${name}.test.ts`]: filled('strategy.test.ts'),
  [`docs/methods/${name}.md`]: filled('page.md'),
  [`.changeset/new-${name}.md`]: `---\n"@cl/${family}": minor\n---\n\nNew strategy \`${factory}()\`: TEMPLATE, what it is for, in a sentence to its users.\n`,
};
const there = Object.keys(files).find((path) => existsSync(join(folder, path)));
if (there) stop(`${there} exists already; nothing was written.`);

for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
// At the end: `pnpm format` puts it where it belongs.
appendFileSync(
  join(folder, 'packages', family, 'src', 'index.ts'),
  `export { type ${capitalised}Options, ${factory} } from './${name}.js';\n`,
);

console.log(`Written:\n${[...Object.keys(files), `packages/${family}/src/index.ts (one line)`].map((path) => `  ${path}`).join('\n')}
Next:
  npm test -- --project ${family} ${name}      it passes now; change it until it is the paper's method
  grep -rn TEMPLATE packages docs .changeset    what is left to be written
  pnpm format && pnpm generate && pnpm check
How: contributing/add-a-strategy.md`);
