import type { Learner, TaskData } from '@cl/core';
import type { Rival } from './rival.js';

/** Steps taken in each task before the one that is timed: enough for a state of the size that it will have. */
export const EARLIER = 20;
const FOREVER = 1_000_000_000;
/** An uncompiled step takes so much longer that fewer of them say as much: of so many, one is taken. */
const THINNED = { compiled: 1, eager: 8 };

/** Steps of `Learner` in the last of these tasks, after a few in each of the others. */
export async function learnerRival(
  learner: Learner,
  tasks: readonly TaskData[],
  { mode, batchSize }: { mode: 'compiled' | 'eager'; batchSize: number },
): Promise<Rival> {
  for (const task of tasks.slice(0, -1)) await learner.learn(task, { iterations: EARLIER, batchSize });
  const timed = tasks.at(-1)!;

  return {
    mode,
    async turn(asked) {
      const steps = Math.ceil(asked / THINNED[mode]);
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
      await learner.learn(timed, { iterations: FOREVER, batchSize, signal: controller.signal, onStep }).catch((error: unknown) => {
        if (!controller.signal.aborted) throw error;
      });
      return (end - start) / steps;
    },
    dispose: () => learner.dispose(),
  };
}
