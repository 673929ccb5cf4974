import type { Settings } from '../config/settings.js';
import type { RunSpec } from '../results/schema.js';

/** A published accuracy in per cent, and its standard error where one is given. */
export interface Published {
  readonly accuracy: number;
  readonly standardError?: number;
}

/** A method of a published table: how it is set here, and what it reached there in each scenario. */
export interface PublishedMethod {
  readonly strategy: string;
  readonly label: string;
  /** Options of strategies, as for `--set`, by scenario. */
  set(scenario: RunSpec['scenario']): NonNullable<Settings['set']>;
  readonly published: { readonly [scenario in RunSpec['scenario']]?: Published };
}

/** A table that others published, and how to make it again. */
export interface Reproduction {
  readonly name: string;
  readonly title: string;
  readonly benchmark: string;
  readonly scenarios: readonly RunSpec['scenario'][];
  readonly protocol: string;
  readonly source: string;
  /** How many seeds the published means are over. */
  readonly publishedSeeds: number;
  readonly settings: Settings;
  readonly methods: readonly PublishedMethod[];
}

/** Memory of the published runs: 100 rows a digit, which where both digits of a task share an output are 200 rows a task. */
const memory = (scenario: RunSpec['scenario']) => (scenario === 'domain' ? { perTask: 200 } : { perClass: 100 });
const own = (name: string, options: Readonly<Record<string, string | number>>) =>
  Object.fromEntries(Object.entries(options).map(([option, value]) => [`${name}.${option}`, value]));

/** Split-MNIST of van de Ven, Tuytelaars & Tolias, "Three types of incremental learning", Nature Machine Intelligence 2022, table 2. */
const splitMnist: Reproduction = {
  name: 'split-mnist',
  title: 'Split-MNIST',
  benchmark: 'split-mnist',
  scenarios: ['task', 'domain', 'class'],
  protocol:
    '5 tasks of 2 digits, digits shuffled by the seed; 2000 steps a task (joint: 10,000), batches of 128, Adam 1e-3, MLP 784-400-400; accuracy over all tasks after the last.',
  source: 'van de Ven et al. 2022, table 2',
  publishedSeeds: 20,
  settings: { iterations: 2000, batch: 128, optimizer: 'adam', lr: 0.001, hidden: [400, 400], order: 'shuffled', slots: 'keep' },
  methods: [
    {
      strategy: 'finetune',
      label: 'fine-tuning',
      set: () => ({}),
      published: {
        task: { accuracy: 84.32, standardError: 0.99 },
        domain: { accuracy: 60.13, standardError: 1.66 },
        class: { accuracy: 19.89, standardError: 0.02 },
      },
    },
    {
      strategy: 'joint',
      label: 'joint',
      set: () => ({}),
      published: {
        task: { accuracy: 99.67, standardError: 0.03 },
        domain: { accuracy: 98.59, standardError: 0.05 },
        class: { accuracy: 98.17, standardError: 0.04 },
      },
    },
    {
      strategy: 'ewc',
      label: 'EWC',
      set: (scenario) => own('ewc', { lambda: { task: 1e5, domain: 1e10, class: 1e9, free: 1 }[scenario], fisher: 'exact' }),
      published: {
        task: { accuracy: 99.06, standardError: 0.15 },
        domain: { accuracy: 63.03, standardError: 1.58 },
        class: { accuracy: 20.64, standardError: 0.52 },
      },
    },
    {
      strategy: 'lwf',
      label: 'LwF',
      set: () => own('lwf', { lambda: 1, temperature: 2, softmax: 'full' }),
      published: {
        task: { accuracy: 99.6, standardError: 0.03 },
        domain: { accuracy: 71.18, standardError: 1.42 },
        class: { accuracy: 21.89, standardError: 0.32 },
      },
    },
    {
      strategy: 'replay',
      label: 'ER (100 a class)',
      set: (scenario) => own('replay', { ...memory(scenario), from: 'past', weighting: 'tasks', batchSize: 128 }),
      published: { domain: { accuracy: 93.75 }, class: { accuracy: 88.79 } },
    },
    {
      strategy: 'agem',
      label: 'A-GEM (100 a class)',
      // The published runs project the gradients and then let Adam make a step of them.
      set: (scenario) => own('agem', { ...memory(scenario), sample: 128, on: 'gradients' }),
      published: {
        task: { accuracy: 98.54, standardError: 0.1 },
        domain: { accuracy: 87.67, standardError: 1.33 },
        class: { accuracy: 65.1, standardError: 3.64 },
      },
    },
  ],
};

export const reproductions: readonly Reproduction[] = [splitMnist];
