import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ContinualLearningError } from '../errors.js';
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
  return Object.fromEntries(
    Object.entries(state as { [name: string]: Tree }).map(([key, child]) => [key, replaceTensors(child, f, inside(key))]),
  );
}

/**
 * Refuses a state that differs from the one before in more than the values of its tensors: inside a step that is compiled once, nothing
 * else can change.
 *
 * @param hook Where it comes from, for the message.
 */
export function checkSameStructure(before: Tree, after: Tree, hook: string): void {
  const place = firstDifference(before, after, 'state');
  if (place === null) return;
  throw new ContinualLearningError(
    'CL_TRACE',
    `${place} changes in ${hook}, which can only change the values of tensors. ` +
      'Keep numbers that change from step to step in tensors; change shapes and structure in beforeTask, beforeStage or afterTask.',
  );
}

/** The path of the first thing that is not a tensor of the same kind, the same memory or the same JSON; null if there is none. */
function firstDifference(before: Tree, after: Tree, path: string): string | null {
  if (before instanceof tf.Tensor || after instanceof tf.Tensor) {
    const same = before instanceof tf.Tensor && after instanceof tf.Tensor && kindOf(before) === kindOf(after);
    return same ? null : path;
  }
  if (Object.is(before, after)) return null;
  if (!isBranch(before) || !isBranch(after) || Array.isArray(before) !== Array.isArray(after)) return path;
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!(name in before && name in after)) return `${path}.${name}`;
    const place = firstDifference(before[name]!, after[name]!, `${path}.${name}`);
    if (place !== null) return place;
  }
  return null;
}

const kindOf = ({ dtype, shape }: Tensor): string => `${dtype} [${shape}]`;

const isBranch = (tree: Tree): tree is { readonly [name: string]: Tree } => typeof tree === 'object' && tree !== null && !isStored(tree);
