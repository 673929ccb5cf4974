import { Learner, type Stream, type TaskData } from '@cl/core';
import { benchmark } from '../benchmarks/index.js';
import { readResult, writeResult } from '../results/folder.js';
import { runId } from '../results/identity.js';
import { metricsOf } from '../results/metrics.js';
import { RESULT_FORMAT, type RunResult, type RunSpec } from '../results/schema.js';
import { type Backend, checkCompiler, loadBackend } from './backend.js';
import { Checkpoints } from './checkpoints.js';
import { environmentOf } from './environment.js';
import { accuracies, initialAccuracies } from './evaluate.js';
import { Interrupted } from './interrupted.js';
import { learnerOptions } from './learner-options.js';
import { lock } from './lock.js';
import { newRecord, paceOf, type RunRecord, recordStep, stepsPerEntry } from './record.js';
import { sizesOf } from './sizes.js';
import { type DataAccess, streamOf, tasksOf } from './stream.js';

/** Where a run stands. */
export interface RunProgress {
  readonly phase: 'train' | 'evaluate';
  /** Trainings: one a task, or one in all for joint training. */
  readonly training: number;
  readonly trainings: number;
  /** Steps taken, and steps that it takes in all. */
  readonly step: number;
  readonly steps: number;
  /** Of the last step; null before the first. */
  readonly loss: number | null;
}

/** How a run is carried out; nothing here changes its numbers. */
export interface RunHooks extends DataAccess {
  /** The run's own folder, for checkpoints and the result. Left out: nothing is written. */
  readonly folder?: string;
  /** Stops the run between two steps, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Threads for one operation; only the first run of a process can choose. */
  readonly threads?: number | null;
  /** Steps between two checkpoints. Default: by time. */
  readonly checkpointEvery?: number | null;
  /** Whether the last checkpoint, which has the trained model, stays when the run is finished. Default false. */
  readonly keep?: boolean;
  /** The command that made the run, for the result. */
  readonly command?: string;
  /** Called several times a second. */
  readonly onProgress?: (progress: RunProgress) => void;
}

/**
 * Carries out a run, from its newest checkpoint if there is one, and returns its result; a run that is finished is only read.
 * The same spec on the same machine gives the same parameters bit for bit, however often it was interrupted.
 *
 * @throws Interrupted if the signal stopped it; CL_NOT_FINITE, CL_DATA, CL_DISK and others: what was saved stays, and the run can be
 *   resumed.
 */
export async function executeRun(spec: RunSpec, hooks: RunHooks = {}): Promise<RunResult> {
  const { folder } = hooks;
  const done = folder === undefined ? null : await readResult(folder, spec);
  if (done) return done;
  const backend = await loadBackend(hooks.threads);
  checkCompiler(spec, backend);
  if (folder === undefined) return carryOut(spec, hooks, backend);

  const release = await lock(folder);
  try {
    // Another process may have finished it while this one waited.
    return (await readResult(folder, spec)) ?? (await carryOut(spec, hooks, backend));
  } catch (error) {
    if (hooks.signal?.aborted && error === hooks.signal.reason) throw new Interrupted(0, true);
    throw error;
  } finally {
    await release();
  }
}

async function carryOut(spec: RunSpec, hooks: RunHooks, backend: Backend): Promise<RunResult> {
  const { folder, checkpointEvery = null, data, progress, signal } = hooks;
  const stream = await streamOf(spec, { data, ...(progress && { progress }), ...(signal && { signal }) });
  const notes: string[] = [];
  const options = learnerOptions(spec, benchmark(spec.benchmark), stream.outputs, (note) => notes.push(note));
  const checkpoints = folder === undefined ? null : new Checkpoints(folder, checkpointEvery);
  const circumstances = `${backend.backend} ${backend.version}, ${backend.device}, threads for one operation: ${backend.threads}`;
  const { learner, record } = (await checkpoints?.restore(options)) ?? { learner: new Learner(options), record: newRecord(circumstances) };
  if (record.circumstances !== circumstances) {
    record.notes.push(
      `Begun on ${record.circumstances}; resumed on ${circumstances}. The last bits may differ from a run that was left alone.`,
    );
  }
  try {
    await trainAndMeasure({ spec, stream, learner, record, checkpoints, hooks });
    const result = await resultOf({
      spec,
      stream,
      learner,
      record: { ...record, notes: [...new Set([...record.notes, ...notes])] },
      hooks,
      backend,
    });
    if (folder !== undefined && checkpoints) {
      if (hooks.keep) await checkpoints.saveIfNew(learner, record);
      await writeResult(folder, result);
      if (!hooks.keep) await checkpoints.clear();
    }
    return result;
  } finally {
    learner.dispose();
  }
}

interface Work {
  readonly spec: RunSpec;
  readonly stream: Stream;
  readonly learner: Learner;
  readonly record: RunRecord;
  readonly checkpoints: Checkpoints | null;
  readonly hooks: RunHooks;
}

/** Each training that is left, and after each the accuracy on all tasks. */
async function trainAndMeasure(work: Work): Promise<void> {
  const { spec, stream, learner, record, checkpoints, hooks } = work;
  const within = spec.scenario === 'class';
  const measure = async <T>(body: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    const value = await body();
    record.evaluateSeconds += (performance.now() - begun) / 1000;
    return value;
  };
  if (record.initial.length === 0) record.initial = await measure(() => initialAccuracies(learner, stream, spec));

  for (const task of learner.remaining(stream.tasks)) {
    await trainOn(task, work);
    record.accuracy.push(await measure(() => accuracies(learner, stream)));
    if (within) record.accuracyWithinTask.push(await measure(() => accuracies(learner, stream, 'task')));
    if (hooks.signal?.aborted) await stop(work);
    // Here and within a training a checkpoint has as many rows of accuracy as tasks learned; in between there is none.
    if (checkpoints?.isDue(learner.progress.step)) await checkpoints.save(learner, record);
  }
}

async function trainOn(task: TaskData, work: Work): Promise<void> {
  const { spec, stream, learner, record, checkpoints, hooks } = work;
  const training = learner.progress.learned.length;
  const steps = stepsOf(spec, stream);
  const every = stepsPerEntry(steps);
  let mark = performance.now();
  let shown = 0;
  try {
    await learner.learn(task, {
      ...(spec.iterations === null ? { epochs: spec.epochs ?? 1 } : { iterations: spec.iterations }),
      batchSize: spec.batchSize,
      ...(hooks.signal && { signal: hooks.signal }),
      onStep({ iteration, iterations, step, loss }) {
        const now = performance.now();
        recordStep(record, { step, training, loss, milliseconds: now - mark }, { every, last: iteration === iterations });
        record.trainSeconds += (now - mark) / 1000;
        mark = now;
        if (hooks.onProgress && (now - shown >= 100 || iteration === iterations)) {
          shown = now;
          hooks.onProgress({
            phase: iteration === iterations ? 'evaluate' : 'train',
            training,
            trainings: stream.tasks.length,
            step,
            steps,
            loss,
          });
        }
        if (!checkpoints?.isDue(step)) return undefined;
        return checkpoints.save(learner, record).then(() => {
          mark = performance.now();
        });
      },
    });
  } catch (error) {
    if (hooks.signal?.aborted && learner.progress.current) await stop(work);
    throw error;
  }
  // What comes after the last step belongs to training too: the strategy's pass over the data.
  record.trainSeconds += (performance.now() - mark) / 1000;
}

/** Saves what there is and throws Interrupted. */
async function stop({ learner, record, checkpoints }: Work): Promise<never> {
  const { step } = learner.progress;
  if (step > 0) await checkpoints?.saveIfNew(learner, record);
  throw new Interrupted(step, checkpoints !== null);
}

/** Training steps in all. */
export function stepsOf({ iterations, epochs, batchSize }: RunSpec, stream: Stream): number {
  const stepsOn = ({ train }: TaskData) => iterations ?? (epochs ?? 1) * Math.ceil(train.length / Math.min(batchSize, train.length));
  return stream.tasks.reduce((sum, task) => sum + stepsOn(task), 0);
}

type Finished = Pick<Work, 'spec' | 'stream' | 'learner' | 'record' | 'hooks'> & { readonly backend: Backend };

async function resultOf({ spec, stream, learner, record, hooks, backend }: Finished): Promise<RunResult> {
  const { initial, accuracy, accuracyWithinTask, loss, notes, startedAt } = record;
  return {
    format: RESULT_FORMAT,
    id: runId(spec),
    spec,
    tasks: tasksOf(stream),
    accuracy,
    initial,
    accuracyWithinTask: spec.scenario === 'class' ? accuracyWithinTask : null,
    loss,
    metrics: metricsOf({ accuracy, initial, spec }),
    time: {
      trainSeconds: record.trainSeconds,
      evaluateSeconds: record.evaluateSeconds,
      iterations: learner.progress.step,
      msPerIteration: paceOf(record),
    },
    memory: { ...(await sizesOf(learner)), resident: Math.max(record.resident, process.memoryUsage.rss()) },
    measures: learner.measure(),
    parameterHash: await learner.parameterHash(),
    environment: await environmentOf(backend),
    notes,
    command: hooks.command ?? '',
    startedAt,
    finishedAt: new Date().toISOString(),
  };
}
