import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  adam,
  ContinualLearningError,
  constant,
  type EntityStream,
  evaluateEntities,
  type LearnerOptions,
  type Schedule,
  type TaskData,
  tokenClassification,
  warmup,
} from '@cl/core';
import { directory, graph } from '@cl/node';
import * as tf from '@tensorflow/tfjs-core';
import { restoredOrNew } from '../../pretrain/learn-keeping.js';
import { type EntityResult, scoreAfter } from '../../run/entities.js';
import { numberSetting, type Trial } from '../study.js';
import { entityArm } from './arms.js';
import type { Tagger } from './tagger.js';

/** What was found after a step. */
export interface StepResult extends EntityResult {
  readonly name: string;
  /** Training steps that it took, and seconds with validation. */
  readonly steps: number;
  readonly seconds: number;
}

/** Lets a tagger learn the steps of a stream as an arm does, and scores it on the test sentences after each. */
export async function learnEntities(trial: Trial, tagger: Tagger, stream: EntityStream): Promise<readonly StepResult[]> {
  const patient = numberSetting(trial.settings, 'patience') > 0;
  if (patient && !stream.tasks[0]!.validation) {
    throw new ContinualLearningError(
      'CL_OPTION',
      '--set patience: there are no sentences for validation. Hold some out: --set validation=120.',
    );
  }
  const store = directory(join(trial.folder, 'learner'), { keep: 1 });
  const clock = { begun: 0 };
  const options = await optionsOf(trial, tagger, stream, clock);
  const learner = await restoredOrNew(store, options);
  tf.dispose(options.parameters ?? {});
  const number = (name: string): number => numberSetting(trial.settings, name);
  try {
    const results: StepResult[] = [];
    for (const [i, task] of stream.tasks.entries()) {
      const result = await trial.stage(`after-${i}`, async (): Promise<StepResult> => {
        const [begun, first] = [performance.now(), learner.progress.step];
        if (learner.remaining([task]).length > 0) {
          clock.begun = first;
          await learner.learn(task, {
            epochs: number('epochs'),
            batchSize: number('batch'),
            ...(patient && {
              earlyStopping: { score: () => validated(learner, task, stream), patience: number('patience') },
            }),
            signal: trial.signal,
          });
          await learner.save(store);
        }
        const [seconds, steps] = [(performance.now() - begun) / 1000, learner.progress.step - first];
        return { name: task.name, steps, seconds, ...scoreAfter(learner, stream, i) };
      });
      results.push(result);
      trial.say(`${task.name}: macro F1 ${percent(result.macro)}, micro ${percent(result.micro)}, after ${result.steps} steps`);
    }
    await rm(join(trial.folder, 'learner'), { recursive: true, force: true });
    return results;
  } finally {
    learner.dispose();
  }
}

/** Macro F1 of the types so far on validation sentences, which have the old types too, as in the paper. */
function validated(learner: Parameters<typeof evaluateEntities>[0], task: TaskData, stream: EntityStream): number {
  const types = stream.steps.slice(0, task.index + 1).flat();
  return evaluateEntities(learner, task.validation!, stream.tags, { types }).scores.macro.f1;
}

async function optionsOf(
  { arm, seed, settings, backend }: Trial,
  tagger: Tagger,
  stream: EntityStream,
  clock: { readonly begun: number },
): Promise<LearnerOptions> {
  const number = (name: string): number => numberSetting(settings, name);
  const sentences = stream.tasks.reduce((sum, { train }) => sum + train.length, 0);
  const perStep = Math.ceil(sentences / stream.tasks.length / number('batch'));
  const rising = Math.max(1, Math.round((number('epochs') * perStep) / 10));
  return {
    ...(await tagger.model(stream.outputs)),
    ...{ seed, objective: tokenClassification(), scenario: stream.scenario, clipNorm: 1, slots: 'reset' as const },
    optimizer: adam({
      learningRate: eachStep(warmup({ steps: rising, next: constant(number('rate')) }), clock),
      groups: [{ match: /^(head|other)\d*\//, learningRateFactor: number('headRate') / number('rate') }],
    }),
    strategy: entityArm(arm).strategy({ sentences, batchSize: number('batch') }),
    ...(backend.compiler === 'graph' && { compiler: graph() }),
  };
}

/** A schedule that begins anew with each step of the stream, however many training steps the one before took. */
const eachStep = (schedule: Schedule, clock: { readonly begun: number }): Schedule =>
  Object.defineProperty((step: number) => schedule(step - clock.begun), 'name', { value: `each step of types: ${schedule.name}` });

const percent = (share: number): string => (100 * share).toFixed(1);
