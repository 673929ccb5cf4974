import { ContinualLearningError, type Entry, type TensorTree } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { copyOf, type NodeBackend } from './backend.js';
import { type Fusable, type Node, Recorder, type Ref } from './recorder.js';
import { build, collect, pathsOf, type Template, templateOf } from './template.js';

/** One eager run of an entry, written down. */
export interface Trace {
  readonly nodes: readonly Node[];
  readonly fusables: readonly Fusable[];
  readonly outputs: readonly Ref[];
  readonly outputTemplate: Template;
  /** The next value of each part of the state; where it is the old one, nothing is assigned. */
  readonly next: readonly Ref[];
}

/** What the run computed, in tensors of the scope that it ran in. */
export interface TracedValues {
  readonly outputs: readonly Tensor[];
  readonly next: readonly Tensor[];
}

/**
 * Runs an entry eagerly on these tensors and records it. Throws a `Refusal` if it cannot be compiled. Call it in a tidy; nothing but what the run
 * gives stays there, since what a step computes on the way is most of its memory.
 */
export function traceEntry(backend: NodeBackend, entry: Entry, inputs: Given, state: Given): { trace: Trace; values: TracedValues } {
  let trace: Trace | null = null;
  const kept = tf.tidy(() => {
    const recorded = recordEntry(backend, entry, inputs, state);
    trace = recorded.trace;
    return [...recorded.values.outputs, ...recorded.values.next];
  });
  const count = trace!.outputs.length;
  return { trace: trace!, values: { outputs: kept.slice(0, count), next: kept.slice(count) } };
}

function recordEntry(backend: NodeBackend, entry: Entry, inputs: Given, state: Given): { trace: Trace; values: TracedValues } {
  const recorder = new Recorder(backend);
  // Handles of their own: two parts of the state may share one, and a tensor may be both input and state.
  const declared = (kind: 'input' | 'state', { template, tensors }: Given): TensorTree => {
    const copies = tensors.map((tensor) => copyOf(backend, tensor));
    copies.forEach((copy, i) => {
      recorder.declare(kind, i, copy);
    });
    return build(
      template,
      (i) => copies[i]!,
      (constant) => recorder.constant(copyOf(backend, constant), constant),
    );
  };
  const [inputTree, stateTree] = [declared('input', inputs), declared('state', state)];

  return recorder.record(() => {
    const result = entry.apply(inputTree, stateTree);
    const outputs: Tensor[] = [];
    const outputTemplate = templateOf(result.outputs, outputs);
    const next = nextState(entry, state.template, result.state ?? stateTree);
    const paths = pathsOf(state.template);
    const trace = {
      nodes: recorder.nodes,
      fusables: recorder.fusables,
      outputTemplate,
      outputs: outputs.map((tensor, i) => recorder.refOf(tensor, `output ${pathsOf(outputTemplate)[i]}`)),
      next: next.map((tensor, i) => recorder.refOf(tensor, `the new state's '${paths[i]}'`)),
    };
    return { trace, values: { outputs, next } };
  });
}

/** A tree, taken apart. */
export interface Given {
  readonly template: Template;
  readonly tensors: readonly Tensor[];
}

/** The tensors of a returned state, which must have the structure, shapes and types of the old one. */
export function nextState(entry: Entry, template: Template, state: TensorTree): Tensor[] {
  const next: Tensor[] = [];
  if (collect(template, state, next)) return next;
  const found: Tensor[] = [];
  const [expected, received] = [listed(template), listed(templateOf(state, found))];
  const differing =
    received.find((item) => !expected.includes(item)) ?? expected.find((item) => !received.includes(item)) ?? 'its structure';
  throw new ContinualLearningError(
    'CL_TRACE',
    `Entry '${entry.name}' returned a state unlike the one that it got, at ${differing}. A state keeps its structure, shapes and types; ` +
      'for another one make a new program.',
  );
}

function listed(template: Template): string[] {
  if (template === null || template.kind === 'constant') return [];
  if (template.kind === 'tensor') return [`'${template.path}' ${template.dtype} [${template.shape.join(', ')}]`];
  return template.items.flatMap(listed);
}
