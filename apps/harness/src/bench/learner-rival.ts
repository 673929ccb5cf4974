import { type Compiler, Learner, type Stream } from '@cl/core';
import { type Cell, modelOf, optimizerOf, tasksOf } from './cells.js';
import type { Method } from './methods.js';
import type { Rival } from './rival.js';

/** Steps taken in each task before the one that is timed: enough for a state of the size that it will have. */
const EARLIER = 20;
const FOREVER = 1_000_000_000;

/** The method through `Learner`, in its task. */
export async function learnerRival(
  cell: Cell,
  method: Method,
  stream: Stream,
  mode: 'compiled' | 'eager',
  compiler: Compiler,
): Promise<Rival> {
  const tasks = tasksOf(stream, method.task);
  const learner = new Learner({
    model: modelOf(cell),
    optimizer: optimizerOf(cell),
    strategy: method.create(cell),
    scenario: 'task',
    seed: 1,
    compiler,
  });
  for (const task of tasks.slice(0, -1)) await learner.learn(task, { iterations: EARLIER, batchSize: cell.batchSize });
  const timed = tasks.at(-1)!;

  return {
    mode,
    async turn(steps) {
      const controller = new AbortController();
      let taken = 0;
      let start = 0;
      let end = 0;
      const onStep = () => {
        // The first step of a turn pays for its beginning: input tensors, after a pause a cold cache.
        if (taken === 0) start = performance.now();
        if (taken++ < steps) return;
        end = performance.now();
        controller.abort();
      };
      await learner
        .learn(timed, { iterations: FOREVER, batchSize: cell.batchSize, signal: controller.signal, onStep })
        .catch((error: unknown) => {
          if (!controller.signal.aborted) throw error;
        });
      return (end - start) / steps;
    },
    dispose: () => learner.dispose(),
  };
}
