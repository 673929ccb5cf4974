// `npm test`: every test of every package, type tests included, on the sources. Arguments go to vitest: `npm test -- --project core ewc`.
// `--golden`: only comparisons with numbers of the authors' own code.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { prepare } from './lib/prepare.mjs';
import { run, testReport, tool } from './lib/tools.mjs';

const golden = process.argv.includes('--golden');
const args = process.argv.slice(2).filter((arg) => arg !== '--golden');

// The harness' command runs built; a package that does not build fails this, but need not keep the tests from running.
const built = await prepare();

mkdirSync(dirname(testReport), { recursive: true });
rmSync(testReport, { force: true });
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${testReport}`];
const { code } = await run([...tool('vitest'), 'run', ...reporters, ...(golden ? ['.golden.test.ts'] : []), ...args]);
process.exit(built ? code : code || 1);
