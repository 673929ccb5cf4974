import { checkKnown, defineStrategy } from '@cl/core';
import { ADAPTER_OPTIONS, type AdapterOptions, adapted, adapterOf, checkAdapters, withAdapters } from './adapters.js';

export type LoraOptions = AdapterOptions;

/**
 * LoRA: the network stays as it is, and beside its kernels matrices of low rank are trained.
 *
 *     W_seen = W + (α / r) A B,   A [inputs, r] ~ N(0, 1 / (3 inputs)),   B [r, outputs] = 0 at first
 *
 * Hu et al., "LoRA: low-rank adaptation of large language models", ICLR 2022, arXiv 2106.09685. It learns less than training all weights does,
 * and forgets less (Biderman et al., TMLR 2024, arXiv 2405.09673), which makes it fit for alignment, and less fit for knowledge; it wants a
 * learning rate of its own, about ten times as high. One adapter for all tasks: a later task goes on training it. For a pair a task see `olora`.
 * Biases, gains and running statistics stay. Parameters: 'dense0/kernel/lora/a', 'dense0/kernel/lora/b'. Keeps (inputs + outputs) r numbers
 * a kernel. `mergeAdapters` puts them into the kernels.
 *
 * @throws CL_OPTION for options outside their ranges; CL_REQUIREMENT for a model without kernels that match.
 * @example new Learner({ model, parameters, optimizer: adam(2e-4), scenario: 'domain', strategy: lora({ rank: 8, match: ['query', 'value'] }) })
 */
export function lora(options: LoraOptions) {
  checkKnown('lora', options, ADAPTER_OPTIONS);
  const { rank, scale, match, head, options: all } = checkAdapters('lora', options);

  return defineStrategy({
    name: 'lora',
    claims: ['architecture', 'parameters'],
    options: all,
    wrap: (model) => withAdapters('lora', model, { rank, match, names: [''] }),
    init: () => ({}),

    effective: (_ctx, parameters) => adapted(parameters, scale),
    trains: (ctx, parameter) => adapterOf(parameter) !== null || (head === 'trained' && ctx.head.has(parameter)),
    freezes: () => true,
  });
}
