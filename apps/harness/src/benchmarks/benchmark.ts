import { checkInteger, checkKnown, checkOneOf, flattened, limited, type Scenario, type Stream, taskFree } from '@cl/core';
import { type DataName, type DataOptions, type ImageSet, loadData } from '../data/index.js';

/** A stream of tasks that others have published numbers on, with the settings they were made with. */
export interface Benchmark {
  /** 'split-mnist' */
  readonly name: string;
  /** 'Split-MNIST' */
  readonly title: string;
  readonly description: string;
  readonly data: DataName;
  /** Scenarios in which it makes sense. The first is the default. */
  readonly scenarios: readonly Scenario[];
  /** Shape of an input row as a vector, and as an image: height, width, channels. */
  readonly inputs: readonly [number];
  readonly image: readonly [number, number, number];
  readonly tasks: number;
  readonly defaults: Defaults;
  /**
   * The stream.
   *
   * @throws CL_OPTION for an option that cannot be used, CL_DATA where the data cannot be had.
   */
  load(options: BenchmarkOptions): Promise<Stream>;
}

/** Settings of model and training that a benchmark is run with unless a run says otherwise. */
export interface Defaults {
  /** Units of each hidden layer of the multi-layer perceptron. */
  readonly hidden: readonly number[];
  readonly optimizer: 'adam' | 'sgd';
  readonly learningRate: number;
  readonly batchSize: number;
  /** How long a task is trained: passes over its data, or steps. Joint training gets the same for all tasks together. */
  readonly duration: { readonly epochs: number } | { readonly iterations: number };
}

export interface BenchmarkOptions extends DataOptions {
  /** Default: the benchmark's first. `free` has no task boundaries and is one pass. */
  readonly scenario?: Scenario;
  /** Of what differs from run to run: the order of classes, permutations, angles. Default 0. */
  readonly seed?: number;
  /** Rows as vectors (default), for dense layers, or as images, for convolutions. */
  readonly rows?: 'vectors' | 'images';
  /** At most so many rows a task, to try something out. A number limits training rows alone. */
  readonly limit?: number | { readonly train?: number; readonly test?: number };
  /** Order in which a split benchmark meets its classes: 'shuffled' by the seed (default), or 'sorted'. */
  readonly order?: 'shuffled' | 'sorted';
}

const OPTIONS = ['scenario', 'seed', 'rows', 'limit', 'order', 'data', 'environment', 'progress', 'signal'];

/** What tells one benchmark from another. */
export interface Definition extends Omit<Benchmark, 'load' | 'inputs'> {
  /** The scenario that its task-free stream is made from. */
  readonly base: Exclude<Scenario, 'free'>;
  make(set: ImageSet, options: { scenario: Exclude<Scenario, 'free'>; seed: number; order: 'shuffled' | 'sorted' }): Stream;
}

/** A benchmark from its definition: checks options, loads data, and brings the stream into the form that was asked for. */
export function defineBenchmark({ base, make, ...about }: Definition): Benchmark {
  const { name, image, scenarios } = about;
  return {
    ...about,
    inputs: [image[0] * image[1] * image[2]],
    async load(options) {
      const scope = `${name}.load`;
      checkKnown(scope, options, OPTIONS);
      const { limit, ...where } = options;
      const scenario = checkOneOf(scope, 'scenario', options.scenario ?? scenarios[0], scenarios);
      const rows = checkOneOf(scope, 'rows', options.rows ?? 'vectors', ['vectors', 'images']);
      const order = checkOneOf(scope, 'order', options.order ?? 'shuffled', ['shuffled', 'sorted']);
      const seed = checkInteger(scope, 'seed', options.seed ?? 0);

      const set = await loadData(about.data, where);
      let stream = make(set, { scenario: scenario === 'free' ? base : scenario, seed, order });
      if (limit !== undefined) stream = limited(stream, typeof limit === 'number' ? { train: limit } : limit);
      if (scenario === 'free') stream = taskFree(stream);
      return rows === 'images' ? stream : flattened(stream);
    },
  };
}
