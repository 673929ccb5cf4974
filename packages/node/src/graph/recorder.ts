import type { Tensor } from '@tensorflow/tfjs-core';
import { ATTRIBUTE, type Attribute, type Binding, type NodeBackend, type TypedValues } from './backend.js';
import { guarded } from './guards.js';
import { Refusal } from './refusal.js';

/** An output of a node. */
export interface Ref {
  readonly node: number;
  readonly output: number;
}

export interface TensorType {
  readonly shape: readonly number[];
  readonly dtype: number;
}

/** What a run of an entry consists of. */
export type Node =
  | { readonly kind: 'input' | 'state'; readonly index: number; readonly type: TensorType }
  | { readonly kind: 'constant'; readonly type: TensorType; readonly bytes: Uint8Array }
  | {
      readonly kind: 'op';
      readonly op: string;
      readonly attributes: readonly Attribute[];
      readonly inputs: readonly Ref[];
      readonly types: readonly TensorType[];
    };

export type FusedRule = 'sgd' | 'momentum' | 'adam';

/** New values that follow from old ones by a rule that TensorFlow has one op for. */
export interface Fusable {
  readonly rule: FusedRule;
  readonly changes: readonly { readonly before: Ref; readonly after: Ref }[];
  readonly inputs: { readonly [name: string]: Ref };
  readonly attributes: { readonly [name: string]: number };
}

/** Ops whose result is another each time that they run, though eager code may see a constant. */
const STATEFUL = /^(Multinomial|Random|ParameterizedTruncatedNormal|TruncatedNormal)/;

let current: Recorder | null = null;

/** Writes down what tfjs-node executes while a function runs. */
export class Recorder {
  readonly nodes: Node[] = [];
  readonly fusables: Fusable[] = [];
  /** Set as soon as something cannot be compiled. */
  refusal: Refusal | null = null;
  readonly #refs = new Map<number, Ref>();
  /** Tensors made of JavaScript values while recording: constants. Any other tensor with values on the host came from outside. */
  readonly #made = new WeakSet<object>();
  readonly #backend: NodeBackend;
  readonly #binding: Binding;

  constructor(backend: NodeBackend) {
    this.#backend = backend;
    this.#binding = backend.binding;
  }

  /** Declares a tensor, which must have a handle that nothing else uses, as an input or as a part of the state. */
  declare(kind: 'input' | 'state', index: number, tensor: Tensor): void {
    const { id, dtype } = this.#backend.tensorMap.get(tensor.dataId);
    this.#refs.set(id, this.#add({ kind, index, type: { shape: tensor.shape, dtype } }));
  }

  /** Declares a tensor with a handle that nothing else uses as a constant, with the values of another one. */
  constant(tensor: Tensor, values: Tensor): Tensor {
    const { id, dtype } = this.#backend.tensorMap.get(tensor.dataId);
    this.#refs.set(id, this.#add({ kind: 'constant', type: { shape: tensor.shape, dtype }, bytes: bytesOf(values.dataSync()) }));
    return tensor;
  }

  /** Runs `body` and records what it executes. Throws a `Refusal` when that cannot become a graph. */
  record<T>(body: () => T): T {
    const backend = this.#backend;
    if (current) throw new Error('A recording is under way: an entry must not run a program.');
    current = this;
    backend.binding = this.#wrapped();
    const restore = this.#watchHostTensors();
    try {
      const result = guarded((refusal) => this.refuse(refusal), body);
      if (this.refusal) throw this.refusal;
      return result;
    } finally {
      restore();
      backend.binding = this.#binding;
      current = null;
    }
  }

  /** Where a tensor came from. Call it inside of `record`. */
  refOf(tensor: Tensor, what: string): Ref {
    const [id] = this.#backend.getInputTensorIds([tensor]);
    return this.#refs.get(id!) ?? this.refuse(new Refusal(`${what} is ${OUTSIDE}`));
  }

  refuse(refusal: Refusal): never {
    this.refusal ??= refusal;
    throw refusal;
  }

  announce(rule: FusedRule, tensors: { readonly [name: string]: Tensor }, attributes: { readonly [name: string]: unknown }): void {
    const refs = Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, this.refOf(tensor, `'${name}' of an optimizer step`)]),
    );
    const changes = [];
    for (let i = 0; refs[`before${i}`]; i++) changes.push({ before: refs[`before${i}`]!, after: refs[`after${i}`]! });
    const numbers = Object.entries(attributes).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
    this.fusables.push({ rule, changes, inputs: refs, attributes: Object.fromEntries(numbers) });
  }

  #add(node: Node): Ref {
    this.nodes.push(node);
    return { node: this.nodes.length - 1, output: 0 };
  }

  /** The binding's own properties are read-only, so recording wraps it. */
  #wrapped(): Binding {
    const binding = this.#binding;
    const overrides: Partial<Binding> = {
      createTensor: (shape, dtype, values) => {
        const id = binding.createTensor(shape, dtype, values);
        this.#refs.set(id, this.#add({ kind: 'constant', type: { shape: [...shape], dtype }, bytes: bytesOf(values) }));
        return id;
      },
      executeOp: (op, given, ids, count) => {
        if (STATEFUL.test(op))
          this.refuse(new Refusal(`${op} draws from a hidden state: use \`uniform\` or \`normal\` with a seed tensor`));
        const inputs = ids.map((id) => this.#refs.get(id) ?? this.refuse(new Refusal(`${op} uses ${OUTSIDE}`)));
        const results = binding.executeOp(op, given, ids, count);
        const types = results.map(({ shape, dtype }) => ({ shape, dtype }));
        if (types.some(({ dtype }) => UNSUPPORTED.has(dtype)))
          this.refuse(new Refusal(`${op} makes strings or handles, which a step cannot hold`));
        const attributes = complete(op, given, () => this.#typeOf(inputs[0]!).dtype);
        const { node } = this.#add({ kind: 'op', op, attributes, inputs, types });
        results.forEach(({ id }, output) => {
          this.#refs.set(id, { node, output });
        });
        return results;
      },
      tensorDataSync: (id) => {
        const ref = this.#refs.get(id);
        if (ref && this.nodes[ref.node]!.kind === 'constant') return binding.tensorDataSync(id);
        return this.refuse(new Refusal(`it reads ${ref ? this.#describe(ref) : 'a tensor'} back to JavaScript: ${READERS}`));
      },
    };
    return Object.create(binding, Object.fromEntries(Object.entries(overrides).map(([name, value]) => [name, { value }]))) as Binding;
  }

  /** A constant has no handle until an op needs it; nor has a tensor from outside that nobody used yet. Tell them apart. */
  #watchHostTensors(): () => void {
    const backend = this.#backend;
    const [write, idsOf] = [backend.write, backend.getInputTensorIds];
    backend.write = (...given) => {
      const dataId = write.apply(backend, given);
      this.#made.add(dataId);
      return dataId;
    };
    backend.getInputTensorIds = (tensors) => {
      const foreign = tensors.map(({ dataId }) => !this.#made.has(dataId) && backend.tensorMap.get(dataId)?.values != null);
      const ids = idsOf.call(backend, tensors);
      // Uploaded just now, so taken for a constant.
      foreign.forEach((is, i) => {
        if (is) this.#refs.delete(ids[i]!);
      });
      return ids;
    };
    return () => {
      // The originals live on the prototype.
      Reflect.deleteProperty(backend, 'write');
      Reflect.deleteProperty(backend, 'getInputTensorIds');
    };
  }

  #typeOf({ node, output }: Ref): TensorType {
    const found = this.nodes[node]!;
    return found.kind === 'op' ? found.types[output]! : found.type;
  }

  #describe({ node }: Ref): string {
    const found = this.nodes[node]!;
    if (found.kind === 'op') return `the result of ${found.op}`;
    return found.kind === 'input' ? 'an input' : 'a part of the state';
  }
}

const OUTSIDE = 'a tensor from outside: pass it as an input, or keep it in the state';
const READERS = '`dataSync`, `arraySync`, or a tfjs op that reads its indices, as `tf.gather` does (use `gather` of @cl/core)';

/** String, resource and variant. */
const UNSUPPORTED: ReadonlySet<number> = new Set([7, 20, 21]);

/** Eager TensorFlow infers type attributes that tfjs-node leaves out; a graph does not. */
function complete(op: string, attributes: readonly Attribute[], firstType: () => number): readonly Attribute[] {
  const copied = attributes.map(({ name, type, value }) => ({ name, type, value: Array.isArray(value) ? [...value] : value }));
  if (op !== 'ExpandDims') return copied;
  return [...copied, { name: 'T', type: ATTRIBUTE.type, value: firstType() }];
}

function bytesOf(values: TypedValues): Uint8Array {
  if (!ArrayBuffer.isView(values)) throw new Refusal('it makes a tensor of strings, which a step cannot hold');
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
}

/** Called by the optimizer steps of @cl/core. */
export function announceFusable(
  rule: FusedRule,
  tensors: { readonly [name: string]: Tensor },
  attributes: { readonly [name: string]: unknown },
): void {
  current?.announce(rule, tensors, attributes);
}
