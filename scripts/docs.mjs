// The site: `build` writes docs/.vitepress/dist, `dev` serves it while you write. Both first write the API pages from the sources.
import { at, run, tool } from './lib/tools.mjs';

const [mode = 'build'] = process.argv.slice(2);
const api = await run([...tool('typedoc'), '--options', 'typedoc.json', '--logLevel', 'Warn']);
if (api.code !== 0) process.exit(api.code);
const { code } = await run([process.execPath, at('docs', 'node_modules', 'vitepress', 'bin', 'vitepress.js'), mode, 'docs']);
process.exit(code);
