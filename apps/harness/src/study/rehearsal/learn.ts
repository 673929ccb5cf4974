import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { adam, concatData, Learner, type LearnerOptions, languageModel, latinSquare, type TaskData } from '@cl/core';
import { decoder, language, loadPretrained, savePretrained } from '@cl/models';
import { directory, graph } from '@cl/node';
import * as tf from '@tensorflow/tfjs-core';
import { learnKeeping, restoredOrNew } from '../../pretrain/learn-keeping.js';
import { numberSetting, type Trial } from '../study.js';
import { exactResult, type TaskResult, textResult } from './answers.js';
import { rehearsalArm } from './arms.js';
import { baseRows, type Material } from './material.js';
import { rowsOf } from './rows.js';

/** How a trial went. */
export interface Learned {
  /** What the tasks were learned in, by name; of joint training, one. */
  readonly order: readonly string[];
  /** Right after each was learned: how it is done, what can be done without having been learned, and which part of its rows was rehearsed. */
  readonly after: readonly Step[];
  /** Each task at the end. */
  readonly end: { readonly [task: string]: TaskResult };
  /** Base and zero-shot tasks, before and at the end. */
  readonly baseBefore: TaskResult;
  readonly baseEnd: TaskResult;
  readonly zeroShotBefore: TaskResult;
  readonly seconds: number;
}

export interface Step {
  /** Null where all are learned at once. */
  readonly learned: TaskResult | null;
  readonly zeroShot: TaskResult;
  readonly share: number;
  readonly seconds: number;
}

/** Lets the base model learn the tasks as an arm does. */
export async function learnTasks(trial: Trial, material: Material): Promise<Learned> {
  const folder = await baseModel(trial, material);
  const tasks = tasksOf(trial, material);
  const store = directory(join(trial.folder, 'learner'), { keep: 1 });
  const { model, parameters } = await loadPretrained(folder, { head: language({ tied: true }) });
  const strategy = rehearsalArm(trial.arm).strategy(trial.settings, baseRows(material, trial));
  const learner = await restoredOrNew(store, { ...optionsOf(trial, 'rate'), model, parameters, strategy });
  tf.dispose(parameters);
  try {
    const baseBefore = await trial.stage('base-before', () => exactResult(learner, material, 'base', trial), 'shared');
    const zeroShotBefore = await trial.stage('zero-shot-before', () => exactResult(learner, material, 'zeroShot', trial), 'shared');
    trial.say(`before: base tasks ${percent(baseBefore.score)}, zero-shot ${percent(zeroShotBefore.score)}`);
    const after: Step[] = [];
    for (const task of tasks) {
      const step = await trial.stage(`after-${task.name}`, async () => {
        const begun = performance.now();
        if (learner.remaining([task]).length > 0) {
          await learnKeeping(learner, task, store, { batchSize: numberSetting(trial.settings, 'batch'), signal: trial.signal });
          await learner.save(store);
        }
        const seconds = (performance.now() - begun) / 1000;
        const text = material.tasks.find(({ name }) => name === task.name);
        const learned = text ? await textResult(learner, material, text, trial) : null;
        const zeroShot = await exactResult(learner, material, 'zeroShot', trial);
        return { learned, zeroShot, share: learner.measure()['rehearsal.share']!, seconds };
      });
      after.push(step);
      trial.say(
        `after ${task.name}: ${step.learned ? percent(step.learned.score) : '–'}, zero-shot ${percent(step.zeroShot.score)}, ${percent(step.share)} rehearsed, ${step.seconds.toFixed(0)} s`,
      );
    }
    const end: { [task: string]: TaskResult } = {};
    for (const task of material.tasks) {
      end[task.name] = await trial.stage(`end-${task.name}`, () => textResult(learner, material, task, trial));
    }
    const baseEnd = await trial.stage('base-end', () => exactResult(learner, material, 'base', trial));
    trial.say(`at the end: base tasks ${percent(baseEnd.score)}`);
    await rm(join(trial.folder, 'learner'), { recursive: true, force: true });
    const seconds = after.reduce((sum, step) => sum + step.seconds, 0);
    return { order: tasks.map(({ name }) => name), after, end, baseBefore, baseEnd, zeroShotBefore, seconds };
  } finally {
    learner.dispose();
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The base model, made once for all arms: it learns the base tasks, all at once. */
async function baseModel(trial: Trial, material: Material): Promise<string> {
  const folder = join(trial.shared, 'base');
  const number = (name: string) => numberSetting(trial.settings, name);
  const about = await trial.stage(
    'base',
    async () => {
      const model = decoder({
        ...{ layout: 'llama', vocabulary: material.format.tokenizer.tokens.length, sequence: material.format.length },
        ...{ width: number('width'), layers: number('layers'), heads: number('heads'), feedForward: 3 * number('width'), deviation: 0.05 },
        head: language({ tied: true }),
      });
      const learner = new Learner({ ...optionsOf(trial, 'baseRate'), model });
      try {
        const task = taskOf('base', 0, concatData(baseRows(material, trial)));
        await learner.learn(task, {
          ...{ epochs: number('baseEpochs'), batchSize: number('batch'), signal: trial.signal },
          onStep({ iteration, iterations, loss }) {
            if (iteration % Math.ceil(iterations / 5) === 0) trial.say(`base: step ${iteration} of ${iterations}, loss ${loss.toFixed(2)}`);
          },
        });
        const parameters = learner.parameters();
        await savePretrained(folder, model, parameters);
        tf.dispose(parameters);
        return `${learner.progress.step} steps`;
      } finally {
        learner.dispose();
      }
    },
    'shared',
  );
  trial.say(`base: ${about}`);
  return folder;
}

const optionsOf = ({ seed, settings, backend }: Trial, rate: 'rate' | 'baseRate'): Omit<LearnerOptions, 'model'> => ({
  ...{ objective: languageModel(), optimizer: adam(numberSetting(settings, rate)), scenario: 'domain', seed, clipNorm: 1, slots: 'reset' },
  ...(backend.compiler === 'graph' && { compiler: graph() }),
});

/** The tasks in the arm's order, each brought to as many rows. */
function tasksOf(trial: Trial, { tasks, format }: Material): readonly TaskData[] {
  const { settings, seed, arm } = trial;
  const count = numberSetting(settings, 'examples');
  const learned = tasks.map((task) => ({ task, rows: rowsOf(format, task, { count, seed }) }));
  const { order } = rehearsalArm(arm);
  if (order === 'joint') return [taskOf('all', 0, concatData(learned.map(({ rows }) => rows)))];
  const orders = { asTheyAre: learned, reverse: [...learned].reverse(), mixed: latinSquare(learned)[learned.length / 2]! };
  const inOrder = orders[order ?? 'asTheyAre'];
  return inOrder.map(({ task, rows }, index) => taskOf(task.name, index, rows));
}

const taskOf = (name: string, index: number, rows: TaskData['train']): TaskData => ({ index, name, classes: [], train: rows, test: rows });
