import { type AnyStrategy, compose, Learner, momentum } from '@cl/core';
import { tinyMlp } from '@cl/core/testing';
import type { Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { leavesNoTensor, resumesFrom } from '../../../../packages/core/src/testing/laws/runs.js';
import { runStraight, type Straight } from '../../../../packages/core/src/testing/laws/straight.js';
import { prepareCpu } from '../../../../packages/core/src/testing/setup.js';
import { learnerOptions, once, type Subject, streamOf } from '../../../../packages/core/src/testing/subject.js';
import { strategyInfo } from '../../src/strategies/catalog.js';
import type { StrategyInfo } from '../../src/strategies/info.js';
import type { StrategyName } from '../../src/strategies/make.js';
import { small } from './small.js';
import { allPairs, type Pair } from './verdicts.js';

/** Pairs that can be composed, in an order that works. */
export const legal: readonly Pair[] = allPairs().filter(({ order }) => order !== 'none');

/** Three tasks of four steps each, two inputs, eight hidden units. The task is known, so that whatever a strategy requires is there. */
export const subjectOf = (names: Pair['names'], heard: (name: StrategyName, term: Scalar | null) => void = () => {}): Subject => ({
  create: () => compose(...(names.map((name) => withEar(small(name), (term) => heard(name, term))) as never[])) as unknown as AnyStrategy,
  scenarios: ['task'],
  model: ({ inputs, outputs, dropout }) => tinyMlp({ inputs: inputs[0]!, hidden: [8], outputs, dropout }),
  optimizer: momentum({ learningRate: 0.05 }),
  learn: { iterations: 4, batchSize: 8 },
  tasks: 3,
  inputs: 2,
  seed: 1,
});

/** A strategy that tells its terms of the loss from the second task on. */
function withEar(strategy: AnyStrategy, heard: (term: Scalar | null) => void): AnyStrategy {
  const { loss } = strategy;
  if (!loss) return strategy;
  return {
    ...strategy,
    loss(ctx, forward, state, feed) {
      const term = loss(ctx, forward, state, feed);
      if (ctx.past.length > 0) heard(term);
      return term;
    },
  };
}

/** Registers a test for each legal pair whose first strategy, in the order of the catalog, is of one of these families. */
export function testPairs(...families: readonly StrategyInfo['family'][]): void {
  const own = legal.filter(({ names }) => families.includes(strategyInfo(names[0])!.family));
  beforeAll(prepareCpu);
  describe('legal pairs learn, leave no tensor behind, act, and go on after a stop bit for bit', () => {
    it.each(own.map(({ names }) => ({ pair: names.join('+'), names })))('$pair', ({ names }) => check(names));
  });
}

async function check(names: Pair['names']): Promise<void> {
  const largest = new Map<StrategyName, number>();
  const subject = subjectOf(names, (name, term) => {
    const size = term ? Math.abs(term.dataSync()[0]!) : 0;
    largest.set(name, Math.max(largest.get(name) ?? 0, size));
  });
  const straight = once(() => runStraight(subject));

  const { values } = await straight();
  for (const [name, numbers] of values) expect(numbers.every(Number.isFinite), `'${name}' is finite`).toBe(true);
  await leavesNoTensor.check(subject, straight);
  const silent = [...largest].filter(([, size]) => size === 0).map(([name]) => name);
  expect(silent, 'strategies whose term of the loss is 0 in all later tasks').toEqual(
    names.filter((name) => QUIET[name]?.includes(names.find((other) => other !== name)!)),
  );
  await resumesFrom(() => ['1-2']).check(subject, straight);
  if (names.some((name) => KEEPS.has(name)) && !names.some((name) => PREDICTS.has(name))) await keepsOldAnswers(subject, await straight());
}

/** Terms that are rightly 0: what they hold, the other one has frozen, so that there is no way from where it was. */
const QUIET: Partial<Record<StrategyName, readonly StrategyName[]>> = {
  ewc: ['packnet', 'progressive', 'batch-ensemble', 'modular', 'expert-gate'],
  si: ['progressive', 'batch-ensemble', 'modular', 'expert-gate'],
  mas: ['packnet', 'progressive', 'batch-ensemble', 'modular', 'expert-gate'],
  rwalk: ['progressive', 'batch-ensemble', 'modular', 'expert-gate'],
  ncl: ['latent', 'frozen'],
  lfl: ['latent', 'frozen'],
};

/** They promise that what a task has learned stays as it is, bit for bit. */
const KEEPS: ReadonlySet<string> = new Set<StrategyName>([
  'packnet',
  'hat',
  'piggyback',
  'supsup',
  'progressive',
  'batch-ensemble',
  'modular',
  'expert-gate',
]);
/** They predict in a way of their own, which goes on learning. */
const PREDICTS: ReadonlySet<string> = new Set<StrategyName>(['icarl', 'bic', 'ncm', 'slda']);

/** The answers of the first task, after it and after the last one. */
async function keepsOldAnswers(subject: Subject, { checkpoints }: Straight): Promise<void> {
  const stream = streamOf(subject);
  const answersAt = async (moment: string) => {
    const learner = await Learner.restore(checkpoints, learnerOptions(subject, stream), moment);
    const answers = tf.tidy(() => [...learner.predict(tf.randomNormal([8, 2], 0, 1, 'float32', 1), { task: stream.tasks[0]! }).dataSync()]);
    learner.dispose();
    return answers;
  };
  expect(await answersAt('2-learned'), 'answers of the first task after the last one').toEqual(await answersAt('0-learned'));
}
