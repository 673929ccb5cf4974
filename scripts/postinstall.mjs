// Runs after every `pnpm install`, by whomever: notes what was installed, and sets up native TensorFlow. Never fails an installation.
import { existsSync } from 'node:fs';
import { markInstalled } from './lib/prepare.mjs';
import { at, run } from './lib/tools.mjs';

const native = at('packages', 'node', 'bin', 'cl-node.mjs');
// `later`: scripts/lib/prepare.mjs does it, with a line of its own.
if (process.env.CL_NATIVE !== 'later' && existsSync(native)) await run([process.execPath, native, 'setup', '--from-postinstall']);
markInstalled();
