import { z } from 'zod';

/** Version of the files below; a file of another version is refused. */
export const RESULT_FORMAT = 1;

const options = z.record(z.string(), z.unknown());

/** What a run is: everything that decides its numbers. Its SHA-256 (canonical JSON) is the run's identity. */
export const runSpec = z.object({
  benchmark: z.string(),
  scenario: z.enum(['task', 'domain', 'class', 'free']),
  /** 'all': in scenario 'class' all outputs compete from the beginning. Absent: those of classes seen so far, or as the scenario has it. */
  competing: z.literal('all').optional(),
  /** Names joined by '+', in order of composition; 'finetune' for none, 'joint' and 'cumulative' for the reference trainings. */
  strategy: z.string(),
  /** Options of each strategy by its name. */
  options: z.record(z.string(), options),
  model: z.object({ name: z.enum(['mlp', 'cnn']), hidden: z.array(z.number()), dropout: z.number() }),
  optimizer: z.object({ name: z.enum(['sgd', 'momentum', 'adam', 'adamW']), learningRate: z.number(), options }),
  slots: z.enum(['keep', 'reset']),
  /** How long each task is trained: passes or steps; one of the two is null. 'joint' has a single task with the data of all. */
  epochs: z.number().nullable(),
  iterations: z.number().nullable(),
  batchSize: z.number(),
  /** Most training and test rows a task, or null for all. */
  limit: z.object({ train: z.number().nullable(), test: z.number().nullable() }),
  /** Order in which a split benchmark meets its classes: by the seed, or ascending. */
  order: z.enum(['shuffled', 'sorted']),
  seed: z.number(),
  /** 'graph' (compiled steps) or 'eager'. Never mixed within a run. */
  compiler: z.enum(['graph', 'eager']),
});
export type RunSpec = z.infer<typeof runSpec>;

const matrix = z.array(z.array(z.number().nullable()));

const environment = z.object({
  node: z.string(),
  platform: z.string(),
  processor: z.string(),
  /** 'tensorflow' or 'cpu' (pure JavaScript). */
  backend: z.string(),
  device: z.enum(['cpu', 'gpu']),
  /** Version of the native library, or null without it. */
  tensorflow: z.string().nullable(),
  /** Threads that TensorFlow was given for one operation. */
  threads: z.number(),
  version: z.string(),
  /** Commit of the code, with '-dirty' for one with changes, or null outside a repository. */
  commit: z.string().nullable(),
});
export type Environment = z.infer<typeof environment>;

/** The result of one run: `result.json` in its folder. */
export const runResult = z.object({
  format: z.literal(RESULT_FORMAT),
  /** First 12 hexadecimal digits of the identity. */
  id: z.string(),
  spec: runSpec,
  /** The tasks that accuracy is measured on. Training rows are those that the run used. */
  tasks: z.array(z.object({ name: z.string(), classes: z.array(z.number()), train: z.number(), test: z.number() })),
  /**
   * Row i, column j: accuracy on task j after the i-th training, in [0, 1]. All columns are measured, future tasks too. A row a task;
   * a single row for 'joint' and for scenario 'free'.
   */
  accuracy: matrix,
  /** Accuracy on each task before any training. In scenario 'class' all classes compete for it. */
  initial: z.array(z.number().nullable()),
  /** In scenario 'class': the same matrix when only the task's own classes compete (task-incremental reading of the same run). */
  accuracyWithinTask: matrix.nullable(),
  /** Loss at some steps, about 200 in all: [step, index of the training, mean loss since the last entry]. */
  loss: z.array(z.tuple([z.number(), z.number(), z.number()])),
  /** Derived from the matrix: averageAccuracy, forgetting, backwardTransfer, forwardTransfer, learningAccuracy. Null where undefined. */
  metrics: z.record(z.string(), z.number().nullable()),
  /** `msPerIteration`: of a training step, the median over the entries of `loss`; compiling, evaluation and checkpoints left out. */
  time: z.object({ trainSeconds: z.number(), evaluateSeconds: z.number(), iterations: z.number(), msPerIteration: z.number() }),
  /** Bytes: of the parameters, of what the strategy keeps (tensors and memories), and the largest resident size of its process while it ran. */
  memory: z.object({ parameters: z.number(), strategy: z.number(), resident: z.number() }),
  /** What the strategies say of themselves after the last task, such as 'packnet.used'. Not in results of earlier versions. */
  measures: z.record(z.string(), z.number()).optional(),
  /** SHA-256 of the final parameters. */
  parameterHash: z.string(),
  environment,
  /** What had to be said while it ran, such as an entry that could not be compiled. */
  notes: z.array(z.string()),
  command: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
});
export type RunResult = z.infer<typeof runResult>;

/** A run that failed: `failure.json` in its folder, until it succeeds. */
export const runFailure = z.object({
  format: z.literal(RESULT_FORMAT),
  id: z.string(),
  spec: runSpec,
  /** 'CL_NOT_FINITE', …; 'CL_RUN' for what has no code of its own. */
  code: z.string(),
  message: z.string(),
  at: z.string(),
});
export type RunFailure = z.infer<typeof runFailure>;

/** What a folder of runs is to contain, so that `cl resume` can finish it: `plan.json`. */
export const plan = z.object({
  format: z.literal(RESULT_FORMAT),
  command: z.string(),
  settings: z.object({
    data: z.string().nullable(),
    threads: z.number().nullable(),
    workers: z.number().nullable(),
    checkpointEvery: z.number().nullable(),
    keep: z.boolean(),
  }),
  runs: z.array(runSpec),
});
export type Plan = z.infer<typeof plan>;
