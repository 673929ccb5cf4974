import { own, type Reproduction } from '../reproduction.js';
import { agemOf, type ByScenario, earlier, type Method, replayOf, rowsIn, THREE_SCENARIOS, TITLES } from './van-de-ven.js';

const C: ByScenario<number> = { task: 10, domain: 10, class: 5 };
const NONE: Method['published'] = { task: null, domain: null, class: null };

/** Van de Ven & Tolias, "Three scenarios for continual learning", 2019, with the settings of their code of 2022. */
const methods: readonly Method[] = [
  { strategy: 'finetune', label: 'fine-tuning', published: { task: earlier(81.79), domain: earlier(78.51), class: earlier(17.26) } },
  { strategy: 'joint', label: 'joint', published: NONE },
  {
    strategy: 'modular',
    label: 'separate networks',
    scenarios: ['task'],
    settings: { hidden: [400, 400] },
    set: () => own('modular', { join: 'none' }),
    published: NONE,
  },
  {
    strategy: 'ewc',
    label: 'EWC',
    set: () => own('ewc', { lambda: 100, fisher: 'exact' }),
    published: { task: earlier(94.74), domain: earlier(94.31), class: earlier(25.04) },
  },
  {
    strategy: 'ewc',
    label: 'EWC, online',
    set: () => own('ewc', { lambda: 100, fisher: 'exact', mode: 'online', gamma: 1 }),
    published: { task: earlier(95.96), domain: earlier(94.42), class: earlier(33.88) },
  },
  {
    strategy: 'si',
    label: 'SI',
    set: (scenario) => own('si', { c: C[scenario], gradient: 'total', relu: false }),
    published: { task: earlier(94.75), domain: earlier(95.33), class: earlier(29.31) },
  },
  {
    strategy: 'lwf',
    label: 'LwF',
    set: () => own('lwf', { lambda: 1, temperature: 2, softmax: 'full' }),
    published: { task: earlier(69.84), domain: earlier(72.64), class: earlier(22.64) },
  },
  {
    strategy: 'generative',
    label: 'DGR',
    set: () => own('generative', { latent: 100, learningRate: 1e-4, targets: 'hard' }),
    published: { task: earlier(92.52), domain: earlier(95.09), class: earlier(92.19) },
  },
  {
    strategy: 'generative',
    label: 'DGR with distillation',
    set: () => own('generative', { latent: 100, learningRate: 1e-4, targets: 'soft', temperature: 2 }),
    published: { task: earlier(97.51), domain: earlier(97.35), class: earlier(96.38) },
  },
  { strategy: 'replay', label: 'ER (10 a class)', set: replayOf(10, 10, 128), published: NONE },
  { strategy: 'agem', label: 'A-GEM (10 a class)', set: agemOf(10, 10, 128), published: NONE },
  {
    strategy: 'icarl',
    label: 'iCaRL (2000 in all)',
    scenarios: ['class'],
    set: () => own('icarl', { capacity: 2000 }),
    published: { ...NONE, class: earlier(94.85) },
  },
];

export const permutedMnist: Reproduction = {
  name: 'permuted-mnist',
  description: 'van de Ven & Tolias, Permuted-MNIST in three scenarios',
  tables: (['task', 'domain', 'class'] as const).map((scenario) => ({
    id: `permuted-mnist-${scenario}`,
    title: `Permuted-MNIST, ${TITLES[scenario]}`,
    benchmark: 'permuted-mnist',
    scenario,
    protocol:
      '10 permutations of 32 × 32 pixels; 5000 steps a task (joint: 50,000), batches of 128, Adam 1e-4, MLP 1024-1000-1000; accuracy over all tasks after the last.',
    source: THREE_SCENARIOS,
    settings: { iterations: 5000, batch: 128, optimizer: 'adam', lr: 1e-4, hidden: [1000, 1000], slots: 'keep' },
    rows: rowsIn(scenario, methods),
  })),
};
