import { ContinualLearningError, isConstant, type TensorTree } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** The structure of a tree and the shapes and types of its tensors, numbered in order. */
export type Template =
  | null
  | TensorTemplate
  | { readonly kind: 'constant'; readonly tensor: Tensor }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'record'; readonly names: readonly string[]; readonly items: readonly Template[] };

interface TensorTemplate {
  readonly kind: 'tensor';
  readonly index: number;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly path: string;
  /** Whether a constant may stand here: as a part of inputs it would be a part of the template. */
  readonly constants: boolean;
}

/** The template of a tree. Its tensors are added to `into`. */
export const templateOf = (tree: TensorTree | undefined, into: Tensor[], path = ''): Template => described(tree, into, path, true);

/** The template of inputs: tensors that are marked as constants are a part of it. */
export const inputTemplateOf = (tree: TensorTree | undefined, into: Tensor[]): Template => described(tree, into, '', false);

function described(tree: TensorTree | undefined, into: Tensor[], path: string, constants: boolean): Template {
  if (tree === null || tree === undefined) return null;
  if (tree instanceof tf.Tensor) {
    if (!constants && isConstant(tree)) return { kind: 'constant', tensor: tree };
    return { kind: 'tensor', index: into.push(tree) - 1, shape: tree.shape, dtype: tree.dtype, path, constants };
  }
  // A number would become a part of the graph, unseen.
  if (typeof tree !== 'object' || ArrayBuffer.isView(tree)) throw noTensor(tree, path);
  if (isList(tree)) return { kind: 'list', items: tree.map((item, i) => described(item, into, joined(path, String(i)), constants)) };
  const names = Object.keys(tree);
  return { kind: 'record', names, items: names.map((name) => described(tree[name], into, joined(path, name), constants)) };
}

/**
 * Puts the tensors of a tree into `into`, by the template's numbers. False if the structure, a shape or a type is another. Runs at
 * every step: no allocation, no strings.
 */
export function collect(template: Template, tree: TensorTree | undefined, into: Tensor[]): boolean {
  if (template === null) return tree === null || tree === undefined;
  if (tree === null || tree === undefined) return false;
  if (template.kind === 'tensor') {
    if (!(tree instanceof tf.Tensor) || tree.dtype !== template.dtype || !sameShape(tree.shape, template.shape)) return false;
    if (!template.constants && isConstant(tree)) return false;
    into[template.index] = tree;
    return true;
  }
  if (template.kind === 'constant') return tree === template.tensor;
  if (tree instanceof tf.Tensor) return false;
  const { items } = template;
  if (template.kind === 'list') {
    if (!isList(tree) || tree.length !== items.length) return false;
    for (let i = 0; i < items.length; i++) if (!collect(items[i]!, tree[i], into)) return false;
    return true;
  }
  let count = 0;
  for (const _ in tree) count++;
  if (isList(tree) || count !== items.length) return false;
  const record = tree as { readonly [name: string]: TensorTree };
  for (let i = 0; i < items.length; i++) {
    const name = template.names[i]!;
    // A missing name is no match for a null: both would give undefined.
    if (!(name in record) || !collect(items[i]!, record[name], into)) return false;
  }
  return true;
}

/** The tree of a template with these tensors, and with copies of its constants. */
export function build(
  template: Template,
  tensorOf: (index: number) => Tensor,
  copyOf: (constant: Tensor) => Tensor = (constant) => tf.clone(constant),
): TensorTree {
  if (template === null) return null;
  if (template.kind === 'tensor') return tensorOf(template.index);
  if (template.kind === 'constant') return copyOf(template.tensor);
  if (template.kind === 'list') return template.items.map((item) => build(item, tensorOf, copyOf));
  const tree: { [name: string]: TensorTree } = {};
  for (let i = 0; i < template.names.length; i++) tree[template.names[i]!] = build(template.items[i]!, tensorOf, copyOf);
  return tree;
}

/** Where each tensor stands in the tree, for messages: 'slots/mean/dense0/kernel'. */
export function pathsOf(template: Template): string[] {
  if (template === null || template.kind === 'constant') return [];
  return template.kind === 'tensor' ? [template.path] : template.items.flatMap(pathsOf);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const noTensor = (found: unknown, path: string) =>
  new ContinualLearningError(
    'CL_TRACE',
    `${path === '' ? 'A tree' : `'${path}'`} holds ${ArrayBuffer.isView(found) ? 'a typed array' : `the ${typeof found} ${String(found)}`}. ` +
      'Inputs, outputs and state of an entry are tensors: make one of it.',
  );

const isList = (tree: TensorTree): tree is readonly TensorTree[] => Array.isArray(tree);
const joined = (path: string, name: string): string => (path === '' ? name : `${path}/${name}`);
