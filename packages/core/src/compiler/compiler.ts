import type { TensorTree } from '../tree.js';

/**
 * A pure function of tensors: no device reads, no JavaScript randomness, no branch on a tensor's value. Everything that
 * changes from call to call comes in through `inputs` or `state`.
 */
export interface Entry {
  /** For messages. */
  readonly name: string;
  /** `state` left out of the result: unchanged. Otherwise a tree of the same structure, shapes and types. */
  apply(inputs: TensorTree, state: TensorTree): { readonly outputs: TensorTree; readonly state?: TensorTree };
}

/** Entry points over one state. An entry is known by identity: make it once and pass the same object each time. */
export interface Program {
  /** True if a run copies the values of its inputs, so that arrays which tensors were made of may be filled anew after it. */
  readonly copiesInputs?: boolean;
  /** Runs an entry and moves the state on: wholly, or, if it throws, not at all. The caller owns the outputs. */
  run(entry: Entry, inputs: TensorTree): TensorTree;
  /** The state now, in tensors that belong to the caller; later steps do not change them. Cheap. */
  read(): TensorTree;
  dispose(): void;
}

/** Turns entries into something fast. A compiler may refuse an entry: then it runs it as it is. */
export interface Compiler {
  readonly name: string;
  /** The program owns `state` from here on. */
  program(state: TensorTree): Program;
}
