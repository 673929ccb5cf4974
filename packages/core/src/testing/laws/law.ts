import type { Subject } from '../subject.js';
import type { Straight } from './straight.js';

/** One promise that every strategy keeps. */
export interface Law {
  /** Ends a sentence that begins with the strategy's name. */
  readonly name: string;
  /** Throws where the promise is broken. Returns a sentence that says why where it cannot be checked here. */
  check(subject: Subject, straight: () => Promise<Straight>): Promise<unknown>;
}
