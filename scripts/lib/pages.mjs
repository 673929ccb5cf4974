// The written pages of this repository: which there are, their front matter, and their code.
import { readdirSync, readFileSync } from 'node:fs';
import { at } from './tools.mjs';

const under = (folder) =>
  readdirSync(at(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(at().length + 1))
    .filter((path) => !/node_modules|docs\/api\/|\.vitepress/.test(path));

/** Every page a reader may meet, by its path from the root. */
export const pages = () =>
  ['README.md', ...under('docs'), ...under('contributing'), ...under('packages').filter((path) => path.endsWith('README.md'))].sort();

export const read = (path) => readFileSync(at(path), 'utf8');

/** `key: value` lines between the first two `---`; values are text, or lists in brackets. */
export function frontMatter(text) {
  const [, head = ''] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? [];
  return Object.fromEntries(
    head
      .split('\n')
      .map((line) => /^(\w+): *(.*)$/.exec(line))
      .filter(Boolean)
      .map(([, key, value]) => [
        key,
        value.startsWith('[') ? value.slice(1, -1).split(/, */).filter(Boolean) : value.replace(/^(['"])(.*)\1$/, '$2'),
      ]),
  );
}

/** Code fences marked `ts`, with the line of each and the words after `ts`: `run`, `continues`. */
export function snippets(path) {
  const found = [];
  let open = null;
  read(path)
    .split('\n')
    .forEach((line, i) => {
      const fence = /^(`{3,})(\S*) ?(.*)$/.exec(line);
      if (open) {
        if (fence && fence[1] === open.fence && fence[2] === '') {
          if (open.language === 'ts') found.push({ path, line: open.line, words: open.words, code: open.code.join('\n') });
          open = null;
        } else open.code.push(line);
      } else if (fence) open = { fence: fence[1], language: fence[2], words: fence[3].split(' '), line: i + 1, code: [] };
    });
  return found;
}

/** Replaces what stands between `<!-- generated: name -->` and `<!-- /generated -->`. */
export const fill = (text, blocks) =>
  text.replace(/(<!-- generated: ([\w-]+(?: [\w./-]+)*) -->\n)[\s\S]*?(<!-- \/generated -->)/g, (_, start, key, end) => {
    const [name, ...args] = key.split(' ');
    if (!(name in blocks)) throw new Error(`There is no generated block called '${name}': there are ${Object.keys(blocks).join(', ')}.`);
    return `${start}${blocks[name](...args)}\n${end}`;
  });
