import { type Compiler, Learner, sgd } from '@cl/core';
import { tinyMlp, tinyStream } from '@cl/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { type GraphProgram, graph } from '../../src/graph/index.js';
import { native } from './support.js';

beforeAll(native);

/** Parameters after a few steps, and how often the graph of a step has an op. */
async function learned(learningRate: number | ((step: number) => number)) {
  const made: GraphProgram[] = [];
  const inner = graph({ strict: true });
  const compiler: Compiler = {
    ...inner,
    program(state) {
      const program = inner.program(state) as GraphProgram;
      made.push(program);
      return program;
    },
  };
  const learner = new Learner({ model: tinyMlp(), optimizer: sgd(learningRate), scenario: 'class', seed: 2, compiler });
  await learner.learn(tinyStream({ scenario: 'class' }).tasks[0]!, { epochs: 2, batchSize: 8 });
  const { ops } = made.flatMap((program) => program.describe()).find(({ entry }) => entry === 'train')!.graphs[0]!;
  const hash = await learner.parameterHash();
  learner.dispose();
  return { hash, ops };
}

describe('a constant learning rate', () => {
  it('is part of the graph, which then reads no clock, and gives the numbers of a schedule that stays', async () => {
    const [constant, scheduled] = [await learned(0.05), await learned(() => 0.05)];
    expect(constant.hash).toBe(scheduled.hash);
    expect(scheduled.ops.Unpack).toBe(1);
    expect(constant.ops.Unpack).toBeUndefined();
  });
});
