// Type-checks every code fence marked `ts` in the docs, the READMEs and contributing/, and runs those marked `ts run`.
// Needs the builds. `continues`: the fence goes on where the one before it on the page stopped. Arguments: only pages whose path has one of them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { pages, snippets } from './lib/pages.mjs';
import { at, run, tool } from './lib/tools.mjs';

const folder = at('docs', '.snippets');
const only = process.argv.slice(2);

/** One program a page and start: a fence with what it continues before it, blank lines keeping the page's line numbers. */
function programs(path) {
  const all = [];
  for (const { line, words, code } of snippets(path)) {
    const last = all.at(-1);
    if (words.includes('continues') && last) {
      last.code += '\n'.repeat(Math.max(1, line - last.code.split('\n').length + 1)) + code;
      last.runs ||= words.includes('run');
    } else all.push({ path, line, code: '\n'.repeat(line) + code, runs: words.includes('run') });
  }
  return all.map((program) => ({ ...program, file: `${program.path.replace(/\.md$/, '').replace(/[^\w]+/g, '-')}-${program.line}` }));
}

const found = pages()
  .filter((path) => only.length === 0 || only.some((part) => path.includes(part)))
  .flatMap(programs);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const { file, code } of found) writeFileSync(join(folder, `${file}.ts`), `${code}\nexport {};\n`);
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../tsconfig.base.json',
    // No condition of ours: what is checked is what users get, the built declarations.
    compilerOptions: { lib: ['ES2023', 'DOM'], types: ['node'], typeRoots: ['../../node_modules/@types'], customConditions: [] },
    include: ['*.ts'],
  }),
);

/** The compiler's messages, at the place in the page. */
const atPage = (output) =>
  output.replace(/(?:docs\/\.snippets\/)?([\w-]+)\.ts\((\d+),/g, (whole, file, line) => {
    const program = found.find((each) => each.file === file);
    return program ? `${program.path}:${line} (` : whole;
  });

let failed = false;
const { code, output } = await run([...tool('typescript', 'tsc'), '-p', folder, '--pretty', 'false'], { quiet: true });
if (code !== 0) {
  failed = true;
  console.error(atPage(output));
}

const running = failed ? [] : found.filter(({ runs }) => runs);

async function carryOut({ file, path, line, code: source }) {
  const script = join(folder, `${file}.mjs`);
  writeFileSync(script, (await transform(source, { loader: 'ts', format: 'esm', target: 'node20' })).code);
  const cwd = mkdtempSync(join(tmpdir(), 'cl-snippet-'));
  const result = await run([process.execPath, script], { quiet: true, cwd });
  rmSync(cwd, { recursive: true, force: true });
  if (result.code === 0) return;
  failed = true;
  console.error(`${path}:${line}: the snippet ended with ${result.code}.\n${result.output}`);
}

// As many at a time as there are processors: most compute in one thread.
const waiting = [...running];
const lane = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) await carryOut(next);
};
await Promise.all(Array.from({ length: availableParallelism() }, lane));

if (!failed) console.log(`${found.length} snippets type-check, ${running.length} of them run.`);
process.exit(failed ? 1 : 0);
