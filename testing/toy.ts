import {
  column,
  dataset,
  Learner,
  type LearnerOptions,
  type LearnOptions,
  random,
  type Scenario,
  type Stream,
  split,
} from '../packages/core/src/index.js';
import { mlp } from '../packages/models/src/index.js';
import type { Weights } from './golden-net.js';
import { taken } from './watched.js';

export interface CloudOptions {
  readonly scenario: Exclude<Scenario, 'free'>;
  readonly tasks?: number;
  /** Rows of each class. */
  readonly rows?: number;
  readonly inputs?: number;
  readonly seed?: number;
}

/** Tasks of two classes each; a class is a cloud of points around a centre of its own. Small enough to be trained in an instant. */
export function clouds({ scenario, tasks = 3, rows = 12, inputs = 6, seed = 1 }: CloudOptions): Stream {
  const classes = 2 * tasks;
  const draws = random(seed, 'clouds');
  const centres = Array.from({ length: classes }, () => Array.from({ length: inputs }, () => 1.5 * draws.normal()));
  const part = () => {
    const y = Int32Array.from({ length: classes * rows }, (_, row) => row % classes);
    const x = Float32Array.from([...y].flatMap((label) => centres[label]!.map((centre) => centre + 0.7 * draws.normal())));
    return dataset(column(x, [inputs]), column(y, []));
  };
  return split({ train: part(), test: part(), classesPerTask: 2, scenario });
}

export type TrialOptions = Omit<LearnerOptions, 'model' | 'scenario'> & {
  readonly stream: Stream;
  readonly hidden?: readonly number[];
  readonly dropout?: number;
  readonly learn?: LearnOptions;
  /** How many of the stream's tasks. Default all. */
  readonly tasks?: number;
};

/** A learner that has learned a stream. The caller disposes it. */
export async function learned({
  stream,
  hidden = [8],
  dropout = 0,
  learn = { epochs: 2, batchSize: 8 },
  tasks,
  ...rest
}: TrialOptions): Promise<Learner> {
  const { shape } = stream.tasks[0]!.train.x as { readonly shape: readonly number[] };
  const model = mlp({ inputs: shape[0]!, hidden, outputs: stream.outputs, dropout });
  const learner = new Learner({ seed: 3, ...rest, model, scenario: stream.scenario });
  for (const task of stream.tasks.slice(0, tasks)) await learner.learn(task, learn);
  return learner;
}

/** The hash of what a stream made of the parameters: equal where every bit is. */
export async function hashAfter(options: TrialOptions): Promise<string> {
  const learner = await learned(options);
  try {
    return await learner.parameterHash();
  } finally {
    learner.dispose();
  }
}

/** The parameters that a stream left behind. With `tasks: 0`, those at the start. */
export async function weightsAfter(options: TrialOptions): Promise<Weights> {
  const learner = await learned(options);
  try {
    return taken(learner.parameters());
  } finally {
    learner.dispose();
  }
}
