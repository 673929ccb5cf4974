import { cumulative, evaluationTasks, joint, type Stream } from '@cl/core';
import { type BenchmarkOptions, benchmark } from '../benchmarks/index.js';
import type { RunResult, RunSpec } from '../results/schema.js';

/** Where data are, and who hears of a download. */
export type DataAccess = Pick<BenchmarkOptions, 'data' | 'progress' | 'signal'>;

/**
 * The tasks of a run.
 *
 * @throws CL_DATA, CL_OPTION
 */
export async function streamOf(spec: RunSpec, access: DataAccess): Promise<Stream> {
  const { train, test } = spec.limit;
  const stream = await benchmark(spec.benchmark).load({
    scenario: spec.scenario,
    seed: spec.seed,
    order: spec.order,
    rows: spec.model.name === 'cnn' ? 'images' : 'vectors',
    ...((train !== null || test !== null) && { limit: { ...(train !== null && { train }), ...(test !== null && { test }) } }),
    ...access,
  });
  if (spec.strategy === 'joint') return joint(stream);
  return spec.strategy === 'cumulative' ? cumulative(stream) : stream;
}

/** The tasks that accuracy is measured on, for the result. */
export const tasksOf = (stream: Stream): RunResult['tasks'] =>
  evaluationTasks(stream).map(({ name, classes, train, test }) => ({
    name,
    classes: [...classes],
    train: train.length,
    test: test.length,
  }));
