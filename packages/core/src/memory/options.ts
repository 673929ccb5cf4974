import { checkFunction, checkInteger, optionError } from '../options.js';
import type { Memory } from './memory.js';
import { reservoir } from './reservoir.js';
import { ring } from './ring.js';

/** Which examples a strategy keeps. Give one of the three. */
export interface MemoryOptions {
  /** A uniform sample of all examples seen, of this many rows. */
  readonly capacity?: number;
  /** The last so many rows of each class. */
  readonly perClass?: number;
  /** Any other memory: a function that makes an empty one. */
  readonly memory?: () => Memory;
}

export const MEMORY_OPTIONS = ['capacity', 'perClass', 'memory'] as const;

/** Checks the options of `factory` once, and returns what makes its memory. */
export function memoryFactory(factory: string, { capacity, perClass, memory }: MemoryOptions): () => Memory {
  const given = [capacity, perClass, memory].filter((option) => option !== undefined);
  if (given.length !== 1) throw optionError(factory, 'capacity', capacity, 'given, or else `perClass` or `memory`: one of the three');
  if (memory !== undefined) return checkFunction(factory, 'memory', memory);
  if (perClass !== undefined) {
    checkInteger(factory, 'perClass', perClass, { min: 1 });
    return () => ring({ perClass });
  }
  checkInteger(factory, 'capacity', capacity, { min: 1, infinite: true });
  return () => reservoir({ capacity: capacity! });
}
