import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  adam,
  type CheckpointStore,
  joint,
  type Learner,
  type LearnerOptions,
  linear,
  restarting,
  type Schedule,
  type Stream,
  type TaskData,
  warmup,
} from '@cl/core';
import { language, loadPretrained, savePretrained, type Transformer } from '@cl/models';
import { directory, graph } from '@cl/node';
import * as tf from '@tensorflow/tfjs-core';
import { learnKeeping, restoredOrNew } from '../../pretrain/learn-keeping.js';
import { languageObjective } from '../../pretrain/tokenizer.js';
import { numberSetting, type Trial } from '../study.js';
import { domainArm } from './arms.js';
import type { Base } from './base.js';

/** What a model knows of a text: nats a hidden token, and the share of them that it finds. */
interface Knowledge {
  readonly loss: number;
  readonly accuracy: number;
}

/** Of all domains by name, and of the general text, at one moment. */
export interface Moment {
  readonly domains: { readonly [name: string]: Knowledge };
  readonly general: Knowledge;
}

export interface Learned {
  /** Before the first domain, and after each training. */
  readonly before: Moment;
  readonly after: readonly Moment[];
  /** Seconds of training, without evaluation. */
  readonly seconds: number;
  /** Mean importance of units at the end, where the arm has one. */
  readonly importance: number | null;
  /** Folder of the model as it became. */
  readonly folder: string;
}

interface Texts {
  readonly stream: Stream;
  readonly general: TaskData;
}

/** Lets the base model learn the domains as an arm does, and measures it on all of them after each. */
export async function learnDomains(trial: Trial, base: Base, { stream, general }: Texts): Promise<Learned> {
  const arm = domainArm(trial.arm);
  const learned = arm.joint ? joint(stream) : stream;
  const steps = stepsOf(stream.tasks[0]!, trial) * (arm.joint ? stream.tasks.length : 1);
  const store = directory(join(trial.folder, 'learner'), { keep: 1 });
  const options = await optionsOf(trial, base, stream, steps);
  const learner = await restoredOrNew(store, options);
  tf.dispose(options.parameters ?? []);
  const measure = () => momentOf(learner, stream.tasks, general);
  try {
    const before = await trial.stage('before', measure, 'shared');
    const after: Moment[] = [];
    let seconds = 0;
    for (const [i, task] of (arm.strategy ? learned.tasks : []).entries()) {
      const part = await trial.stage(`after-${i + 1}`, async () => {
        const took = await learnOne(trial, learner, task, { store, steps });
        return { moment: await measure(), seconds: took };
      });
      after.push(part.moment);
      seconds += part.seconds;
      trial.say(`after ${task.name}: ${told(part.moment)}`);
    }
    const folder = join(trial.folder, 'model');
    const importance = await trial.stage('model', async () => {
      const parameters = learner.parameters();
      await savePretrained(folder, learner.model as Transformer, parameters);
      tf.dispose(parameters);
      return learner.measure()['das.importance'] ?? null;
    });
    await rm(join(trial.folder, 'learner'), { recursive: true, force: true });
    return { before, after, seconds, importance, folder };
  } finally {
    learner.dispose();
  }
}

/** Learns a domain, unless the learner came back from after it. Returns the seconds that it took. */
async function learnOne(
  { settings, signal }: Trial,
  learner: Learner,
  task: TaskData,
  { store, steps }: { store: CheckpointStore; steps: number },
): Promise<number> {
  const begun = performance.now();
  if (learner.remaining([task]).length > 0) {
    await learnKeeping(learner, task, store, { iterations: steps, batchSize: numberSetting(settings, 'batch'), signal });
    await learner.save(store);
  }
  return (performance.now() - begun) / 1000;
}

/** One pass over a domain. */
const stepsOf = ({ train }: TaskData, { settings }: Trial): number =>
  Math.max(1, Math.floor(train.length / numberSetting(settings, 'batch')));

async function optionsOf(
  { arm: name, seed, settings, backend }: Trial,
  base: Base,
  stream: Stream,
  steps: number,
): Promise<LearnerOptions> {
  const { rate = 1, strategy } = domainArm(name);
  const { model, parameters } = await loadPretrained(base.folder, { head: language(), sequence: numberSetting(settings, 'length') });
  return {
    ...{ model, parameters, seed, scenario: stream.scenario, objective: languageObjective('mlm', base.tokenizer) },
    optimizer: adam(eachDomain(rate * numberSetting(settings, 'rate'), steps)),
    // Each domain is a training of its own, as in the paper.
    slots: 'reset',
    clipNorm: 1,
    ...(strategy && { strategy: strategy(settings) }),
    ...(backend.compiler === 'graph' && { compiler: graph() }),
  };
}

/** A tenth of each domain's steps of warm-up, then a line down to 0. */
function eachDomain(rate: number, steps: number): Schedule {
  const rising = Math.max(1, Math.round(0.1 * steps));
  return restarting({ every: steps, next: warmup({ steps: rising, next: linear({ rate, steps: Math.max(1, steps - rising) }) }) });
}

async function momentOf(learner: Learner, tasks: readonly TaskData[], general: TaskData): Promise<Moment> {
  const domains: { [name: string]: Knowledge } = {};
  for (const task of tasks) domains[task.name] = await knowledgeOf(learner, task);
  return { domains, general: await knowledgeOf(learner, general) };
}

async function knowledgeOf(learner: Learner, task: TaskData): Promise<Knowledge> {
  const { loss, accuracy } = await learner.evaluate(task, { batchSize: 16 });
  return { loss: loss!, accuracy: accuracy! };
}

function told({ domains, general }: Moment): string {
  const losses = Object.entries(domains).map(([name, { loss }]) => `${name} ${loss.toFixed(2)}`);
  return [...losses, `general ${general.loss.toFixed(2)}`].join(', ');
}
