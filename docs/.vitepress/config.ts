import { existsSync, readdirSync } from 'node:fs';
import { defineConfig } from 'vitepress';

const docs = new URL('..', import.meta.url).pathname;

/** The API pages are written by typedoc, one folder a package; a link for each kind of thing in it. */
function apiSidebar() {
  if (!existsSync(`${docs}api`)) return [];
  return readdirSync(`${docs}api`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ text: `@cl/${name}`, link: `/api/${name}/` }));
}

const methods = [
  { family: 'Baselines', items: [['Fine-tuning', 'fine-tuning']] },
  { family: 'Regularization', items: [['EWC', 'ewc'], ['SPG', 'spg']] },
  { family: 'Optimization', items: [['A-GEM', 'agem']] },
  { family: 'Distillation', items: [['LwF', 'lwf']] },
  { family: 'Replay', items: [['Experience replay', 'replay']] },
  { family: 'Architecture', items: [['PackNet', 'packnet']] },
].map(({ family, items }) => ({ text: family, items: items.map(([text, page]) => ({ text: text!, link: `/methods/${page}` })) }));

const guide = [
  ['Getting started', 'getting-started'],
  ['Scenarios, tasks, metrics', 'scenarios-tasks-metrics'],
  ['Composing', 'composing'],
  ['Your model', 'your-model'],
  ['Your data', 'your-data'],
  ['Stop, save, resume', 'stop-save-resume'],
  ['In the browser', 'browser'],
  ['Writing a strategy', 'writing-a-strategy'],
  ['Speed', 'speed'],
].map(([text, page]) => ({ text: text!, link: `/guide/${page}` }));

const benchmarks = [
  { text: 'What is measured', link: '/benchmarks/' },
  { text: 'Results', link: '/benchmarks/results' },
  { text: 'Speed', link: '/benchmarks/speed' },
  { text: 'Limits', link: '/benchmarks/limits' },
];

export default defineConfig({
  title: '@cl',
  description: 'Continual learning for TypeScript: strategies that compose, in Node and in the browser.',
  lang: 'en',
  cleanUrls: true,
  lastUpdated: false,
  markdown: { math: true },
  srcExclude: ['README.md'],
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
      '/methods/': [{ text: 'Methods', link: '/methods/' }, ...methods],
      '/benchmarks/': [{ text: 'Benchmarks', items: benchmarks }],
      '/api/': [{ text: 'Packages', items: apiSidebar() }],
    },
  },
});
