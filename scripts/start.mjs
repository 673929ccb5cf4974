// `npm start`: sets up what is missing, then shows what this library does. With arguments: any other `cl` command.
import { prepare } from './lib/prepare.mjs';
import { at, run } from './lib/tools.mjs';

const args = process.argv.slice(2);
if (!(await prepare())) process.exit(1);
const { code } = await run([process.execPath, at('apps', 'harness', 'bin', 'cl.mjs'), ...(args.length > 0 ? args : ['demo'])]);
process.exit(code);
