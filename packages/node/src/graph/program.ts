import { ContinualLearningError, type Entry, leaves, mapTree, type Program, type TensorTree } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { NodeBackend } from './backend.js';
import { CompiledEntry } from './compiled-entry.js';
import { type Description, describeGraph } from './describe.js';
import { difference } from './difference.js';
import { finiteError } from './kernels/losses.js';
import { ProgramState } from './program-state.js';
import { Refusal } from './refusal.js';
import { scoped } from './scope.js';
import type { SessionCache } from './session-cache.js';
import { build, collect, inputTemplateOf, type Template } from './template.js';
import { nextState, type Trace, traceEntry } from './trace.js';
import { mismatch } from './verify.js';

export interface ProgramOptions {
  readonly strict: boolean;
  readonly verify: boolean;
  readonly warn: (message: string) => void;
  readonly sessions: SessionCache;
}

/** An entry for inputs of one shape. */
interface Variant {
  readonly entry: Entry;
  readonly template: Template;
  trace: Trace | null;
  compiled: CompiledEntry | null;
  calls: number;
  /** The call at which it is traced again and compared with an eager run: 1, 2, 4, 8 …; of a large state 1, 2, 16, 128 … */
  audit: number;
  /** What disturbances in the last digits were found to do to its results. */
  readonly shaken: Map<string, number>;
}

/** Shapes of one entry that are remembered: with more, the first one has to be traced anew. */
const MOST_SHAPES = 64;

/** Numbers in a state, optimizer's averages included, from which on audits are rarer. */
const LARGE_STATE = 2 ** 22;

interface Known {
  readonly variants: Variant[];
  /** Why the entry runs eagerly; null while it is compiled. */
  refused: string | null;
}

/** A program that can tell what became of its entries. */
export interface GraphProgram extends Program {
  /** For debugging: which entries are compiled, of what ops, and what large constants are in them. */
  describe(): Description[];
}

/** Runs each entry, for each shape of its inputs, as a TensorFlow graph; and eagerly what cannot become one. */
export class CompilingProgram implements GraphProgram {
  readonly copiesInputs = true;
  readonly #backend: NodeBackend;
  readonly #options: ProgramOptions;
  readonly #state: ProgramState;
  readonly #known = new Map<Entry, Known>();
  /** Inputs of the call under way, in the order of the variant's template. */
  #given: Tensor[] = [];
  /** The variant that ran last: nearly always the next one too. */
  #last: Variant | null = null;
  #disposed = false;

  constructor(backend: NodeBackend, state: TensorTree, options: ProgramOptions) {
    this.#backend = backend;
    this.#options = options;
    this.#state = new ProgramState(backend, state);
  }

  run(entry: Entry, inputs: TensorTree): TensorTree {
    const variant = this.#variantOf(entry, inputs);
    if (variant === null) return this.#eager(entry, inputs);
    if (++variant.calls >= variant.audit) return this.#audited(variant, inputs);
    const compiled = variant.compiled ?? this.#compile(variant);
    const outputs = this.#step(variant, compiled);
    for (const tensor of outputs) tf.keep(tensor);
    return compiled.outputTree(outputs);
  }

  read(): TensorTree {
    return this.#state.read();
  }

  describe(): Description[] {
    return [...this.#known].map(([{ name }, { variants, refused }]) => ({
      entry: name,
      eager: refused,
      graphs: variants.flatMap(({ calls, compiled }) => (compiled ? [describeGraph(calls, compiled.plan)] : [])),
    }));
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#last = null;
    this.#state.dispose();
    for (const { variants } of this.#known.values()) for (const variant of variants) this.#drop(variant);
  }

  /** The variant for these inputs, which are in `#given` then; null if the entry runs eagerly. */
  #variantOf(entry: Entry, inputs: TensorTree): Variant | null {
    const last = this.#last;
    if (last?.entry === entry && collect(last.template, inputs, this.#given)) return last;
    if (this.#disposed)
      throw new ContinualLearningError('CL_TRACE', `The program is disposed and cannot run '${entry.name}': make a new one.`);
    const known = this.#known.get(entry) ?? { variants: [], refused: null };
    this.#known.set(entry, known);
    if (known.refused !== null) return null;
    this.#given = [];
    let variant = known.variants.find(({ template }) => collect(template, inputs, this.#given));
    if (!variant) {
      this.#given = [];
      variant = {
        entry,
        template: inputTemplateOf(inputs, this.#given),
        trace: null,
        compiled: null,
        calls: 0,
        audit: 1,
        shaken: new Map(),
      };
      known.variants.push(variant);
      if (known.variants.length > MOST_SHAPES) this.#drop(known.variants.shift()!);
    }
    this.#last = variant;
    return variant;
  }

  #compile(variant: Variant): CompiledEntry {
    let compiled: CompiledEntry;
    try {
      compiled = new CompiledEntry(this.#backend, variant.trace!, this.#state.types);
    } catch (cause) {
      throw new ContinualLearningError('CL_NATIVE', `TensorFlow does not take the graph of '${variant.entry.name}': ${messageOf(cause)}`, {
        cause,
      });
    }
    variant.compiled = compiled;
    this.#options.sessions.add(compiled, () => this.#drop(variant));
    return compiled;
  }

  #drop(variant: Variant): void {
    const { compiled } = variant;
    if (!compiled) return;
    variant.compiled = null;
    this.#options.sessions.remove(compiled);
    if (!this.#disposed) this.#state.release(compiled);
    compiled.dispose();
  }

  #step({ entry }: Variant, compiled: CompiledEntry): Tensor[] {
    this.#options.sessions.use(compiled);
    if (!compiled.fed) this.#state.activate(compiled);
    const state = compiled.fed ? this.#state.valuesFor(compiled) : NONE;
    try {
      return compiled.run(this.#given, state);
    } catch (cause) {
      throw (
        finiteError(cause) ??
        new ContinualLearningError('CL_NATIVE', `'${entry.name}' failed inside of TensorFlow: ${messageOf(cause)}`, { cause })
      );
    }
  }

  /** A call that also traces and compares: the first one, and after that ever more rarely. */
  #audited(variant: Variant, inputs: TensorTree): TensorTree {
    return scoped(() => {
      const { entry } = variant;
      const given = { template: variant.template, tensors: [...this.#given] };
      const before = { template: this.#state.template, tensors: this.#state.values().map((tensor) => tf.clone(tensor)) };
      const traced = attempt(() => traceEntry(this.#backend, entry, given, before));
      if (traced instanceof Refusal) {
        this.#refuse(entry, traced.message);
        return this.#eager(entry, inputs);
      }
      const { trace, values } = traced;
      const changed = variant.trace && difference(variant.trace, trace);
      if (changed) return this.#fallBack(entry, changed, traced, before.tensors, before.tensors);

      variant.trace ??= trace;
      const outputs = attempt(() => this.#step(variant, variant.compiled ?? this.#compile(variant)));
      if (outputs instanceof Refusal) return this.#fallBack(entry, outputs.message, traced, before.tensors, before.tensors);

      const after = this.#state.values();
      const wrong = this.#options.verify
        ? mismatch(
            this.#backend,
            { entry, inputs: given, state: before, eager: values, compiled: { outputs, next: after } },
            variant.shaken,
          )
        : null;
      if (wrong) return this.#fallBack(entry, wrong, traced, before.tensors, after);

      variant.audit = this.#nextAudit(variant);
      for (const tensor of outputs) tf.keep(tensor);
      return variant.compiled!.outputTree(outputs);
    });
  }

  /** Of a large state an eager run is costly in time and memory, and what it finds it finds early. */
  #nextAudit({ calls }: Variant): number {
    if (calls === 1) return 2;
    if (!this.#options.verify) return Number.POSITIVE_INFINITY;
    return (this.#state.elements > LARGE_STATE ? 8 : 2) * calls;
  }

  /** From here on eagerly, and this call too: its trace was an eager run. `now` is the state as it stands, `before` as it stood. */
  #fallBack(entry: Entry, why: string, { trace, values }: Traced, before: readonly Tensor[], now: readonly Tensor[]): TensorTree {
    if (this.#options.strict) this.#state.replace(now, before);
    this.#refuse(entry, why);
    this.#state.replace(now, values.next);
    return build(trace.outputTemplate, (i) => tf.keep(tf.clone(values.outputs[i]!)));
  }

  #refuse(entry: Entry, why: string): void {
    if (this.#options.strict) throw new ContinualLearningError('CL_TRACE', `Entry '${entry.name}' cannot be compiled: ${why}.`);
    const known = this.#known.get(entry)!;
    known.refused = why;
    if (this.#last?.entry === entry) this.#last = null;
    for (const variant of known.variants.splice(0)) this.#drop(variant);
    this.#options.warn(`Entry '${entry.name}' runs uncompiled, and so slower: ${why}.`);
  }

  #eager(entry: Entry, inputs: TensorTree): TensorTree {
    return scoped(() => {
      // Copies them to the native side: so far they may stand in arrays of the caller's.
      this.#backend.getInputTensorIds(leaves(inputs));
      const before = this.#state.values();
      const { template } = this.#state;
      const { outputs, state } = entry.apply(
        inputs,
        build(template, (i) => before[i]!),
      );
      const next = state === undefined ? before : nextState(entry, template, state);
      const kept = mapTree((tensor) => tf.keep(tf.clone(tensor)), outputs);
      this.#state.replace(before, next);
      return kept;
    });
  }
}

const NONE: readonly Tensor[] = [];

type Traced = ReturnType<typeof traceEntry>;

/** A refusal as a value, as is a complaint of TensorFlow's about a graph whose entry it just ran eagerly; other errors pass. */
function attempt<T>(body: () => T): T | Refusal {
  try {
    return body();
  } catch (error) {
    if (error instanceof Refusal) return error;
    if (ContinualLearningError.is(error, 'CL_NATIVE')) return new Refusal(error.message, { cause: error });
    throw error;
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
