import type { Settings } from '../../config/settings.js';
import { own, type Reproduction, type Row, type TableToMake } from '../reproduction.js';

/** Methods that give parameters or units to tasks, and what they are compared with. Nobody published numbers for these streams. */
const rows: readonly Row[] = [
  { strategy: 'finetune', label: 'fine-tuning', published: null },
  { strategy: 'joint', label: 'joint', published: null },
  // λ of Split-CIFAR-100, tasks known, van de Ven et al. (2022). Exact, it would take a backward pass a class for each image.
  { strategy: 'ewc', label: 'EWC', settings: { set: own('ewc', { lambda: 1000, fisher: 'empirical' }) }, published: null },
  { strategy: 'spg', label: 'SPG', published: null },
  { strategy: 'gpm', label: 'GPM', published: null },
  { strategy: 'packnet', label: 'PackNet', published: null },
  // Plain gradient descent of this rate, as in the paper: Adam undoes the compensation of the embeddings' gradients.
  {
    strategy: 'hat',
    label: 'HAT',
    settings: { optimizer: 'sgd', lr: 0.05, set: own('hat', { sMax: 400, c: 0.75 }) },
    published: null,
  },
  { strategy: 'piggyback', label: 'Piggyback', published: null },
  { strategy: 'supsup', label: 'SupSup', published: null },
  // Adapters of the dense layer, which reads all places of the last convolution, would have hundreds of millions of weights.
  { strategy: 'progressive', label: 'progressive networks', settings: { set: own('progressive', { adapters: false }) }, published: null },
];

const SETTINGS: Settings = { model: 'cnn', hidden: [128], batch: 64, optimizer: 'adam', lr: 0.001, order: 'shuffled', slots: 'reset' };
const NETWORK = 'convolutions of 32 and 64 filters, a dense layer of 128; batches of 64, Adam 1e-3 (HAT: plain gradient descent, 0.05)';

const table = (
  about: Pick<TableToMake, 'id' | 'title' | 'benchmark'>,
  { settings, protocol }: Pick<TableToMake, 'settings' | 'protocol'>,
): TableToMake => ({
  ...about,
  scenario: 'task',
  protocol: `${protocol}; ${NETWORK}.`,
  source: null,
  settings: { ...SETTINGS, ...settings },
  columns: ['transfer', 'capacity'],
  rows,
});

const CIFAR100 = 'of 100 training and 50 test images of each class of CIFAR-100; 15 passes';

export const masksCifar100: Reproduction = {
  name: 'masks-cifar100',
  description: 'parameters and units given to tasks, on a part of CIFAR-100 in 10 and 20 tasks',
  tables: [
    table(
      { id: 'masks-cifar100-10', title: 'Split-CIFAR-100 (subset), 10 tasks, task-incremental', benchmark: 'split-cifar100-10' },
      { settings: { epochs: 15 }, protocol: `10 tasks of 10 classes, ${CIFAR100}` },
    ),
    table(
      { id: 'masks-cifar100-20', title: 'Split-CIFAR-100 (subset), 20 tasks, task-incremental', benchmark: 'split-cifar100-20' },
      { settings: { epochs: 15 }, protocol: `20 tasks of 5 classes, ${CIFAR100}` },
    ),
  ],
};

export const masksFashionMnist: Reproduction = {
  name: 'masks-fashion-mnist',
  description: 'parameters and units given to tasks, on Split-Fashion-MNIST',
  tables: [
    table(
      { id: 'masks-fashion-mnist', title: 'Split-Fashion-MNIST, task-incremental', benchmark: 'split-fashion-mnist' },
      { settings: { epochs: 2, limit: [4000, 1000] }, protocol: '5 tasks of 2 classes, 4000 training images a task; 2 passes' },
    ),
  ],
};
