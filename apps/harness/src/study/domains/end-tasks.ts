import { adamW, column, custom, type Dataset, dataset, Learner, linear, random, warmup } from '@cl/core';
import { classifier, loadPretrained, type Tokenizer } from '@cl/models';
import { graph } from '@cl/node';
import * as tf from '@tensorflow/tfjs-core';
import { type EndTask, type EndTaskName, type LabelledText, loadEndTask } from '../../data/end-tasks.js';
import { numberSetting, type Trial } from '../study.js';
import { type Scores, scoresOf } from './scores.js';

/**
 * Fine-tunes a copy of a model, with a new classifier, on labelled texts, and scores it on the test texts. The copy is thrown away: nothing of it
 * comes back to the model.
 */
export async function fineTuned(trial: Trial, name: EndTaskName, model: { folder: string; tokenizer: Tokenizer }): Promise<Scores> {
  const { settings, seed, backend, signal } = trial;
  const number = (setting: string) => numberSetting(settings, setting);
  const [steps, length, batchSize] = [number('endSteps'), number('length'), number('batch')];
  const task = await loadEndTask(name, trial.data);
  const few = sampled(task, number('endExamples'), seed);
  const tokens = (texts: readonly LabelledText[]) => texts.map(({ text }) => tokensOf(text, few, model.tokenizer, length));
  // All arms of a seed read the same texts with the same tokenizer.
  const read = await trial.stage(`tokens-${name}`, async () => ({ train: tokens(few.train), test: tokens(few.test) }), 'shared');
  const padded = (rows: readonly TokenRow[]) => inputsOf(rows, model.tokenizer, length);
  const [train, test] = (['train', 'test'] as const).map((part) => {
    const { ids, mask } = padded(read[part]);
    const labels = Int32Array.from(few[part], ({ label }) => task.classes.indexOf(label));
    return dataset({ ids: column(ids, [length]), mask: column(mask, [length]) }, column(labels, []));
  }) as [Dataset, Dataset];
  const stream = custom({ tasks: [{ name, train, test }], scenario: 'domain', outputs: task.classes.length });

  const loaded = await loadPretrained(model.folder, { head: classifier({ outputs: stream.outputs, pooling: 'mean' }), sequence: length });
  const rising = Math.max(1, Math.round(0.1 * steps));
  const learner = new Learner({
    ...{ model: loaded.model, parameters: loaded.parameters, seed, scenario: stream.scenario, clipNorm: 1 },
    optimizer: adamW(warmup({ steps: rising, next: linear({ rate: number('endRate'), steps: Math.max(1, steps - rising) }) })),
    ...(backend.compiler === 'graph' && { compiler: graph() }),
  });
  tf.dispose(loaded.parameters);
  try {
    await learner.learn(stream.tasks[0]!, { iterations: steps, batchSize, signal });
    const predicted = await answers(learner, read.test, padded);
    const truth = few.test.map(({ label }) => task.classes.indexOf(label));
    return scoresOf(truth, predicted, name === 'chemprot' ? 'micro' : 'macro');
  } finally {
    learner.dispose();
  }
}

/** As many examples as are asked for, to train on and to test on: all, where there are no more. Test examples are the same for every seed. */
function sampled(task: EndTask, most: number, seed: number): EndTask {
  const some = (texts: readonly LabelledText[], part: string, draw: number) =>
    Array.from(random(draw, 'end task', task.name, part).sample(most, texts.length), (i) => texts[i]!);
  return { ...task, train: some(task.train, 'train', seed), test: some(task.test, 'test', 0) };
}

type TokenRow = readonly number[];

/** A text as the model reads it: its first tokens or its last where it has too many. */
function tokensOf(text: string, { keep }: EndTask, tokenizer: Tokenizer, length: number): TokenRow {
  const room = length - tokenizer.framed([]).length;
  const pieces = tokenizer.pieces(text);
  return [...tokenizer.framed(keep === 'first' ? pieces.slice(0, room) : pieces.slice(-room))];
}

/** Rows of `length` tokens, with padding at their ends. */
function inputsOf(rows: readonly TokenRow[], { padding }: Tokenizer, length: number) {
  const [ids, mask] = [new Int32Array(rows.length * length).fill(padding), new Int32Array(rows.length * length)];
  rows.forEach((row, i) => {
    ids.set(row, i * length);
    mask.fill(1, i * length, i * length + row.length);
  });
  return { ids, mask };
}

const ROWS = 64;

/** The likeliest class of each text. */
async function answers(
  learner: Learner,
  texts: readonly TokenRow[],
  padded: (rows: readonly TokenRow[]) => ReturnType<typeof inputsOf>,
): Promise<readonly number[]> {
  const found: number[] = [];
  for (let at = 0; at < texts.length; at += ROWS) {
    // The last rows again, so that all calls are of one size.
    const { ids, mask } = padded(Array.from({ length: ROWS }, (_, i) => texts[Math.min(at + i, texts.length - 1)]!));
    const likeliest = tf.tidy(() => {
      const shape: [number, number] = [ROWS, ids.length / ROWS];
      const outputs = learner.predict({ ids: tf.tensor2d(ids, shape, 'int32'), mask: tf.tensor2d(mask, shape, 'int32') });
      const best = tf.argMax(outputs, 1);
      outputs.dispose();
      return best;
    });
    found.push(...(await likeliest.data()));
    likeliest.dispose();
  }
  return found.slice(0, texts.length);
}
