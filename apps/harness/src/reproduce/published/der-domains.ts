import type { Settings } from '../../config/settings.js';
import { own, type Reproduction, type Row, type TableToMake } from '../reproduction.js';
import { onlineEwc, plain, rehearsal, SOURCE, type ThreeBuffers } from './der.js';

const TASKS = 20;

/** What differs between the two streams. */
interface Stream {
  readonly joint: number;
  readonly sgd: number;
  readonly ewc: number;
  readonly si: { readonly c: number; readonly reached: number };
  readonly er: ThreeBuffers;
  readonly gem: { readonly lr: number; readonly reached: ThreeBuffers };
  readonly agem: { readonly lr: ThreeBuffers; readonly reached: ThreeBuffers };
  readonly gss: { readonly lr: ThreeBuffers; readonly sample: ThreeBuffers; readonly reached: ThreeBuffers };
  readonly der: { readonly alpha: ThreeBuffers; readonly reached: ThreeBuffers };
  readonly derpp: { readonly alpha: ThreeBuffers; readonly beta: ThreeBuffers; readonly reached: ThreeBuffers };
}

const PERMUTED: Stream = {
  joint: 94.33,
  sgd: 40.7,
  ewc: 75.79,
  si: { c: 0.5, reached: 65.86 },
  er: [72.37, 80.6, 89.9],
  gem: { lr: 0.1, reached: [66.93, 76.88, 87.42] },
  agem: { lr: [0.1, 0.1, 0.1], reached: [66.42, 67.56, 73.32] },
  gss: { lr: [0.2, 0.1, 0.03], sample: [128, 10, 10], reached: [63.72, 76.0, 82.22] },
  der: { alpha: [1, 1, 0.5], reached: [81.74, 87.29, 91.66] },
  derpp: { alpha: [1, 1, 0.5], beta: [1, 0.5, 1], reached: [83.58, 88.21, 92.26] },
};

const ROTATED: Stream = {
  joint: 95.76,
  sgd: 67.66,
  ewc: 77.35,
  si: { c: 1, reached: 71.91 },
  er: [85.01, 88.91, 93.45],
  gem: { lr: 0.01, reached: [80.8, 81.15, 88.57] },
  agem: { lr: [0.1, 0.3, 0.3], reached: [81.91, 80.31, 80.18] },
  gss: { lr: [0.2, 0.2, 0.2], sample: [128, 128, 128], reached: [79.5, 81.58, 85.24] },
  der: { alpha: [1, 0.5, 0.5], reached: [90.04, 92.24, 94.14] },
  derpp: { alpha: [1, 0.5, 0.5], beta: [0.5, 1, 0.5], reached: [90.43, 92.77, 94.65] },
};

const rowsOf = ({ joint, sgd, ewc, si, er, gem, agem, gss, der, derpp }: Stream): readonly Row[] => [
  plain('finetune', 'SGD', 0.2, sgd),
  plain('joint', 'joint', 0.2, joint),
  plain('ewc', 'oEWC', 0.1, ewc, onlineEwc(0.7)),
  plain('si', 'SI', 0.1, si.reached, own('si', { c: si.c, xi: 1, relu: false })),
  ...rehearsal('replay', 'ER', {
    lr: [0.2, 0.2, 0.2],
    set: (capacity) => own('replay', { capacity, batchSize: 128, from: 'all', weighting: 'rows' }),
    reached: er,
  }),
  ...rehearsal('gem', 'GEM', {
    lr: [gem.lr, gem.lr, gem.lr],
    set: (buffer) => own('gem', { perTask: Math.floor(buffer / TASKS), margin: 0.5 }),
    reached: gem.reached,
  }),
  ...rehearsal('agem', 'A-GEM', {
    lr: agem.lr,
    set: (capacity) => own('agem', { capacity, sample: 128 }),
    reached: agem.reached,
  }),
  ...rehearsal('gss', 'GSS', {
    lr: gss.lr,
    set: (capacity, i) => own('gss', { capacity, batchSize: [10, 128, 128][i]!, sample: gss.sample[i], gate: 'batch' }),
    reached: gss.reached,
  }),
  ...rehearsal('der', 'DER', {
    lr: [0.2, 0.2, 0.2],
    set: (capacity, i) => own('der', { capacity, alpha: der.alpha[i], batchSize: 128 }),
    reached: der.reached,
  }),
  ...rehearsal('derpp', 'DER++', {
    lr: [0.1, 0.2, 0.2],
    set: (capacity, i) => own('derpp', { capacity, alpha: derpp.alpha[i], beta: derpp.beta[i], batchSize: 128 }),
    reached: derpp.reached,
  }),
];

const SETTINGS: Settings = { epochs: 1, batch: 128, optimizer: 'sgd', hidden: [100, 100], slots: 'keep' };

const table = (about: Pick<TableToMake, 'id' | 'title' | 'benchmark'>, what: string, stream: Stream): TableToMake => ({
  ...about,
  scenario: 'domain',
  protocol: `20 ${what} of MNIST; one pass each, batches of 128, plain gradient descent, MLP 784-100-100; accuracy over all tasks after the last.`,
  source: SOURCE,
  settings: SETTINGS,
  rows: rowsOf(stream),
});

export const derPermMnist: Reproduction = {
  name: 'der-perm-mnist',
  description: 'Buzzega et al., P-MNIST, three buffers',
  tables: [
    table(
      { id: 'der-perm-mnist', title: 'P-MNIST (DER protocol), domain-incremental', benchmark: 'permuted-mnist-20' },
      'permutations',
      PERMUTED,
    ),
  ],
};

export const derRotMnist: Reproduction = {
  name: 'der-rot-mnist',
  description: 'Buzzega et al., R-MNIST, three buffers',
  tables: [
    table({ id: 'der-rot-mnist', title: 'R-MNIST (DER protocol), domain-incremental', benchmark: 'rotated-mnist' }, 'rotations', ROTATED),
  ],
};
