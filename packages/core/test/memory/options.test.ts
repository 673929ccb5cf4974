import { describe, expect, it } from 'vitest';
import { classBalanced, memoryFactory } from '../../src/memory/index.js';
import { random } from '../../src/random/index.js';
import { idsOf, range, rowsOf } from './rows.js';

describe('memoryFactory', () => {
  it('makes a reservoir, a ring for each class, or what it is given', () => {
    const held = (options: Parameters<typeof memoryFactory>[1]) => {
      const memory = memoryFactory('replay', options)();
      memory.add(
        rowsOf(range(6), (id) => id % 2),
        random(1),
      );
      return idsOf(memory.all()).sort();
    };
    expect(held({ capacity: 9 })).toEqual(range(6));
    expect(held({ perClass: 1 })).toEqual([4, 5]);
    expect(held({ memory: () => classBalanced({ capacity: 2 }) }).length).toBe(2);
  });

  it('makes a new one each time', () => {
    const create = memoryFactory('replay', { capacity: 3 });
    create().add(rowsOf([1]), random(1));
    expect(create().size).toBe(0);
  });

  it("refuses what a function of one's own makes, if that is no memory", () => {
    for (const made of [3, null, {}, classBalanced])
      expect(() => memoryFactory('replay', { memory: () => made as never })()).toThrow(/memory must be a function that makes a memory/);
  });

  it.each([
    [{}, 'one of them'],
    [{ capacity: 1, perClass: 1 }, 'one of them'],
    [{ capacity: 0 }, 'replay({ capacity: 0 })'],
    [{ perClass: 0.5 }, 'replay({ perClass: 0.5 })'],
    [{ memory: 5 as never }, 'memory must be a function, received 5'],
  ])('refuses %o in the name of the factory', (options, message) => {
    expect(() => memoryFactory('replay', options)).toThrow(
      expect.objectContaining({ code: 'CL_OPTION', message: expect.stringContaining(message) }),
    );
  });
});
