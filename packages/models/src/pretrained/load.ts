import { checkBoolean, checkKnown, checkOneOf, type StoredTensor } from '@cl/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { WORDS } from '../transformer/embedding.js';
import type { Transformer } from '../transformer/index.js';
import { type ModelOptions, modelOf } from './config.js';
import { filesOf, json, needed, type PretrainedSource } from './files.js';
import { floatsOf } from './floats.js';
import { type Layout, type Link, layoutOf } from './links.js';
import { refused } from './refused.js';
import { weightsIn } from './weights.js';

export interface LoadOptions extends ModelOptions {
  /** What happens to tensors that no model of the architecture has: an error that names them, or nothing. Default 'refuse'. */
  readonly unexpected?: 'refuse' | 'ignore';
  /** True: the head begins anew, also where the files have one for other labels. Default false. */
  readonly newHead?: boolean;
}

/** A model with weights that somebody else trained. */
export interface Pretrained {
  readonly model: Transformer;
  /** Those that the files have: for `new Learner({ model, parameters, … })`, which draws the others from its seed. Dispose them afterwards. */
  readonly parameters: NamedTensorMap;
  /** Parameters of the head that the files do not have: a new classifier. */
  readonly fresh: readonly string[];
  /** Stored tensors of heads that the model does not have. */
  readonly unused: readonly string[];
}

/**
 * Loads a model in Hugging Face's format, `config.json` and `model.safetensors` or `pytorch_model.bin` (or their parts), of the
 * architectures BERT, RoBERTa, GPT-2, Llama and T5.
 *
 * @param source A folder (in Node), an address, or files by name.
 * @throws CL_CHECKPOINT where a file is missing or damaged, the architecture is not known, or tensors are missing, unexpected or of another
 *   shape.
 * @example
 * const { model, parameters } = await loadPretrained('models/minilm-l6', { head: tokens({ outputs: 9 }), sequence: 64 });
 * const learner = new Learner({ model, parameters, optimizer: adamW(2e-5), scenario: 'class', objective: tokenClassification() });
 */
export async function loadPretrained(source: PretrainedSource, options: LoadOptions = {}): Promise<Pretrained> {
  checkKnown('loadPretrained', options, ['head', 'sequence', 'answer', 'dropout', 'layers', 'unexpected', 'newHead']);
  const { unexpected = 'refuse', newHead = false, ...asked } = options;
  checkOneOf('loadPretrained', 'unexpected', unexpected, ['refuse', 'ignore']);
  checkBoolean('loadPretrained', 'newHead', newHead);
  const files = filesOf(source);
  const name = `${files.place}/config.json`;
  const model = modelOf(json(await needed(files, 'config.json'), name), name, asked);
  const layout = layoutOf(model);
  const stored = withoutPrefix(await weightsIn(files), layout);

  const links = [...layout.trunk, ...(newHead ? [] : layout.head)];
  const wanted = new Set(links.map((link) => link.stored));
  const others = Object.keys(stored).filter((name) => !wanted.has(name));
  const unused = others.filter((name) => isSpare(name, layout, asked.layers));
  const odd = others.filter((name) => !unused.includes(name));
  if (odd.length > 0 && unexpected === 'refuse') {
    throw refused(
      `${files.place}: has ${odd.length} tensors that no such model has: ${some(odd)}. If they can be left out: loadPretrained(…, { unexpected: 'ignore' }).`,
    );
  }
  const missing = layout.trunk.filter((link) => !stored[link.stored] && !link.names[0]!.startsWith('pooler/'));
  if (missing.length > 0) {
    throw refused(`${files.place}: lacks ${missing.length} tensors of the network: ${some(missing.map((link) => link.stored))}.`);
  }
  if (!newHead) checkHead(layout, model, stored, files.place);

  const found = links.filter((link) => stored[link.stored]);
  for (const link of found) checkShape(link, stored[link.stored]!, model, files.place);
  const parameters = Object.assign({}, ...found.map((link) => parametersFrom(link, stored[link.stored]!, model))) as NamedTensorMap;
  const fresh = Object.keys(model.parameters).filter((name) => !parameters[name]);
  return { model, parameters, fresh, unused };
}

/** A head is stored as a whole or not at all, and one that shares the table of words has no other. */
function checkHead({ trunk, head, output }: Layout, model: Transformer, stored: Record<string, StoredTensor>, place: string): void {
  const pooler = trunk.filter((link) => link.names[0]!.startsWith('pooler/'));
  for (const part of [pooler, head]) {
    const missing = part.filter((link) => !stored[link.stored]).map((link) => link.stored);
    if (missing.length === 0 || missing.length === part.length) continue;
    throw refused(`${place}: has a part of the head, but lacks ${some(missing)}. To begin it anew: { newHead: true }.`);
  }
  const [words, own] = [trunk.find(({ names }) => names[0] === WORDS)!, stored[output]];
  if (model.architecture.options.head.stored.language !== 'tied' || !own) return;
  const [table, copy] = [floatsOf(stored[words.stored]!, words.stored), floatsOf(own, output)];
  if (table.length === copy.length && table.every((value, i) => value === copy[i])) return;
  throw refused(
    `${place}: '${output}' is not the table of words, so the head is not tied to it. Take the file's own: { head: language({ tied: false }) }.`,
  );
}

/** Names without the part that files of models with a head put before those of the network, and in the newer of two spellings. */
function withoutPrefix(stored: Record<string, StoredTensor>, { prefix }: Layout): Record<string, StoredTensor> {
  const clean = (name: string) =>
    (name.startsWith(prefix) ? name.slice(prefix.length) : name)
      .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
      .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
  return Object.fromEntries(Object.entries(stored).map(([name, tensor]) => [clean(name), tensor]));
}

/** A layer above those that were asked for is left out on purpose. */
function isSpare(name: string, { spare }: Layout, layers: number | undefined): boolean {
  const number = /^(?:encoder\.layer|(?:en|de)coder\.block|h|layers)\.(\d+)\./.exec(name)?.[1];
  return spare.some((pattern) => pattern.test(name)) || (layers !== undefined && number !== undefined && Number(number) >= layers);
}

const some = (names: readonly string[]): string => names.slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '');

/** Shape of what a link stores. */
export function storedShape({ names, transposed }: Link, model: Transformer): number[] {
  const shapes = names.map((name) => model.parameters[name]!.shape);
  const last = shapes.reduce((sum, shape) => sum + shape.at(-1)!, 0);
  const shape = [...shapes[0]!.slice(0, -1), last];
  return transposed ? shape.reverse() : shape;
}

function checkShape(link: Link, { shape }: StoredTensor, model: Transformer, place: string): void {
  const expected = storedShape(link, model);
  if (`${shape}` === `${expected}`) return;
  const remedy = link.names[0]!.startsWith('head')
    ? ' Give the model a head of that size and `grow` it, or begin anew: { newHead: true }.'
    : '';
  throw refused(`${place}: '${link.stored}' has shape [${shape.join(', ')}], the model needs [${expected.join(', ')}].${remedy}`);
}

function parametersFrom({ names, transposed, stored }: Link, tensor: StoredTensor, model: Transformer): NamedTensorMap {
  return tf.tidy(() => {
    const value: Tensor = tf.tensor(floatsOf(tensor, stored), [...tensor.shape], 'float32');
    const whole = transposed ? tf.transpose(value) : value;
    if (names.length === 1) return { [names[0]!]: whole };
    const parts = tf.split(
      whole,
      names.map((name) => model.parameters[name]!.shape.at(-1)!),
      whole.rank - 1,
    );
    return Object.fromEntries(names.map((name, i) => [name, parts[i]!]));
  });
}
