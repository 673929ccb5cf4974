import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const DOCS = new URL('../../../../docs/', import.meta.url).pathname;
const COMPONENT = join(DOCS, '.vitepress', 'theme', 'chat');

/** What is used of Vue's compiler, which VitePress brings. */
interface Compiler {
  parse(source: string): { readonly descriptor: object };
  compileScript(descriptor: object, options: { readonly id: string; readonly inlineTemplate: true }): { readonly content: string };
}

/** The folder of a package that another one depends on. */
const folderOf = (name: string, dependent: string): string =>
  dirname(createRequire(join(dependent, 'package.json')).resolve(`${name}/package.json`));

/** What VitePress does with the component, without its styles: in a tenth of the time that a page of the site takes. */
function vitePress(): Plugin {
  const vue = folderOf('vue', realpathSync(join(DOCS, 'node_modules', 'vitepress')));
  const compiler = join(folderOf('@vue/compiler-sfc', vue), 'dist', 'compiler-sfc.esm-browser.js');
  return {
    name: 'vitepress',
    setup({ onLoad, onResolve, resolve }) {
      onResolve({ filter: /^vue$/ }, () => ({ path: join(vue, 'dist', 'vue.runtime.esm-browser.prod.js') }));
      onResolve({ filter: /^vitepress$/ }, () => ({ path: 'vitepress', namespace: 'own' }));
      onLoad({ filter: /.*/, namespace: 'own' }, () => ({ contents: 'export const withBase = (path) => path;' }));
      onLoad({ filter: /\.vue$/ }, async ({ path }) => {
        const { parse, compileScript } = (await import(/* @vite-ignore */ compiler)) as Compiler;
        const { descriptor } = parse(await readFile(path, 'utf8'));
        return { contents: compileScript(descriptor, { id: 'chat', inlineTemplate: true }).content, loader: 'ts', resolveDir: COMPONENT };
      });
      onResolve({ filter: /\?url$/ }, ({ path, kind, resolveDir }) => resolve(path.replace('?url', ''), { kind, resolveDir }));
    },
  };
}

const PAGE = `
  import { createApp } from 'vue';
  import ChatPage from './ChatPage.vue';
  createApp(ChatPage).mount('main');`;

/** Serves the component of the docs on a page of its own, with the chatbot of the docs, at '/'. */
export async function serveChatPage(): Promise<{ readonly server: Server; readonly address: string }> {
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: COMPONENT, sourcefile: 'page.ts' },
    entryPoints: ['answers-worker', 'reader-worker'].map((name) => join(COMPONENT, `${name}.ts`)),
    bundle: true,
    splitting: true,
    write: false,
    outdir: '/',
    entryNames: '[name]',
    publicPath: '/',
    format: 'esm',
    platform: 'browser',
    conditions: ['@cl/source'],
    loader: { '.wasm': 'file' },
    plugins: [vitePress()],
    logLevel: 'silent',
  });
  const bundled = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
  const server = createServer(async ({ url = '/' }, response) => {
    if (url === '/') {
      response.setHeader('content-type', 'text/html');
      return response.end(
        '<!doctype html><html lang="en"><title>Chatbot</title><main></main><script type="module" src="/stdin.js"></script>',
      );
    }
    // Workers are named as the sources name them.
    const path = url.replace(/\.ts$/, '.js');
    const bytes = bundled.get(path) ?? (await readFile(join(DOCS, 'public', path)).catch(() => null));
    response.writeHead(bytes ? 200 : 404, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
    response.end(bytes);
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

const TYPES: { readonly [extension: string]: string } = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};
