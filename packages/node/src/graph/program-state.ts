import type { TensorTree } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { NodeBackend } from './backend.js';
import type { CompiledEntry } from './compiled-entry.js';
import type { TensorType } from './recorder.js';
import { build, type Template, templateOf } from './template.js';

/**
 * The state of a program, part by part: where its newest value is. That is a tensor of our own, or a variable of the compiled entry
 * that wrote it last. Handing a value over costs a few microseconds and no copy, on the CPU.
 */
export class ProgramState {
  readonly template: Template;
  readonly types: readonly TensorType[];
  /** Numbers in all of them. */
  readonly elements: number;
  /** Newest values as tensors that belong to us; null where only a variable has it. A tensor beside a holder is a copy for readers. */
  readonly #tensors: (Tensor | null)[];
  readonly #holders: (CompiledEntry | null)[];
  readonly #versions: Int32Array;
  /** The entry whose variables are all up to date, so that it can run again at once. */
  #active: CompiledEntry | null = null;
  /** True while there may be copies for readers of what the active entry will change. */
  #copied = false;

  constructor(backend: NodeBackend, state: TensorTree) {
    const tensors: Tensor[] = [];
    this.template = templateOf(state, tensors);
    // One tensor may stand in two places, but is ours to dispose only once.
    const seen = new Set<Tensor>();
    this.#tensors = tensors.map((tensor) => {
      const own = seen.has(tensor) ? tf.keep(tf.clone(tensor)) : tf.keep(tensor);
      seen.add(tensor);
      return own;
    });
    this.types = tensors.map((tensor) => ({ shape: tensor.shape, dtype: backend.tensorMap.get(tensor.dataId).dtype }));
    this.elements = tensors.reduce((sum, { size }) => sum + size, 0);
    this.#holders = tensors.map(() => null);
    this.#versions = new Int32Array(tensors.length);
  }

  get size(): number {
    return this.#tensors.length;
  }

  /** Makes sure that the variables of `entry`, which writes, are the newest values. Free if it ran last. */
  activate(entry: CompiledEntry): void {
    if (this.#active === entry && !this.#copied) return;
    this.#settle();
    const { variables } = entry.plan;
    const stale = variables.filter((i) => entry.versions[i] !== this.#versions[i]);
    if (stale.length > 0) tf.tidy(() => entry.load(stale, this.#values(stale)));
    for (const i of stale) entry.versions[i] = this.#versions[i]!;
    // What it will write must not be held elsewhere, or TensorFlow has to copy it before it can change it in place.
    for (const i of entry.writes) this.#hold(i, entry);
    this.#active = entry;
    this.#copied = false;
  }

  /** The newest values of some parts, for an entry that only reads: kept until something changes them. */
  valuesFor(entry: CompiledEntry): Tensor[] {
    const { variables } = entry.plan;
    const missing = variables.filter((i) => this.#tensors[i] === null);
    if (missing.length > 0) {
      const values = this.#values(missing);
      missing.forEach((i, at) => {
        this.#tensors[i] = tf.keep(values[at]!);
      });
      this.#copied = true;
    }
    return variables.map((i) => this.#tensors[i]!);
  }

  /** The newest values, in tensors of the active scope or of ours: not for keeping. */
  values(): Tensor[] {
    this.#settle();
    return this.#values(this.#tensors.map((_, i) => i));
  }

  /** The newest values, in tensors that belong to the caller. */
  read(): TensorTree {
    const values = this.values();
    return build(this.template, (i) => tf.keep(values[i] === this.#tensors[i] ? tf.clone(values[i]!) : values[i]!));
  }

  /** Sets the parts that differ from `before`, a result of `values`. */
  replace(before: readonly Tensor[], after: readonly Tensor[]): void {
    this.#settle();
    after.forEach((tensor, i) => {
      if (tensor === before[i]) return;
      const own = tf.keep(tf.clone(tensor));
      this.#tensors[i]?.dispose();
      this.#tensors[i] = own;
      this.#holders[i] = null;
      this.#versions[i]!++;
    });
    this.#active = null;
  }

  /** Takes over what only this entry has, as its session is about to go. */
  release(entry: CompiledEntry): void {
    this.#settle();
    const only = this.#holders.flatMap((holder, i) => (holder === entry && this.#tensors[i] === null ? [i] : []));
    const values = only.length > 0 ? entry.read(only) : [];
    only.forEach((i, at) => {
      this.#tensors[i] = tf.keep(values[at]!);
    });
    this.#holders.forEach((holder, i) => {
      if (holder === entry) this.#holders[i] = null;
    });
    if (this.#active === entry) this.#active = null;
  }

  dispose(): void {
    tf.dispose(this.#tensors.filter((tensor) => tensor !== null));
    this.#tensors.fill(null);
    this.#holders.fill(null);
    this.#active = null;
  }

  /** Counts what the active entry wrote since it became active: here and not at each step. */
  #settle(): void {
    const entry = this.#active;
    if (!entry?.ran) return;
    entry.ran = false;
    for (const i of entry.writes) entry.versions[i] = ++this.#versions[i]!;
  }

  #hold(i: number, entry: CompiledEntry): void {
    this.#tensors[i]?.dispose();
    this.#tensors[i] = null;
    this.#holders[i] = entry;
  }

  #values(indices: readonly number[]): Tensor[] {
    const found = new Map<number, Tensor>();
    for (const holder of new Set(this.#holders)) {
      const held = holder ? indices.filter((i) => this.#holders[i] === holder && this.#tensors[i] === null) : [];
      if (holder && held.length > 0) {
        holder.read(held).forEach((tensor, at) => {
          found.set(held[at]!, tensor);
        });
      }
    }
    return indices.map((i) => this.#tensors[i] ?? found.get(i)!);
  }
}
