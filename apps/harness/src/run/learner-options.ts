import { adam, adamW, eager, type LearnerOptions, type Model, momentum, type Optimizer, type Stream, sgd } from '@cl/core';
import { cnn, mlp } from '@cl/models';
import { graph } from '@cl/node';
import type { Benchmark } from '../benchmarks/index.js';
import type { RunSpec } from '../results/schema.js';
import { makeStrategy } from '../strategies/make.js';

/**
 * The learner that a spec describes.
 *
 * @param warn Gets a sentence for each entry that cannot be compiled.
 * @throws CL_OPTION, CL_CONFLICT
 */
export function learnerOptions(spec: RunSpec, benchmark: Benchmark, outputs: number, warn: (message: string) => void): LearnerOptions {
  return {
    model: modelOf(spec, benchmark, outputs),
    optimizer: optimizerOf(spec),
    scenario: spec.scenario,
    ...(spec.competing && { competing: spec.competing }),
    strategy: makeStrategy(spec),
    seed: spec.seed,
    slots: spec.slots,
    compiler: spec.compiler === 'graph' ? graph({ warn }) : eager(),
  };
}

/** The network, for a stream of a benchmark. */
export function modelOf(
  { model }: Pick<RunSpec, 'model'>,
  benchmark: Pick<Benchmark, 'inputs' | 'image'>,
  outputs: Stream['outputs'],
): Model {
  const { hidden, dropout } = model;
  if (model.name === 'mlp') return mlp({ inputs: benchmark.inputs[0], hidden, outputs, dropout });
  return cnn({ inputs: benchmark.image, outputs, dropout, ...(hidden[0] !== undefined && { hidden: hidden[0] }) });
}

const optimizers: Record<RunSpec['optimizer']['name'], (options: never) => Optimizer> = { sgd, momentum, adam, adamW };

/** The optimizer. Throws CL_OPTION for options that it does not have. */
export const optimizerOf = ({ optimizer }: Pick<RunSpec, 'optimizer'>): Optimizer =>
  optimizers[optimizer.name]({ learningRate: optimizer.learningRate, ...optimizer.options } as never);
