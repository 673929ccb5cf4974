import { own, published, type Reproduction, type Row, type TableToMake } from '../reproduction.js';
import { onlineEwc, plain, rehearsal, SOURCE, type ThreeBuffers } from './der.js';

const TASKS = 5;

/** Accuracies of one reading of the runs. */
interface Reached {
  readonly plain: Readonly<Record<'sgd' | 'joint' | 'ewc' | 'si' | 'lwf', number>>;
  readonly rehearsal: Readonly<Record<'er' | 'gem' | 'agem' | 'icarl' | 'gss' | 'der' | 'derpp', ThreeBuffers>>;
}

const CLASS: Reached = {
  plain: { sgd: 19.6, joint: 95.57, ewc: 20.46, si: 19.27, lwf: 19.62 },
  rehearsal: {
    er: [80.43, 86.12, 93.4],
    gem: [80.11, 85.99, 95.11],
    agem: [45.72, 46.66, 54.24],
    icarl: [70.51, 70.1, 70.6],
    gss: [38.9, 49.76, 89.39],
    der: [84.55, 90.54, 94.9],
    derpp: [85.61, 91.0, 95.3],
  },
};

const TASK: Reached = {
  plain: { sgd: 94.94, joint: 99.51, ewc: 98.39, si: 96.0, lwf: 94.11 },
  rehearsal: {
    er: [97.86, 99.04, 99.33],
    gem: [97.78, 98.71, 99.44],
    agem: [98.61, 98.93, 98.93],
    icarl: [98.28, 98.32, 98.32],
    gss: [95.02, 97.71, 98.33],
    der: [98.8, 98.84, 99.29],
    derpp: [98.76, 98.94, 99.47],
  },
};

/** The same runs for both readings. */
const rowsOf = (reached: Reached): readonly Row[] => [
  plain('finetune', 'SGD', 0.03, reached.plain.sgd),
  plain('joint', 'joint', 0.03, reached.plain.joint),
  plain('ewc', 'oEWC', 0.03, reached.plain.ewc, onlineEwc(90)),
  plain('si', 'SI', 0.1, reached.plain.si, own('si', { c: 1, xi: 0.9, relu: false })),
  plain('lwf', 'LwF', 0.03, reached.plain.lwf, {
    ...own('lwf', { lambda: 1, temperature: 2 }),
    ...own('optimizer', { weightDecay: 5e-4 }),
  }),
  ...rehearsal('replay', 'ER', {
    lr: [0.01, 0.1, 0.1],
    set: (capacity) => own('replay', { capacity, batchSize: 10, from: 'all', weighting: 'rows' }),
    reached: reached.rehearsal.er,
  }),
  ...rehearsal('gem', 'GEM', {
    lr: [0.01, 0.03, 0.1],
    set: (buffer, i) => own('gem', { perTask: Math.floor(buffer / TASKS), margin: [1, 0.5, 1][i]! }),
    reached: reached.rehearsal.gem,
  }),
  ...rehearsal('agem', 'A-GEM', {
    lr: [0.1, 0.1, 0.1],
    set: (capacity) => own('agem', { capacity, sample: 128 }),
    reached: reached.rehearsal.agem,
  }),
  ...rehearsal('icarl', 'iCaRL', {
    lr: [0.1, 0.1, 0.1],
    set: (capacity) => own('icarl', { capacity, batchSize: 10, average: 'outputs' }),
    reached: reached.rehearsal.icarl,
  }),
  ...rehearsal('gss', 'GSS', {
    lr: [0.1, 0.1, 0.1],
    batch: 128,
    set: (capacity, i) => own('gss', { capacity, batchSize: [10, 10, 128][i]!, sample: 10, gate: 'batch' }),
    reached: reached.rehearsal.gss,
  }),
  ...rehearsal('der', 'DER', {
    lr: [0.03, 0.03, 0.1],
    set: (capacity, i) => own('der', { capacity, alpha: [0.2, 1, 0.5][i]!, batchSize: [10, 128, 128][i]! }),
    reached: reached.rehearsal.der,
  }),
  ...rehearsal('derpp', 'DER++', {
    lr: [0.03, 0.03, 0.1],
    set: (capacity, i) => own('derpp', { capacity, alpha: [0.2, 1, 0.2][i]!, beta: [1, 0.5, 0.5][i]!, batchSize: [128, 10, 64][i]! }),
    reached: reached.rehearsal.derpp,
  }),
];

const ABOUT: Pick<TableToMake, 'benchmark' | 'source' | 'settings'> = {
  benchmark: 'split-mnist',
  source: SOURCE,
  settings: { epochs: 1, batch: 10, optimizer: 'sgd', hidden: [100, 100], order: 'sorted', slots: 'keep', competing: 'all' },
};
const PROTOCOL =
  '5 tasks of 2 digits in ascending order; one pass, batches of 10 (GSS: 128), plain gradient descent, MLP 784-100-100; all ten outputs compete from the beginning.';

/** Both tables are of the same runs; progressive networks, which must know the task, stand in the second one only. */
export const derSeqMnist: Reproduction = {
  name: 'der-seq-mnist',
  description: 'Buzzega et al., S-MNIST: class and task accuracy of the same runs, three buffers',
  tables: [
    {
      ...ABOUT,
      id: 'der-seq-mnist-class',
      title: 'S-MNIST (DER protocol), class-incremental',
      scenario: 'class',
      protocol: PROTOCOL,
      rows: rowsOf(CLASS),
    },
    {
      ...ABOUT,
      id: 'der-seq-mnist-task',
      title: 'S-MNIST (DER protocol), the same runs with the task given at test time',
      scenario: 'class',
      reading: 'task',
      protocol: `${PROTOCOL} Progressive networks are told the task in training too.`,
      rows: [
        ...rowsOf(TASK),
        {
          strategy: 'progressive',
          label: 'PNN',
          scenario: 'task',
          settings: { lr: 0.1, competing: undefined },
          published: published(99.23),
        },
      ],
    },
  ],
};
