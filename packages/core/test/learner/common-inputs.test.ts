import { expect, it } from 'vitest';
import { type Batch, type Compiler, defineStrategy, drawBatch, eager, isConstant, reservoir, type Scenario } from '../../src/index.js';
import { HOW, onCpu, tasks, withLearner } from './support.js';

onCpu();

interface Given {
  readonly batch: Batch;
  readonly feeds: { readonly drawing: Batch | null } | null;
}

/** Which of a batch's inputs are constants. */
const constants = ({ weight, competing }: Batch): string =>
  [isConstant(weight) && 'weight', competing && isConstant(competing) && 'competing'].filter(Boolean).join(' and ') || 'none';

/** What the steps of a second task of twenty rows are given: of batches of six, the fourth has padding. */
async function stepsOf(scenario: Scenario): Promise<string[]> {
  const seen: string[] = [];
  const compiler: Compiler = {
    name: 'watching',
    program(state) {
      const program = eager().program(state);
      const run: typeof program.run = (entry, inputs) => {
        const { batch, feeds } = inputs as unknown as Given;
        if (entry.name === 'train') seen.push(`${constants(batch)}; ${feeds?.drawing ? constants(feeds.drawing) : 'none drawn'}`);
        return program.run(entry, inputs);
      };
      return { ...program, run };
    },
  };
  const drawing = defineStrategy({
    name: 'drawing',
    init: () => ({ memory: reservoir({ capacity: 50 }) }),
    feed: (ctx, { memory }) => drawBatch(ctx, memory, 4),
    observe: (ctx, { rows }, { memory }) => memory.add(rows, ctx.random),
  });
  await withLearner({ scenario, strategy: drawing, compiler }, async (learner) => {
    await learner.learn(tasks[0]!, HOW);
    seen.length = 0;
    await learner.learn(tasks[1]!, { epochs: 1, batchSize: 6 });
  });
  return seen;
}

it('weights of full batches are constants, and so is what competes where that is the same for all rows', async () => {
  const seen = await stepsOf('class');
  const full = 'weight and competing; weight and competing';
  expect(seen).toEqual([full, full, full, 'none; weight and competing']);
});

it('where only the outputs of its task compete for a row, rows that were drawn have theirs', async () => {
  const seen = await stepsOf('task');
  const full = 'weight and competing; weight';
  expect(seen).toEqual([full, full, full, 'none; weight']);
});
