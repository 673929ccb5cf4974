import { z } from 'zod';

/** Version of the files in `results.json`; a file of another version is refused. */
export const RESULT_FORMAT = 1;

const options = z.record(z.string(), z.unknown());

/** What a run is: everything that decides its numbers. Its SHA-256 (canonical JSON) is the run's identity. */
export const runSpec = z.object({
  benchmark: z.string(),
  scenario: z.enum(['task', 'domain', 'class', 'free']),
  /** Names joined by '+', in order of composition; 'finetune' for none, 'joint' and 'cumulative' for the reference trainings. */
  strategy: z.string(),
  /** Options of each strategy by its name. */
  options: z.record(z.string(), options),
  model: z.object({ name: z.enum(['mlp', 'cnn']), hidden: z.array(z.number()), dropout: z.number() }),
  optimizer: z.object({ name: z.enum(['sgd', 'momentum', 'adam', 'adamW']), learningRate: z.number(), options }),
  slots: z.enum(['keep', 'reset']),
  epochs: z.number().nullable(),
  iterations: z.number().nullable(),
  batchSize: z.number(),
  /** Most training and test rows a task, or null for all. */
  limit: z.object({ train: z.number().nullable(), test: z.number().nullable() }),
  seed: z.number(),
  /** 'graph' (compiled steps) or 'eager'. */
  compiler: z.enum(['graph', 'eager']),
});
export type RunSpec = z.infer<typeof runSpec>;

const matrix = z.array(z.array(z.number().nullable()));

/** The result of one run: `result.json` in its folder. */
export const runResult = z.object({
  format: z.literal(RESULT_FORMAT),
  /** First 12 hexadecimal digits of the identity. */
  id: z.string(),
  spec: runSpec,
  tasks: z.array(z.object({ name: z.string(), classes: z.array(z.number()), train: z.number(), test: z.number() })),
  /** Row i, column j: accuracy on task j after training on task i, in [0, 1]. All columns are measured, future tasks too. */
  accuracy: matrix,
  /** Accuracy on each task before any training. */
  initial: z.array(z.number().nullable()),
  /** In scenario 'class': the same matrix when only the task's own classes compete (task-incremental reading of the same run). */
  accuracyWithinTask: matrix.nullable(),
  /** Loss at some steps: [step, task index, mean loss since the last entry]. */
  loss: z.array(z.tuple([z.number(), z.number(), z.number()])),
  /** Derived from the matrix: averageAccuracy, forgetting, backwardTransfer, forwardTransfer, learningAccuracy. Null where undefined. */
  metrics: z.record(z.string(), z.number().nullable()),
  time: z.object({ trainSeconds: z.number(), evaluateSeconds: z.number(), iterations: z.number(), msPerIteration: z.number() }),
  /** Bytes: of the parameters, of what the strategy keeps (tensors and memories), and the process's largest resident size. */
  memory: z.object({ parameters: z.number(), strategy: z.number(), resident: z.number() }),
  /** SHA-256 of the final parameters. */
  parameterHash: z.string(),
  environment: z.object({
    node: z.string(),
    platform: z.string(),
    processor: z.string(),
    backend: z.string(),
    tensorflow: z.string().nullable(),
    version: z.string(),
    commit: z.string().nullable(),
  }),
  command: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
});
export type RunResult = z.infer<typeof runResult>;
