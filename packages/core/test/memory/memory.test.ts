import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Rows } from '../../src/data.js';
import { classBalanced, drawBatch, isStored, type Memory, reservoir, ring, type Snapshot } from '../../src/memory/index.js';
import { random } from '../../src/random/index.js';
import type { Batch } from '../../src/strategy/context.js';
import { idsOf, range, rowsOf } from './rows.js';

const kinds: [string, () => Memory][] = [
  ['reservoir', () => reservoir({ capacity: 7 })],
  ['classBalanced', () => classBalanced({ capacity: 7 })],
  ['ring per class', () => ring({ perClass: 2 })],
  ['ring per task', () => ring({ perTask: 3 })],
];
const labelled = (ids: number[]) =>
  rowsOf(
    ids,
    (id) => (id * 7) % 5,
    (id) => Math.floor(id / 10),
  );

describe.each(kinds)('%s', (_, create) => {
  it('is empty at first', () => {
    const memory = create();
    expect([memory.size, memory.draw(random(1), 3), memory.all(), memory.labels().length]).toEqual([0, null, null, 0]);
    memory.add({ ...labelled([]) }, random(1));
    expect(memory.size).toBe(0);
    expect(isStored(memory)).toBe(true);
  });

  it('draws different rows, all of them if asked for more, and whole rows', () => {
    const memory = create();
    memory.add(labelled(range(23)), random(1));
    const held = idsOf(memory.all());
    for (const count of [1, 3, held.length, 99, Infinity]) {
      const drawn = idsOf(memory.draw(random(2, count), count));
      expect(drawn.length).toBe(Math.min(count, held.length));
      expect(new Set(drawn).size).toBe(drawn.length);
      expect(held).toEqual(expect.arrayContaining(drawn));
    }
    expect(() => memory.draw(random(1), 0)).toThrow(expect.objectContaining({ code: 'CL_OPTION' }));
  });

  it('draws only what passes', () => {
    const memory = create();
    memory.add(labelled(range(23)), random(1));
    const first = memory.draw(random(1), 99, (task) => task === 1);
    expect([...first!.task].every((task) => task === 1)).toBe(true);
    expect(memory.draw(random(1), 5, () => false)).toBe(null);
    const labels = memory.labels();
    expect([...memory.all((_task, place) => labels[place] === 0)!.y.values].every((label) => label === 0)).toBe(true);
  });

  it('hands out copies', () => {
    const memory = create();
    memory.add(labelled(range(10)), random(1));
    const before = idsOf(memory.all());
    (memory.all()!.x as { values: Float32Array }).values.fill(99);
    memory.draw(random(1), 3)!.task.fill(99);
    expect(idsOf(memory.all())).toEqual(before);
  });

  test.prop([fc.integer(), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 })])(
    'goes on from a snapshot bit for bit, through JSON',
    (seed, before, after) => {
      const straight = create();
      straight.add(labelled(range(before)), random(seed, 'before'));
      const snapshot = straight.save();
      const json = JSON.parse(JSON.stringify(snapshot.json)) as Snapshot['json'];
      const resumed = create();
      resumed.load({ json, arrays: snapshot.arrays });
      for (const memory of [straight, resumed]) memory.add(labelled(range(after, before)), random(seed, 'after'));
      expect(resumed.all()).toEqual(straight.all());
      expect(resumed.save()).toEqual(straight.save());
      expect(resumed.draw(random(seed), 3)).toEqual(straight.draw(random(seed), 3));
    },
  );

  it('keeps a snapshot as it was while the memory goes on', () => {
    const memory = create();
    memory.add(labelled(range(20)), random(1));
    const snapshot = memory.save();
    const copy = structuredClone(snapshot);
    memory.add(labelled(range(40, 20)), random(2));
    expect(snapshot).toEqual(copy);
    memory.load(snapshot);
    memory.add(labelled(range(40, 20)), random(3));
    expect(snapshot).toEqual(copy);
  });

  it('refuses rows of another layout, and stays as it was', () => {
    const memory = create();
    memory.add(labelled([1, 2]), random(1));
    const { extra: _, ...bare } = labelled([3]);
    const wide: Rows = { ...labelled([3]), x: { values: new Float32Array(3), shape: [3] } };
    const whole: Rows = { ...labelled([3]), x: { values: new Int32Array(2), shape: [2] } };
    for (const rows of [bare, wide, whole]) {
      expect(() => memory.add(rows, random(1))).toThrow(expect.objectContaining({ code: 'CL_SHAPE' }));
    }
    expect(() => memory.add(wide, random(1))).toThrow(/stores rows of .*x float32 \[2\].*, received rows of .*x float32 \[3\]/);
    expect(memory.size).toBe(2);
  });

  it('refuses the snapshot of another memory', () => {
    for (const other of [reservoir({ capacity: 8 }), classBalanced({ capacity: 8 }), ring({ perClass: 3 })]) {
      expect(() => create().load(other.save())).toThrow(expect.objectContaining({ code: 'CL_CHECKPOINT' }));
    }
  });
});

it('keeps several inputs by name', () => {
  const memory = reservoir({ capacity: 3 });
  const rows: Rows = {
    count: 2,
    x: { ids: { values: Int32Array.of(1, 2, 3, 4), shape: [2] }, mask: { values: Float32Array.of(1, 0), shape: [] } },
    y: { values: Int32Array.of(5, 6), shape: [] },
    task: Int32Array.of(0, 1),
  };
  memory.add(rows, random(1));
  expect(memory.all()).toEqual(rows);
});

describe('drawBatch', () => {
  const batchOf = (rows: Rows, size?: number) => ({ drawn: rows.count, size }) as unknown as Batch;

  it('pads to the size asked for, and is null from an empty memory', () => {
    const ctx = { random: random(1), batch: batchOf };
    const memory = reservoir({ capacity: 5 });
    expect(drawBatch(ctx, memory, 8)).toBe(null);
    memory.add(rowsOf([1, 2, 3]), random(1));
    expect(drawBatch(ctx, memory, 8)).toEqual({ drawn: 3, size: 8 });
    expect(drawBatch(ctx, memory, 8, () => false)).toBe(null);
  });
});
