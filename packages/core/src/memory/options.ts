import { checkFunction, checkHas, checkInteger, optionError } from '../options.js';
import type { Memory } from './memory.js';
import { reservoir } from './reservoir.js';
import { ring } from './ring.js';

/** Which examples a strategy keeps. Give one of them. */
export interface MemoryOptions {
  /** A uniform sample of all examples seen, of this many rows. */
  readonly capacity?: number;
  /** The last so many rows of each class. */
  readonly perClass?: number;
  /** The last so many rows of each task. */
  readonly perTask?: number;
  /** Any other memory: a function that makes an empty one. */
  readonly memory?: () => Memory;
}

export const MEMORY_OPTIONS = ['capacity', 'perClass', 'perTask', 'memory'] as const;

/** Checks the options of `factory` once, and returns what makes its memory. */
export function memoryFactory(factory: string, { capacity, perClass, perTask, memory }: MemoryOptions): () => Memory {
  const given = [capacity, perClass, perTask, memory].filter((option) => option !== undefined);
  if (given.length !== 1) throw optionError(factory, 'capacity', capacity, 'given, or else `perClass`, `perTask` or `memory`: one of them');
  if (memory !== undefined) {
    checkFunction(factory, 'memory', memory);
    return () => {
      const made = memory();
      checkHas(factory, 'memory', made, ['add', 'draw', 'save', 'load'], 'a function that makes a memory, as reservoir() does');
      return made;
    };
  }
  if (perClass !== undefined) {
    checkInteger(factory, 'perClass', perClass, { min: 1 });
    return () => ring({ perClass });
  }
  if (perTask !== undefined) {
    checkInteger(factory, 'perTask', perTask, { min: 1 });
    return () => ring({ perTask });
  }
  checkInteger(factory, 'capacity', capacity, { min: 1, infinite: true });
  return () => reservoir({ capacity: capacity! });
}

/** The size of a strategy's memory as it was asked for, for its `options`. */
export const memorySize = ({ capacity, perClass, perTask }: MemoryOptions) => ({
  capacity: capacity ?? null,
  perClass: perClass ?? null,
  perTask: perTask ?? null,
});
