import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defineStrategy, Learner, type Stream } from '@cl/core';
import {
  language,
  loadPretrained,
  savePretrained,
  type TextDomain,
  type Tokenizer,
  type Transformer,
  textStream,
  tokenizerOf,
} from '@cl/models';
import { graph } from '@cl/node';
import * as tf from '@tensorflow/tfjs-core';
import { neededModel } from '../../models/index.js';
import { languageOptimizer, pretrain } from '../../pretrain/pretrain.js';
import { PRETRAIN_DEFAULTS } from '../../pretrain/settings.js';
import { languageObjective } from '../../pretrain/tokenizer.js';
import { numberSetting, type Trial } from '../study.js';

/** What all arms of a seed begin with: a folder with a masked language model and its tokenizer. */
export interface Base {
  readonly folder: string;
  readonly tokenizer: Tokenizer;
}

/** A small network trained on the general text, made once for all arms of a seed. */
export const smallBase = (trial: Trial, general: TextDomain): Promise<Base> => once(trial, (folder) => small(trial, general, folder));

/** MiniLM with a head that was fitted to it, made once for all arms of a seed. Throws CL_DATA where MiniLM is not on this machine. */
export const minilmBase = (trial: Trial, general: TextDomain): Promise<Base> => once(trial, (folder) => minilm(trial, general, folder));

async function once(trial: Trial, make: (folder: string) => Promise<string>): Promise<Base> {
  const folder = join(trial.shared, 'base');
  trial.say(`base: ${await trial.stage('base', () => make(folder), 'shared')}`);
  return { folder, tokenizer: await tokenizerOf(folder) };
}

async function small(trial: Trial, general: TextDomain, folder: string): Promise<string> {
  const { seed, settings, backend, signal } = trial;
  const number = (name: string) => numberSetting(settings, name);
  const steps = number('baseSteps');
  let mean = Number.NaN;
  const { loss, accuracy, fingerprint } = await pretrain({
    settings: {
      ...PRETRAIN_DEFAULTS,
      ...{ width: number('width'), layers: number('layers'), sequence: number('length'), vocabulary: number('vocabulary') },
      ...{ steps, rate: number('baseRate'), batch: number('batch'), seed },
    },
    ...{ texts: general, folder, backend, signal },
    onStep: ({ iteration, loss: now }) => {
      mean = Number.isNaN(mean) ? now : mean + 0.02 * (now - mean);
      if (iteration % Math.ceil(steps / 10) === 0) trial.say(`base: step ${iteration} of ${steps}, loss ${mean.toFixed(2)}`);
    },
  });
  return `loss ${loss.toFixed(3)} on the general text, ${(100 * accuracy).toFixed(1)} % found; ${fingerprint.slice(0, 12)}`;
}

/** MiniLM comes without a head for hidden tokens. One is fitted to its features, which stand still meanwhile. */
async function minilm(trial: Trial, general: TextDomain, folder: string): Promise<string> {
  const { seed, settings, backend, signal } = trial;
  const [steps, length] = [numberSetting(settings, 'headSteps'), numberSetting(settings, 'length')];
  const from = neededModel('domains-minilm', 'minilm-l6');
  const tokenizer = await tokenizerOf(from);
  const { model, parameters } = await loadPretrained(from, { head: language(), sequence: length });
  const stream: Stream = textStream({ domains: [general], tokenizer, length, seed });
  const learner = new Learner({
    ...{
      model,
      parameters,
      objective: languageObjective('mlm', tokenizer),
      scenario: stream.scenario,
      strategy: headAlone(),
      seed,
      clipNorm: 1,
    },
    optimizer: languageOptimizer({ rate: numberSetting(settings, 'baseRate'), steps }),
    ...(backend.compiler === 'graph' && { compiler: graph() }),
  });
  tf.dispose(parameters);
  try {
    await learner.learn(stream.tasks[0]!, { iterations: steps, batchSize: numberSetting(settings, 'batch'), signal });
    const { loss, accuracy } = await learner.evaluate(stream.tasks[0]!);
    const learned = learner.parameters();
    await savePretrained(folder, learner.model as Transformer, learned);
    tf.dispose(learned);
    await mkdir(folder, { recursive: true });
    for (const name of ['tokenizer.json', 'tokenizer_config.json']) await copyFile(join(from, name), join(folder, name));
    return `MiniLM-L6 with a fitted head: loss ${loss!.toFixed(3)} on the general text, ${(100 * accuracy!).toFixed(1)} % found`;
  } finally {
    learner.dispose();
  }
}

const headAlone = () =>
  defineStrategy({ name: 'head-alone', init: () => ({}), trains: (_ctx, parameter) => /^(transform|head)\//.test(parameter) });
