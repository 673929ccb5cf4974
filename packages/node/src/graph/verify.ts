import type { Entry } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type NodeBackend, typeAttribute } from './backend.js';
import { scoped } from './scope.js';
import { build, pathsOf, templateOf } from './template.js';
import { type Given, nextState, type TracedValues } from './trace.js';

/** The same result, computed twice: eagerly and by the compiled entry, from the same inputs and state. */
export interface Pair {
  readonly entry: Entry;
  readonly inputs: Given;
  readonly state: Given;
  readonly eager: TracedValues;
  readonly compiled: TracedValues;
}

/** How far apart two runs are at one tensor. */
interface Apart {
  readonly what: string;
  readonly distance: number;
  /** What may differ by rounding. */
  readonly tolerance: number;
}

/**
 * Where a compiled run went another way than the eager one; null if it did not. Rounding differs between the two (TensorFlow fuses
 * ops in a graph), and some results amplify rounding without bound: a mathematically zero gradient under Adam, say. So a difference
 * counts only if it is also far beyond what a disturbance of inputs and state in their last digits does to the eager result. That is
 * another eager run: only what differs at all pays for it, and what it found holds for later comparisons of the same entry.
 *
 * @param shaken What disturbances were found to do, by name of the result; added to.
 */
export function mismatch(backend: NodeBackend, pair: Pair, shaken: Map<string, number> = new Map()): string | null {
  const off = ({ what, distance, tolerance }: Apart): boolean => !(distance <= tolerance + 10 * (shaken.get(what) ?? 0));
  let suspects = apart(pair, pair.compiled, pair.state.tensors).filter(off);
  for (let attempt = 0; attempt < ATTEMPTS && suspects.length > 0; attempt++) {
    const moved = disturbed(backend, pair, attempt, new Set(suspects.map(({ what }) => what)));
    for (const { what, distance } of moved) shaken.set(what, Math.max(distance, shaken.get(what) ?? 0));
    suspects = suspects.filter(off);
  }
  const [found] = suspects;
  return found ? `${found.what} is off by ${found.distance.toPrecision(2)}, where ${found.tolerance.toPrecision(2)} is rounding` : null;
}

/**
 * A disturbance may happen to leave alone what another would have shaken. Every second one is the one before, mirrored: where a number is so
 * near to a threshold that rounding decides (a ReLU, a maximum), one of the two goes over it.
 */
const ATTEMPTS = 4;

/**
 * Tensor by tensor: a state with its optimizer's averages may be most of the memory there is.
 *
 * @param old The state that `other` started from.
 * @param only Names of the tensors to look at. Default: all.
 */
function apart(
  { entry, state, eager }: Pick<Pair, 'entry' | 'state' | 'eager'>,
  other: TracedValues,
  old: readonly Tensor[],
  only?: ReadonlySet<string>,
): Apart[] {
  const wanted = (what: string): boolean => only?.has(what) ?? true;
  const outputs = eager.outputs.flatMap((tensor, i) => {
    const what = `output ${i} of '${entry.name}'`;
    if (!wanted(what)) return [];
    const { distance, largest } = compared({ value: tensor }, { value: other.outputs[i]! });
    return [{ what, distance, tolerance: 1e-4 * largest + 1e-6 }];
  });
  const paths = pathsOf(state.template);
  // A step is small next to what it changes, and it is the step that must be right.
  const steps = eager.next.flatMap((tensor, i) => {
    const what = `'${paths[i]}' after '${entry.name}'`;
    if (!wanted(what)) return [];
    const { distance, largest, value } = compared({ value: tensor, from: state.tensors[i]! }, { value: other.next[i]!, from: old[i]! });
    return [{ what, distance, tolerance: 1e-3 * largest + 1e-6 * value + 1e-12 }];
  });
  return [...outputs, ...steps];
}

/** How far the named results move when inputs and state are disturbed by about a millionth. */
function disturbed(backend: NodeBackend, { entry, inputs, state, eager }: Pair, attempt: number, only: ReadonlySet<string>): Apart[] {
  return scoped(() => {
    const [draw, size] = attempt % 2 === 0 ? [attempt, 1e-6] : [attempt - 1, -1e-6];
    const shaken = ({ tensors }: Given, salt: number): Tensor[] =>
      tensors.map((tensor, i) => disturb(backend, tensor, size, tf.tensor1d([salt + draw, i], 'int32')));
    const [given, old] = [shaken(inputs, 0), shaken(state, 1)];
    const result = entry.apply(
      build(inputs.template, (i) => given[i]!),
      build(state.template, (i) => old[i]!),
    );
    const outputs: Tensor[] = [];
    templateOf(result.outputs, outputs);
    const next = result.state === undefined ? old : nextState(entry, state.template, result.state);
    return apart({ entry, state, eager }, { outputs, next }, old, only);
  });
}

/**
 * Scalars stay: steps, rates and switches, on which an entry may decide. Rows are disturbed alike, column by column: as many draws as a large
 * state has numbers would take longer than the run itself.
 */
function disturb(backend: NodeBackend, tensor: Tensor, size: number, seed: Tensor): Tensor {
  if (tensor.dtype !== 'float32' || tensor.size <= 1) return tensor;
  const attributes = [typeAttribute('dtype', 'float32'), typeAttribute('T', 'int32'), typeAttribute('Tseed', 'int32')];
  return tf.tidy(() => {
    const shape = tf.tensor1d(tensor.shape.slice(-1), 'int32');
    const noise = backend.executeSingleOutput('StatelessRandomNormal', attributes, [shape, seed]);
    return tf.mul(tensor, tf.add(1, tf.mul(noise, size)));
  });
}

/** A tensor, or with `from` the step from there to it. */
interface Reached {
  readonly value: Tensor;
  readonly from?: Tensor;
}

interface Comparison {
  /** The largest difference; infinite where just one is a number. */
  readonly distance: number;
  /** The largest of what is compared, and of the first value as it is. */
  readonly largest: number;
  readonly value: number;
}

/** Up to here it takes longer to call a dozen ops than to look at the numbers here. */
const SMALL = 4096;

/** Compares large tensors where they are, and copies them only where something is no number. */
function compared(a: Reached, b: Reached): Comparison {
  if (a.value.size <= SMALL) return comparedOneByOne(a, b);
  const [distance, largest, value, invalid] = tf.tidy(() => {
    const [x, y] = [a, b].map(({ value, from }) => (from ? tf.sub(float(value), float(from)) : float(value)));
    const off = tf.abs(tf.sub(x!, y!));
    // Some kernels of `max` pass over what is no number; a sum does not.
    return tf.stack([most(off), most(tf.abs(x!)), most(tf.abs(float(a.value))), tf.sum(tf.mul(off, 0))]).dataSync();
  }) as Float32Array;
  return invalid === 0 ? { distance: distance!, largest: largest!, value: value! } : comparedOneByOne(a, b);
}

const float = (tensor: Tensor): Tensor => tf.cast(tensor, 'float32');
const most = (tensor: Tensor): Tensor => (tensor.size > 0 ? tf.max(tensor) : tf.scalar(0));

function comparedOneByOne(a: Reached, b: Reached): Comparison {
  const [to, start] = [a.value.dataSync(), a.from?.dataSync()];
  const [other, begun] = [b.value.dataSync(), b.from?.dataSync()];
  let [distance, largest, value] = [0, 0, 0];
  for (let i = 0; i < to.length; i++) {
    const x = start ? to[i]! - start[i]! : to[i]!;
    const y = begun ? other[i]! - begun[i]! : other[i]!;
    value = larger(value, to[i]!);
    largest = larger(largest, x);
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const difference = Math.abs(x - y);
    if (!(difference <= distance)) distance = Number.isFinite(difference) ? difference : Infinity;
  }
  return { distance, largest, value };
}

/** The larger magnitude; what is no finite number has none. */
function larger(magnitude: number, value: number): number {
  const size = Math.abs(value);
  return size > magnitude && Number.isFinite(size) ? size : magnitude;
}
