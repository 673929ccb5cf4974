import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { defineStrategy, eager, leaves, map, mapTree, type TensorTree } from '../../src/index.js';
import { contractSetup } from '../../src/testing/index.js';
import { composes } from '../../src/testing/laws/compositions.js';
import { grows, learnsImages, learnsIn, needsNoMore } from '../../src/testing/laws/other-models.js';
import { ignoresPadding } from '../../src/testing/laws/padding.js';
import { agreesEverywhere } from '../../src/testing/laws/platforms.js';
import { firstTask, isDeterministic, leavesNoTensor, resumes } from '../../src/testing/laws/runs.js';
import { claimsAreTrue } from '../../src/testing/laws/truth.js';
import { complaint } from './support.js';

beforeAll(async () => {
  // The laws are what is under test, not the platforms.
  contractSetup({});
  await tf.setBackend('cpu');
});

const scalar = (x: tf.Tensor) => x as tf.Scalar;

describe('a strategy that breaks a law is found out', () => {
  it('by a tensor left behind in each step', async () => {
    const leaky = () =>
      defineStrategy({
        name: 'leaky',
        init: () => ({}),
        track: (_ctx, _result, state) => {
          tf.keep(tf.scalar(1));
          return state;
        },
      });
    expect(await complaint(leavesNoTensor, leaky)).toMatch(/tensors after all is disposed/);
  });

  it('by randomness without a seed', async () => {
    const random = () =>
      defineStrategy({
        name: 'random',
        init: () => ({}),
        feed: () => ({ noise: tf.scalar(Math.random()) }),
        updates: (_ctx, updates, _state, feed) => map((update) => tf.mul(update, feed!.noise), updates),
      });
    expect(await complaint(isDeterministic, random)).toMatch(/parameters/);
  });

  it('by state that no checkpoint has', async () => {
    const hidden = () => {
      let steps = 0;
      return defineStrategy({
        name: 'hidden',
        init: () => ({}),
        feed: () => ({ steps: tf.scalar(++steps) }),
        updates: (_ctx, updates, _state, feed) => map((update) => tf.div(update, feed!.steps), updates),
      });
    };
    expect(await complaint(isDeterministic, hidden)).toBe('');
    expect(await complaint(resumes, hidden)).toMatch(/resumed from 0-1/);
  });

  it('by a first task that is not what it is declared to be', async () => {
    const decay = () =>
      defineStrategy({ name: 'decay', init: () => ({}), loss: (ctx) => scalar(tf.sum(tf.square(ctx.parameters['dense0/kernel']!))) });
    expect(await complaint(firstTask(false), decay)).toMatch(/differ from plain training/);
    expect(await complaint(firstTask(true), decay)).toBe('');
    expect(await complaint(firstTask(true), () => defineStrategy({ name: 'nothing', init: () => ({}) }))).toMatch(/differ/);
  });

  it('by an identity of its own', async () => {
    let made = 0;
    expect(await complaint(composes, () => defineStrategy({ name: `made${made++}`, init: () => ({}) }))).toMatch(/made/);
  });

  it('by a mean that counts padding', async () => {
    const careless = () =>
      defineStrategy({ name: 'careless', init: () => ({}), loss: (_ctx, { outputs }) => scalar(tf.mean(tf.square(outputs))) });
    expect(await complaint(ignoresPadding, careless)).toMatch(/a step with and without 3 rows of weight zero/);
    const counts = () =>
      defineStrategy({
        name: 'counts',
        init: () => ({ rows: tf.scalar(0) }),
        scan: { start: () => tf.scalar(0), add: (_ctx, sum, { weight }) => scalar(tf.add(sum, weight.size)) },
        afterTask: (_ctx, _state, rows) => ({ rows }),
      });
    expect(await complaint(ignoresPadding, counts)).toMatch(/a scan with and without/);
  });

  it('by state that does not grow', async () => {
    const stiff = () =>
      defineStrategy({
        name: 'stiff',
        init: ({ model }) => ({ mean: tf.zeros([model.outputs]) }),
        track: (_ctx, { forward }, { mean }) => ({ mean: tf.add(tf.mul(mean, 0.9), tf.mean(forward.outputs, 0)) }),
      });
    expect(await complaint(leavesNoTensor, stiff)).toBe('');
    expect(await complaint(grows, stiff)).not.toBe('');
  });

  it('by an assumption on the model', async () => {
    const flat = () =>
      defineStrategy({
        name: 'flat',
        init: () => ({}),
        updates: (_ctx, updates) =>
          map((update) => (update.rank < 2 ? update : tf.transpose(tf.transpose(update, [1, 0]), [1, 0])), updates),
      });
    expect(await complaint(learnsImages, flat)).not.toBe('');
    const looks = () =>
      defineStrategy({
        name: 'looks',
        init: () => ({}),
        loss: (ctx) => {
          if (!ctx.model.sites.some(({ kind }) => kind === 'features')) throw new Error('no features');
          return null;
        },
      });
    expect(await complaint(needsNoMore, looks)).toBe('no features');
  });

  it('by an assumption on the scenario', async () => {
    const owner = () =>
      defineStrategy({
        name: 'owner',
        init: () => ({}),
        beforeTask: (ctx, state) => {
          if (ctx.past.some(({ classes }) => classes.some((c) => ctx.task.classes.includes(c)))) throw new Error('a class again');
          return state;
        },
      });
    expect(await complaint(learnsIn('class'), owner)).toBe('');
    expect(await complaint(learnsIn('domain'), owner)).toBe('a class again');
  });

  it('by another result on another platform', async () => {
    const nothing = () => defineStrategy({ name: 'nothing', init: () => ({}) });
    const wrong = {
      name: 'wrong',
      program: (state: TensorTree) => {
        const program = eager().program(state);
        const read = () => {
          const kept = program.read();
          const scaled = mapTree((tensor) => tf.mul(tensor, 1.001), kept);
          tf.dispose(leaves(kept));
          return scaled;
        };
        return { ...program, read };
      },
    };
    expect(await complaint(agreesEverywhere([{ name: 'same', backend: 'cpu', compiler: eager() }]), nothing)).toBe('');
    expect(await complaint(agreesEverywhere([{ name: 'wrong', backend: 'cpu', compiler: wrong }]), nothing)).toMatch(
      /on wrong: largest difference/,
    );
  });

  it('by a hook without the claim to it', async () => {
    const greedy = () => defineStrategy({ name: 'greedy', init: () => ({}), predict: (ctx, x) => ctx.forward(x) });
    expect(await complaint(claimsAreTrue, greedy)).toMatch(/'greedy' has predict, so it claims 'prediction'/);
  });
});
