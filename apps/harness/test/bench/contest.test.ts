import { expect, test } from 'vitest';
import { contest, median, ratio, spread, warmUp } from '../../src/bench/contest.js';

test('no step that counts is one at which the compiler compares: calls whose number is a power of two', () => {
  for (let timed = 1; timed < 700; timed++) {
    for (const earlier of [0, 20, 180]) {
      const before = warmUp(timed, earlier);
      // Programs that are made anew for the task, and those that go on counting; with or without the untimed step of the warm-up.
      for (const called of [before, before + 1, before + earlier, before + earlier + 1]) {
        const audit = 2 ** Math.ceil(Math.log2(called + 1));
        expect(called + timed, `${timed} steps, ${earlier} before`).toBeLessThan(audit);
      }
    }
  }
});

test('each rival goes first in its turn, and is compared turn by turn', async () => {
  const order: string[] = [];
  const gone: string[] = [];
  const rival = (mode: string, ms: number) => ({
    mode,
    async turn(steps: number) {
      order.push(`${mode} ${steps}`);
      return ms;
    },
    dispose: () => void gone.push(mode),
  });
  const times = await contest([rival('a', 3), rival('b', 2)], { turns: 2, steps: 4, earlier: 0 });
  expect(order).toEqual(['a 16', 'b 16', 'a 4', 'b 4', 'b 4', 'a 4']);
  expect(gone).toEqual(['a', 'b']);
  expect(times).toEqual([
    [3, 3],
    [2, 2],
  ]);
  expect(ratio(times[0]!, times[1])).toBe(1.5);
  expect(ratio(times[0]!, undefined)).toBeNull();
  expect([median([1, 2, 4]), spread([1, 2, 3, 4, 5])]).toEqual([2, 1]);
});
