import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';

const docs = new URL('..', import.meta.url).pathname;

/** The API pages are written by typedoc, one a package. */
function apiSidebar() {
  if (!existsSync(`${docs}api/@cl`)) return [];
  return readdirSync(`${docs}api/@cl`, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.md'))
    .map((path) => ({ text: `@cl/${path.replace('.md', '')}`, link: `/api/@cl/${path.replace('.md', '')}` }))
    .sort((a, b) => a.text.localeCompare(b.text));
}

/** A page of docs/methods is listed by what its front matter says, so that a new method is one new file. */
function methodsSidebar() {
  const pages = readdirSync(`${docs}methods`)
    .filter((name) => name.endsWith('.md') && name !== 'index.md')
    .map((name) => {
      const text = readFileSync(`${docs}methods/${name}`, 'utf8');
      const value = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(text)?.[1] ?? '';
      return { text: value('title'), family: value('family'), order: Number(value('order')), link: `/methods/${name.replace('.md', '')}` };
    });
  return ['baseline', 'regularization', 'optimization', 'distillation', 'replay', 'architecture', 'classifier'].map((family) => ({
    text: family[0]!.toUpperCase() + family.slice(1),
    items: pages.filter((page) => page.family === family).sort((a, b) => a.order - b.order),
  }));
}

const guide = [
  ['Getting started', 'getting-started'],
  ['Scenarios, tasks, metrics', 'scenarios-tasks-metrics'],
  ['Composing', 'composing'],
  ['Your model', 'your-model'],
  ['Pre-trained models', 'pretrained'],
  ['Your data', 'your-data'],
  ['Language', 'language'],
  ['A chatbot that learns', 'chat'],
  ['Named entities', 'entities'],
  ['Stop, save, resume', 'stop-save-resume'],
  ['In the browser', 'browser'],
  ['The command line', 'command-line'],
  ['Writing a strategy', 'writing-a-strategy'],
  ['Speed', 'speed'],
].map(([text, page]) => ({ text: text!, link: `/guide/${page}` }));

const first = ['index', 'results', 'speed', 'limits'];
const placeOf = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);

/** Pages of docs/benchmarks by their titles: those that are about everything first, then the others. */
function benchmarksSidebar() {
  return readdirSync(`${docs}benchmarks`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.replace('.md', ''))
    .sort((a, b) => placeOf(a) - placeOf(b) || a.localeCompare(b))
    .map((name) => ({
      text: /^title: (.*)$/m.exec(readFileSync(`${docs}benchmarks/${name}.md`, 'utf8'))?.[1] ?? name,
      link: `/benchmarks/${name === 'index' ? '' : name}`,
    }));
}

export default defineConfig({
  title: '@cl',
  description: 'Continual learning for TypeScript: strategies that compose, in Node and in the browser.',
  lang: 'en',
  cleanUrls: true,
  lastUpdated: false,
  markdown: { math: true },
  srcExclude: ['README.md', 'public/**'],
  // The sources of our packages, so that the site waits for no build of theirs; workers that load what they need when they need it.
  vite: { resolve: { conditions: ['@cl/source'] }, worker: { format: 'es' } },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/guide/getting-started', activeMatch: '/guide/' },
      { text: 'Methods', link: '/methods/', activeMatch: '/methods/' },
      { text: 'Benchmarks', link: '/benchmarks/', activeMatch: '/benchmarks/' },
      { text: 'API', link: '/api/', activeMatch: '/api/' },
      { text: 'Decisions', link: '/decisions/', activeMatch: '/decisions/' },
    ],
    sidebar: {
      '/guide/': [{ text: 'Guide', items: [...guide, { text: 'Errors', link: '/errors' }] }],
      '/errors': [{ text: 'Guide', items: [...guide, { text: 'Errors', link: '/errors' }] }],
      '/methods/': [{ text: 'Methods', link: '/methods/' }, ...methodsSidebar()],
      '/benchmarks/': [{ text: 'Benchmarks', items: benchmarksSidebar() }],
      '/api/': [{ text: 'Packages', items: apiSidebar() }],
    },
  },
});
