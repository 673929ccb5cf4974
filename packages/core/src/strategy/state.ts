import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { isStored } from '../memory/stored.js';
import type { Tree } from './strategy.js';

/** The tensors of a strategy's state by their path in it. */
export type StateTensors = { readonly [path: string]: Tensor };

/** The tensors of a state by path, 'ewc.importance.dense0/kernel', in the order of the tree. */
export function tensorsOf(state: Tree): StateTensors {
  const found: Record<string, Tensor> = {};
  replaceTensors(state, (path, tensor) => {
    found[path] = tensor;
    return tensor;
  });
  return found;
}

/** The same state with other tensors in the same places. */
export function withTensors(state: Tree, tensors: StateTensors): Tree {
  return replaceTensors(state, (path) => tensors[path]!);
}

/** The same state with each tensor replaced by what `f` returns for its path. */
export function replaceTensors(state: Tree, f: (path: string, tensor: Tensor) => Tensor, path = ''): Tree {
  if (state instanceof tf.Tensor) return f(path, state);
  if (state === null || typeof state !== 'object' || isStored(state)) return state;
  const inside = (key: string) => (path === '' ? key : `${path}.${key}`);
  if (Array.isArray(state)) return (state as readonly Tree[]).map((child, i) => replaceTensors(child, f, inside(String(i))));
  return Object.fromEntries(Object.entries(state as { [name: string]: Tree }).map(([key, child]) => [key, replaceTensors(child, f, inside(key))]));
}
