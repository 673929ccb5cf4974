import { type Compiler, ContinualLearningError, type Entry, eager, gather, leaves, mapTree, type Program, type TensorTree } from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Appended, Incremental, TokenInputs, TokenMemory, Transformer } from '../transformer/index.js';
import type { ModelWithParameters, Sequences, TokenLists, TokenPredictor } from './predictor.js';

/** How a model goes on with sequences; null: it does not, or it is made of one that does and computes something else. */
export const incrementalOf = ({ incremental, apply }: Pick<Transformer, 'incremental' | 'apply'>): Incremental | null =>
  incremental?.of === apply ? incremental : null;

/** A predictor that keeps the keys and values of earlier tokens. */
export function cached({ model, parameters }: ModelWithParameters, compiler: Compiler = eager()): TokenPredictor {
  const incremental = incrementalOf(model);
  if (!incremental) {
    throw new ContinualLearningError(
      'CL_MODEL',
      `predictor(): '${model.name}' cannot go on with a text. That takes a decoder or an encoder–decoder with the head language().`,
    );
  }
  const program = compiler.program(mapTree(tf.clone, parameters));
  const entries = { last: entryOf(incremental, 'last'), each: entryOf(incremental, 'each') };
  const reading = readingOf(incremental);
  const { layout, options } = model.architecture;

  function remembered(prompts: TokenLists): TokenMemory {
    const inputs = paddedTokens(prompts, rounded(longest(prompts)));
    try {
      return program.run(reading, inputs) as TokenMemory;
    } finally {
      tf.dispose(leaves(inputs));
    }
  }

  return {
    vocabulary: model.outputs,
    normalized: true,
    roomAfter: (prompt) => (layout === 't5' ? Infinity : options.positions - prompt.length),
    begin(prompts, count) {
      const { source } = incremental;
      // Of an encoder–decoder the prompts are read once, and what is begun are the answers.
      const beginnings = source ? prompts.map(() => [source.start]) : prompts;
      const room = rounded(longest(beginnings) + count);
      const empty = { ...incremental.empty(prompts.length, room), ...(source && remembered(prompts)) };
      const sequences = sequencesOf(program, entries, empty, { rows: prompts.length, room });
      return { logits: sequences.append(beginnings), sequences };
    },
    dispose: () => program.dispose(),
  };
}

/** What an encoder–decoder remembers of what it reads. */
const readingOf = ({ source }: Incremental): Entry => ({
  name: 'read',
  apply: (inputs, parameters) => ({ outputs: source!.read(parameters as NamedTensorMap, inputs as TokenInputs) }),
});

/** Appends tokens; `from`, where it is given, says which row of the memory each goes on with. */
const entryOf = (incremental: Incremental, behind: 'last' | 'each'): Entry => ({
  name: `append (logits behind ${behind === 'last' ? 'the last token' : 'each'})`,
  apply(inputs, parameters) {
    const { from, ...appended } = inputs as Omit<Appended, 'memory'> & { memory: TokenMemory; from: Tensor1D | null };
    const memory = from ? mapTree((tensor) => gather(tensor, from), appended.memory) : appended.memory;
    const next = incremental.append(parameters as NamedTensorMap, { ...appended, memory }, behind);
    // Summed here, where an exponential of each of many tokens costs next to nothing.
    return { outputs: behind === 'last' ? { ...next, logits: tf.logSoftmax(next.logits) } : next };
  },
});

function sequencesOf(
  program: Program,
  entries: Readonly<Record<'last' | 'each', Entry>>,
  empty: TokenMemory,
  { rows, room }: { readonly rows: number; readonly room: number },
): Sequences {
  let memory: TensorTree = empty;
  let lengths: readonly number[] = Array<number>(rows).fill(0);

  function append(behind: 'last' | 'each', tokens: TokenLists, from?: readonly number[]): Tensor {
    const before = from ? from.map((row) => lengths[row]!) : lengths;
    checkFits(behind, tokens, before, room);
    const count = roundedCount(longest(tokens));
    const ids = new Int32Array(tokens.length * count);
    tokens.forEach((list, row) => {
      ids.set(list, row * count);
    });
    const inputs = {
      ids: tf.tensor2d(ids, [tokens.length, count], 'int32'),
      counts: tf.tensor1d(
        tokens.map((list) => list.length),
        'int32',
      ),
      lengths: tf.tensor1d([...before], 'int32'),
      from: from ? tf.tensor1d([...from], 'int32') : null,
    };
    try {
      const next = program.run(entries[behind], { ...inputs, memory }) as { readonly logits: Tensor; readonly memory: TokenMemory };
      tf.dispose(leaves(memory));
      memory = next.memory;
      lengths = before.map((length, row) => length + tokens[row]!.length);
      return next.logits;
    } finally {
      tf.dispose(leaves(inputs));
    }
  }

  return {
    append: (tokens, from) => append('last', tokens, from) as Tensor2D,
    appendEach: (tokens, from) => append('each', tokens, from),
    dispose: () => tf.dispose(leaves(memory)),
  };
}

/** What does not fit would be written into the place of something else. */
function checkFits(behind: 'last' | 'each', tokens: TokenLists, before: readonly number[], room: number): void {
  tokens.forEach(({ length }, row) => {
    const where = `predictor: sequence ${row}`;
    if (behind === 'last' && length === 0) {
      throw new ContinualLearningError(
        'CL_DATA',
        `${where} gets no token. append() takes at least one for each; appendEach() takes none too.`,
      );
    }
    if (before[row]! + length > room) {
      throw new ContinualLearningError(
        'CL_DATA',
        `${where} has ${before[row]} tokens and gets ${length} more, which is above its room of ${room}. Begin it with more room.`,
      );
    }
  });
}

/** Rows of one length, and where tokens are in them: int32 [rows, length]. Yours to dispose. */
export function paddedTokens(texts: TokenLists, length: number): { readonly ids: Tensor2D; readonly mask: Tensor2D } {
  const [ids, mask] = [new Int32Array(texts.length * length), new Int32Array(texts.length * length)];
  texts.forEach((text, row) => {
    ids.set(text, row * length);
    mask.fill(1, row * length, row * length + text.length);
  });
  const shape: [number, number] = [texts.length, length];
  return { ids: tf.tensor2d(ids, shape, 'int32'), mask: tf.tensor2d(mask, shape, 'int32') };
}

export const longest = (lists: TokenLists): number => lists.reduce((most, list) => Math.max(most, list.length), 0);

/** Few lengths, so that few programs are compiled: powers of two. */
const rounded = (length: number): number => Math.max(16, 2 ** Math.ceil(Math.log2(length)));

/** A token alone has a program of its own. */
const roundedCount = (length: number): number => (length <= 1 ? 1 : rounded(length));
