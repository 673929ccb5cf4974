import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Tensors in arrays and records of any depth; `null` where there is nothing yet. */
export type TensorTree = Tensor | null | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * Applies `f` to each tensor of a named map.
 *
 * @example map(tf.square, { w: tf.tensor1d([1, 2]) }) // { w: [1, 4] }
 */
export function map(f: (tensor: Tensor, name: string) => Tensor, tensors: NamedTensorMap): NamedTensorMap {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, f(tensor, name)]));
}

/** Applies `f` to the tensors of two named maps with the same names, name by name. */
export function zip(f: (a: Tensor, b: Tensor, name: string) => Tensor, a: NamedTensorMap, b: NamedTensorMap): NamedTensorMap {
  return map((tensor, name) => f(tensor, named(b, name), name), a);
}

/** The tensor with this name. Throws where a record type would say `undefined`. */
export function named(tensors: NamedTensorMap, name: string): Tensor {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`No tensor '${name}' among ${Object.keys(tensors).join(', ')}.`);
  return tensor;
}

/** The part of a named map whose names pass. */
export function pick(tensors: NamedTensorMap, keep: (name: string) => boolean): NamedTensorMap {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => keep(name)));
}

/** The sum of scalars or of tensors of one shape. Throws on an empty list. */
export function total<T extends Tensor>(tensors: readonly T[]): T {
  return tensors.reduce((sum, tensor) => tf.add(sum, tensor) as T);
}

/** The inner product of two named maps, as if each were one long vector. */
export function dot(a: NamedTensorMap, b: NamedTensorMap): tf.Scalar {
  return total(Object.entries(a).map(([name, tensor]) => tf.sum(tf.mul(tensor, named(b, name))) as tf.Scalar));
}

/** The tensors of a tree in a fixed order: records by insertion, arrays by index. */
export function leaves(tree: TensorTree | undefined): Tensor[] {
  const found: Tensor[] = [];
  visit(tree, (tensor) => found.push(tensor));
  return found;
}

function visit(tree: TensorTree | undefined, see: (tensor: Tensor) => void): void {
  if (tree === null || tree === undefined) return;
  if (tree instanceof tf.Tensor) see(tree);
  else for (const child of Object.values(tree)) visit(child, see);
}

/** The same tree with each tensor replaced. */
export function mapTree<T extends TensorTree>(f: (tensor: Tensor) => Tensor, tree: T): T {
  if (tree === null || tree === undefined) return tree;
  if (tree instanceof tf.Tensor) return f(tree) as Tensor as T;
  if (Array.isArray(tree)) return tree.map((child: TensorTree) => mapTree(f, child)) as unknown as T;
  return Object.fromEntries(Object.entries(tree).map(([name, child]) => [name, mapTree(f, child as TensorTree)])) as T;
}
