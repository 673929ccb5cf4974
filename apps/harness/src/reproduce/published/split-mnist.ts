import { own, published, type Reproduction, type TableToMake } from '../reproduction.js';
import { agemOf, type ByScenario, earlier, type Method, NATURE, replayOf, rowsIn, TITLES } from './van-de-ven.js';

export const SETTINGS: TableToMake['settings'] = {
  iterations: 2000,
  batch: 128,
  optimizer: 'adam',
  lr: 0.001,
  hidden: [400, 400],
  order: 'shuffled',
  slots: 'keep',
};
export const PROTOCOL =
  '5 tasks of 2 digits, digits shuffled by the seed; 2000 steps a task (joint: 10,000), batches of 128, Adam 1e-3, MLP 784-400-400; accuracy over all tasks after the last.';

const LAMBDA: ByScenario<number> = { task: 1e5, domain: 1e10, class: 1e9 };
const C: ByScenario<number> = { task: 10, domain: 5e4, class: 5e3 };

/** Van de Ven, Tuytelaars & Tolias, "Three types of incremental learning", Nature Machine Intelligence 2022; what it leaves open, of 2019. */
const methods: readonly Method[] = [
  {
    strategy: 'finetune',
    label: 'fine-tuning',
    published: { task: published(84.32, 0.99), domain: published(60.13, 1.66), class: published(19.89, 0.02) },
  },
  {
    strategy: 'joint',
    label: 'joint',
    published: { task: published(99.67, 0.03), domain: published(98.59, 0.05), class: published(98.17, 0.04) },
  },
  {
    strategy: 'modular',
    label: 'separate networks',
    scenarios: ['task'],
    settings: { hidden: [100, 100] },
    set: () => own('modular', { join: 'none' }),
    published: { task: published(99.57, 0.03), domain: null, class: null },
  },
  {
    strategy: 'ewc',
    label: 'EWC',
    set: (scenario) => own('ewc', { lambda: LAMBDA[scenario], fisher: 'exact' }),
    published: { task: published(99.06, 0.15), domain: published(63.03, 1.58), class: published(20.64, 0.52) },
  },
  {
    strategy: 'ewc',
    label: 'EWC, online',
    set: (scenario) => own('ewc', { lambda: LAMBDA[scenario], fisher: 'exact', mode: 'online', gamma: 1 }),
    published: { task: earlier(99.12), domain: earlier(64.32), class: earlier(19.96, 0.07) },
  },
  {
    strategy: 'si',
    label: 'SI',
    set: (scenario) => own('si', { c: C[scenario], gradient: 'total', relu: false }),
    published: { task: earlier(99.09), domain: earlier(65.36), class: earlier(19.99, 0.06) },
  },
  {
    strategy: 'lwf',
    label: 'LwF',
    set: () => own('lwf', { lambda: 1, temperature: 2, softmax: 'full' }),
    published: { task: published(99.6, 0.03), domain: published(71.18, 1.42), class: published(21.89, 0.32) },
  },
  {
    strategy: 'generative',
    label: 'DGR',
    set: () => own('generative', { latent: 100, learningRate: 1e-3, targets: 'hard' }),
    published: { task: earlier(99.5), domain: published(95.57), class: published(90.35) },
  },
  {
    strategy: 'generative',
    label: 'DGR with distillation',
    set: () => own('generative', { latent: 100, learningRate: 1e-3, targets: 'soft', temperature: 2 }),
    published: { task: earlier(99.61), domain: earlier(96.83), class: earlier(91.79, 0.32) },
  },
  {
    strategy: 'replay',
    label: 'ER (100 a class)',
    set: replayOf(100, 2, 128),
    published: { task: null, domain: published(93.75), class: published(88.79) },
  },
  {
    strategy: 'agem',
    label: 'A-GEM (100 a class)',
    set: agemOf(100, 2, 128),
    published: { task: published(98.54, 0.1), domain: published(87.67, 1.33), class: published(65.1, 3.64) },
  },
  {
    strategy: 'icarl',
    label: 'iCaRL (2000 in all)',
    scenarios: ['class'],
    set: () => own('icarl', { capacity: 2000 }),
    published: { task: null, domain: null, class: earlier(94.57) },
  },
];

export const splitMnist: Reproduction = {
  name: 'split-mnist',
  description: 'van de Ven et al., Split-MNIST in three scenarios',
  tables: (['task', 'domain', 'class'] as const).map((scenario) => ({
    id: `split-mnist-${scenario}`,
    title: `Split-MNIST, ${TITLES[scenario]}`,
    benchmark: 'split-mnist',
    scenario,
    protocol: PROTOCOL,
    source: NATURE,
    settings: SETTINGS,
    rows: rowsIn(scenario, methods),
  })),
};
