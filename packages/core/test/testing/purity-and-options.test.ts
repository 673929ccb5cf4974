import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AnyStrategy, checkKnown, checkNumber, compose, defineStrategy, map, reservoir } from '../../src/index.js';
import { contractSetup } from '../../src/testing/index.js';
import { isPure } from '../../src/testing/laws/runs.js';
import { refusesOptions } from '../../src/testing/laws/truth.js';
import { complaint } from './support.js';

beforeAll(async () => {
  // The laws are what is under test, not the platforms.
  contractSetup({});
  await tf.setBackend('cpu');
});

const _scalar = (x: tf.Tensor) => x as tf.Scalar;

describe('a hook that is not pure is found out', () => {
  const withHooks = (hooks: Partial<AnyStrategy>) => () =>
    ({ name: 'rogue', init: () => ({ count: 0, memory: reservoir({ capacity: 4 }) }), ...hooks }) as AnyStrategy;

  it.each<[string, RegExp, Partial<AnyStrategy>]>([
    [
      'reads a tensor',
      /'rogue'\.loss reads a tensor \(dataSync\(\)\)/,
      { loss: (_ctx, { loss }) => (loss.dataSync()[0]! > 99 ? loss : null) },
    ],
    [
      'reads in a loss that it hands out',
      /'rogue'\.updates reads a tensor/,
      {
        updates: (ctx, updates) => {
          ctx.gradientsOf(
            { x: tf.zeros([1, 4]), y: tf.tensor1d([0], 'int32'), weight: tf.ones([1]), competing: null, extra: {} },
            (outputs) => {
              outputs.arraySync();
              return tf.sum(outputs);
            },
          );
          return updates;
        },
      },
    ],
    [
      'remembers by itself',
      /'rogue'\.updates gives something else when it is called again: dense0\/kernel/,
      {
        updates: (() => {
          let calls = 1;
          return (_ctx: unknown, updates: tf.NamedTensorMap) => map((update) => tf.div(update, calls++), updates);
        })() as NonNullable<AnyStrategy['updates']>,
      },
    ],
    [
      'disposes what it gets',
      /'rogue'\.gradients disposes a tensor that it got/,
      {
        gradients: (_ctx, gradients) => {
          const next = map((gradient) => tf.clone(gradient), gradients);
          gradients['head/bias']!.dispose();
          return next;
        },
      },
    ],
    [
      'fills a memory in the graph',
      /'rogue'\.track changes what it gets: 1\.memory|'rogue'\.track changes what it gets/,
      {
        track: (ctx, _result, state: { memory: ReturnType<typeof reservoir> }) => {
          const block = { values: Float32Array.of(1), shape: [] };
          state.memory.add({ count: 1, x: block, y: block, task: Int32Array.of(ctx.task.index) }, { integer: () => 0 } as never);
          return state;
        },
      },
    ],
    [
      'counts in the host',
      /'rogue'\.feed changes more than memories: 0\.count/,
      {
        feed: (_ctx, state: { count: number }) => {
          state.count++;
          return null;
        },
      },
    ],
  ])('%s', async (_what, message, hooks) => {
    expect(await complaint(isPure, withHooks(hooks))).toMatch(message);
  });

  it('but what runs once at a boundary may read tensors and arrange memories, if it does the same from the same', async () => {
    type State = { count: number; memory: ReturnType<typeof reservoir> };
    const block = { values: Float32Array.of(1), shape: [] };
    const fill = (state: State, task: number): State => {
      state.memory.add({ count: 1, x: block, y: block, task: Int32Array.of(task) }, { integer: () => 0 } as never);
      return state;
    };
    const arranges = withHooks({
      afterTask: (ctx, state: State) => {
        ctx.parameters['head/bias']!.dataSync();
        return fill(state, ctx.task.index);
      },
    });
    expect(await complaint(isPure, arranges)).toBe('');
    let calls = 0;
    const counts = withHooks({ afterTask: (_ctx, state: State) => fill(state, calls++) });
    expect(await complaint(isPure, counts)).toMatch(/'rogue'\.afterTask gives something else when it is called again: memory/);
  });

  it('but draws of the context are the same when a hook is called again', async () => {
    const noisy = withHooks({ updates: (ctx, updates) => map((update) => tf.mul(update, ctx.uniform(update.shape)), updates) });
    expect(await complaint(isPure, noisy)).toBe('');
  });

  it('and tensors can be read again afterwards', () => {
    expect(tf.scalar(3).dataSync()[0]).toBe(3);
  });
});

describe('options', () => {
  const strict = (options: object) => {
    const given = { rate: 1, ...options };
    checkKnown('strict', given, ['rate']);
    checkNumber('strict', 'rate', given.rate, { min: 0 });
    return defineStrategy({ name: 'strict', options: { rate: given.rate }, init: () => ({}) });
  };
  const lax = (options: object) => defineStrategy({ name: 'lax', options: { rate: 1, ...options }, init: () => ({}) });

  it('must be refused with their name and value', async () => {
    expect(await complaint(refusesOptions(strict, [{ rate: -1 }]), () => strict({}))).toBe('');
    expect(await complaint(refusesOptions(lax, [{ rate: -1 }]), () => lax({}))).toMatch(
      /create\(\{ rate: -1 \}\), which must pass its options on: expected 'no error' to be 'CL_OPTION'/,
    );
  });

  it('must all be tried', async () => {
    expect(await complaint(refusesOptions(strict, []), () => strict({}))).toMatch(/options for which badOptions has no bad value/);
  });

  it('of each part of a composition count', async () => {
    const both = () =>
      compose(defineStrategy({ name: 'other', options: { size: 1 }, init: () => ({}) }), strict({})) as unknown as AnyStrategy;
    expect(await complaint(refusesOptions(strict, [{ rate: -1 }]), both)).toMatch(/size/);
  });
});
