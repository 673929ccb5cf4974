import type { Entry } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type NodeBackend, typeAttribute } from './backend.js';
import { scoped } from './scope.js';
import { build, type Template, templateOf } from './template.js';
import { type Given, nextState, type TracedValues } from './trace.js';

/** The same result, computed twice: eagerly and by the compiled entry, from the same inputs and state. */
export interface Pair {
  readonly entry: Entry;
  readonly inputs: Given;
  readonly state: Given;
  readonly eager: TracedValues;
  readonly compiled: TracedValues;
}

/** One tensor that should be the same in both. */
interface Compared {
  readonly what: string;
  readonly eager: Float64Array;
  readonly compiled: Float64Array;
  /** What may differ by rounding. */
  readonly tolerance: number;
}

/**
 * Where a compiled run went another way than the eager one; null if it did not. Rounding differs between the two (TensorFlow fuses
 * ops in a graph), and some results amplify rounding without bound: a mathematically zero gradient under Adam, say. So a difference
 * counts only if it is also far beyond what a disturbance of inputs and state in their last digits does to the eager result.
 */
export function mismatch(backend: NodeBackend, pair: Pair): string | null {
  const suspects = comparisons(pair, pair.compiled, pair.state.tensors).filter(
    ({ eager, compiled, tolerance }) => !(distance(eager, compiled) <= tolerance),
  );
  if (suspects.length === 0) return null;
  const sensitivity = [0, 1].map((attempt) => disturbed(backend, pair, attempt));
  const found = suspects.find(({ what, eager, compiled, tolerance }) => {
    const shaken = sensitivity.map((differences) => differences.get(what) ?? 0);
    return !(distance(eager, compiled) <= tolerance + 10 * Math.max(...shaken));
  });
  if (!found) return null;
  const { what, eager, compiled, tolerance } = found;
  return `${what} is off by ${distance(eager, compiled).toPrecision(2)}, where ${tolerance.toPrecision(2)} is rounding`;
}

/** `old` is the state that `other` started from. */
function comparisons(
  { entry, state, eager }: Pick<Pair, 'entry' | 'state' | 'eager'>,
  other: TracedValues,
  old: readonly Tensor[],
): Compared[] {
  const outputs = eager.outputs.map((tensor, i) => {
    const [a, b] = [numbers(tensor), numbers(other.outputs[i]!)];
    return { what: `output ${i} of '${entry.name}'`, eager: a, compiled: b, tolerance: 1e-4 * largest(a) + 1e-6 };
  });
  // A step is small next to what it changes, and it is the step that must be right.
  const steps = eager.next.map((tensor, i) => {
    const after = numbers(tensor);
    const [a, b] = [minus(after, numbers(state.tensors[i]!)), minus(numbers(other.next[i]!), numbers(old[i]!))];
    return {
      what: `'${pathAt(state.template, i)}' after '${entry.name}'`,
      eager: a,
      compiled: b,
      tolerance: 1e-3 * largest(a) + 1e-6 * largest(after) + 1e-12,
    };
  });
  return [...outputs, ...steps];
}

/** How far each result moves when inputs and state are disturbed by about a millionth. */
function disturbed(backend: NodeBackend, { entry, inputs, state, eager }: Pair, attempt: number): Map<string, number> {
  return scoped(() => {
    const shaken = ({ tensors }: Given, salt: number): Tensor[] =>
      tensors.map((tensor, i) => disturb(backend, tensor, tf.tensor1d([salt + 2 * attempt, i], 'int32')));
    const [given, old] = [shaken(inputs, 0), shaken(state, 1)];
    const result = entry.apply(
      build(inputs.template, (i) => given[i]!),
      build(state.template, (i) => old[i]!),
    );
    const outputs: Tensor[] = [];
    templateOf(result.outputs, outputs);
    const next = result.state === undefined ? old : nextState(entry, state.template, result.state);
    return new Map(
      comparisons({ entry, state, eager }, { outputs, next }, old).map(({ what, eager: a, compiled: b }) => [what, distance(a, b)]),
    );
  });
}

/** Scalars stay: steps, rates and switches, on which an entry may decide. */
function disturb(backend: NodeBackend, tensor: Tensor, seed: Tensor): Tensor {
  if (tensor.dtype !== 'float32' || tensor.size <= 1) return tensor;
  const attributes = [typeAttribute('dtype', 'float32'), typeAttribute('T', 'int32'), typeAttribute('Tseed', 'int32')];
  const noise = backend.executeSingleOutput('StatelessRandomNormal', attributes, [tf.tensor1d(tensor.shape, 'int32'), seed]);
  return tf.mul(tensor, tf.add(1, tf.mul(noise, 1e-6)));
}

const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]!);
const numbers = (tensor: Tensor): Float64Array => Float64Array.from(tensor.dataSync());

/** The largest difference; infinite where just one is a number. */
function distance(a: Float64Array, b: Float64Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const difference = Math.abs(x - y);
    if (!(difference <= most)) most = Number.isFinite(difference) ? difference : Number.POSITIVE_INFINITY;
  }
  return most;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) if (Math.abs(value) > most && Number.isFinite(value)) most = Math.abs(value);
  return most;
}

function pathAt(template: Template, index: number): string {
  if (template === null) return '';
  if (template.kind === 'tensor') return template.index === index ? template.path : '';
  return template.items.map((item) => pathAt(item, index)).find((path) => path !== '') ?? '';
}
