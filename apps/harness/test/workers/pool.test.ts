import { availableParallelism } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import { Pool } from '../../src/workers/pool.js';
import { WorkerProcess } from '../../src/workers/worker-process.js';

afterEach(() => vi.restoreAllMocks());

/** What the first worker of a pool is told about threads. No process does any work. */
async function told(options: ConstructorParameters<typeof Pool>[0]): Promise<number | null> {
  const start = vi.spyOn(WorkerProcess.prototype, 'start').mockResolvedValue({ name: 'tensorflow' } as never);
  const pool = new Pool(options);
  await pool.backend();
  pool.close();
  return start.mock.lastCall![0];
}

test('several workers share the processors; one that is alone lets each graph have the threads that pay for it', async () => {
  const processors = availableParallelism();
  expect(await told({ workers: 1 })).toBeNull();
  expect(await told({ workers: 2 })).toBe(Math.max(1, Math.floor(processors / 2)));
  expect(await told({ workers: 100 })).toBe(1);
});

test('the user decides about threads', async () => {
  expect(await told({ workers: 1, threads: 3 })).toBe(3);
  expect(await told({ workers: 2, threads: 3 })).toBe(3);
});
