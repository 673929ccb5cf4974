import type { TensorTree } from '@cl/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NodeBackend, TensorMetadata } from './backend.js';
import { configBytes } from './config.js';
import { emit, names } from './emit.js';
import { type Plan, planOf } from './plan.js';
import type { TensorType } from './recorder.js';
import { Session } from './session.js';
import { build, type Template } from './template.js';
import { scheduleOf } from './threads.js';
import type { Trace } from './trace.js';

/**
 * One entry for inputs of one shape, in a session of its own. If it writes, the parts of the program's state that it reads or writes
 * are variables there, and the program knows whose are the newest. An entry that only reads is given them at each run.
 */
export class CompiledEntry {
  readonly plan: Plan;
  /** Parts of the state that a run changes. */
  readonly writes: readonly number[];
  /** True if the state is fed at each run. On a GPU that would be a copy over the bus, so there it is held in any case. */
  readonly fed: boolean;
  /** The version of each part of the state that its variable holds; −1: none. */
  readonly versions: Int32Array;
  /** True after a run until the program has counted what it wrote. */
  ran = false;
  readonly #backend: NodeBackend;
  readonly #session: Session;
  readonly #outputTemplate: Template;
  readonly #inputNames: string;
  readonly #outputNames: string;

  /** Throws what TensorFlow says if it does not take the graph. */
  constructor(backend: NodeBackend, trace: Trace, stateTypes: readonly TensorType[]) {
    const plan = planOf(trace);
    this.plan = plan;
    this.writes = [...plan.assigned.map(({ variable }) => variable), ...plan.fused.flatMap(({ variables }) => variables)];
    this.fed = this.writes.length === 0 && !backend.isUsingGpuDevice;
    this.versions = new Int32Array(stateTypes.length).fill(-1);
    this.#backend = backend;
    this.#outputTemplate = trace.outputTemplate;
    this.#inputNames = [listed(plan.feeds, names.input), ...(this.fed ? [listed(plan.variables, names.value)] : [])]
      .filter((list) => list !== '')
      .join();
    this.#outputNames = plan.outputs.length > 0 ? plan.outputs.map((_, i) => `${names.output(i)}:0`).join() : `${names.done}:0`;
    this.#session = new Session(backend, emit(plan, stateTypes, this.fed), configBytes(scheduleOf(plan, backend)));
  }

  /** One step: `given` are the tensors of the inputs, `state` those of the state if it is fed. The outputs belong to the active scope. */
  run(given: readonly Tensor[], state: readonly Tensor[]): Tensor[] {
    const { feeds } = this.plan;
    const fed = new Array<Tensor>(feeds.length + state.length);
    for (let i = 0; i < feeds.length; i++) fed[i] = given[feeds[i]!]!;
    for (let i = 0; i < state.length; i++) fed[feeds.length + i] = state[i]!;
    const found = this.#session.run(this.#backend.getInputTensorIds(fed), this.#inputNames, this.#outputNames);
    this.ran = true;
    if (this.plan.outputs.length === 0) {
      this.#drop(found);
      return [];
    }
    return found.map((metadata) => this.#backend.createOutputTensor(metadata));
  }

  outputTree(outputs: readonly Tensor[]): TensorTree {
    return build(this.#outputTemplate, (i) => outputs[i]!);
  }

  /** Gives variables new values. */
  load(variables: readonly number[], values: readonly Tensor[]): void {
    const ids = this.#backend.getInputTensorIds(values);
    this.#drop(this.#session.run(ids, listed(variables, names.given), listed(variables, names.taken)));
  }

  /** Values of variables: handles that keep them when a later run moves on. They belong to the active scope. */
  read(variables: readonly number[]): Tensor[] {
    const found = this.#session.run([], '', listed(variables, names.value));
    return found.map((metadata) => this.#backend.createOutputTensor(metadata));
  }

  dispose(): void {
    this.#session.dispose();
  }

  #drop(found: readonly TensorMetadata[]): void {
    for (const { id } of found) this.#backend.binding.deleteTensor(id);
  }
}

const listed = (numbers: readonly number[], name: (number: number) => string): string =>
  numbers.map((number) => `${name(number)}:0`).join();
