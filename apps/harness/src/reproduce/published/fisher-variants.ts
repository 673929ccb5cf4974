import { own, published, type Reproduction, type Row } from '../reproduction.js';
import { PROTOCOL, SETTINGS } from './split-mnist.js';

/**
 * Online EWC of the post. The published accuracies are each of the best λ of a search; here λ of sample and of batched
 * are the best of a few powers of ten, tried with seed 1, and the other estimators by one label have that of sample. Labels that are drawn from a network that is nearly sure are the true ones, whose gradients are small.
 */
const ewcWith = (fisher: string, label: string, lambda: number, accuracy: number, standardError: number): Row => ({
  strategy: 'ewc',
  label,
  settings: { set: own('ewc', { lambda, fisher, mode: 'online', gamma: 1 }) },
  published: published(accuracy, standardError),
});

/** Van de Ven, "On the computation of the Fisher information in continual learning", ICLR blog posts 2025. */
export const fisherVariants: Reproduction = {
  name: 'fisher-variants',
  description: 'van de Ven 2025, EWC with each estimator of the Fisher information',
  tables: [
    {
      id: 'fisher-variants',
      title: 'Estimators of the Fisher information, Split-MNIST, task-incremental',
      benchmark: 'split-mnist',
      scenario: 'task',
      protocol: `Online EWC; λ = 1e5 for exact, 1e8 where one label an example counts, since a network that is nearly sure has small gradients by it, and 1e9 for batched, the square of a mean over 128. ${PROTOCOL}`,
      source: 'van de Ven 2025, ICLR blog post on the Fisher information, 30 seeds, the best λ of each',
      settings: SETTINGS,
      rows: [
        { strategy: 'finetune', label: 'none', published: published(85.41, 0.88) },
        ewcWith('exact', 'exact', 1e5, 99.12, 0.16),
        ewcWith('sample', 'sample', 1e8, 99.12, 0.12),
        ewcWith('empirical', 'empirical', 1e8, 99.12, 0.12),
        ewcWith('batched', 'batched (128)', 1e9, 99.11, 0.16),
        ...(['predicted', 'weighted'] as const).map((fisher): Row => ({ ...ewcWith(fisher, fisher, 1e8, 0, 0), published: null })),
      ],
    },
  ],
};
