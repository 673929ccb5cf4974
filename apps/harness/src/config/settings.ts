import { z } from 'zod';

const scalar = z.union([z.number(), z.string(), z.boolean(), z.null()], { error: 'expected a number, a text, true, false or null' });
const positive = z.number().int().min(1);
const folder = z.string().min(1, { error: 'expected the name of a folder' });
/** One, or a list of several; a text may have several with commas between. */
const names = z.preprocess((value) => (typeof value === 'string' ? list(value) : value), z.array(z.string().min(1)).min(1));
const numbers = z.preprocess((value) => (typeof value === 'number' ? [value] : value), z.array(z.number().int().min(0)).min(1));

/** What can be said of runs, on the command line and in a file alike. What is left out is as the benchmark has it. */
export const settingsSchema = z.strictObject({
  benchmark: z.string().optional(),
  scenarios: names.optional(),
  /** Which outputs compete in scenario 'class'. */
  competing: z.enum(['seen', 'all']).optional(),
  strategies: names.optional(),
  seeds: numbers.optional(),
  epochs: positive.optional(),
  iterations: positive.optional(),
  batch: positive.optional(),
  optimizer: z.enum(['sgd', 'momentum', 'adam', 'adamW']).optional(),
  lr: z.number().positive().optional(),
  model: z.enum(['mlp', 'cnn']).optional(),
  hidden: z.preprocess((value) => (typeof value === 'number' ? [value] : value), z.array(positive)).optional(),
  dropout: z.number().min(0).lt(1).optional(),
  slots: z.enum(['keep', 'reset']).optional(),
  /** Most training rows a task, or also most test rows. */
  limit: z.preprocess((value) => (typeof value === 'number' ? [value] : value), z.array(positive).min(1).max(2)).optional(),
  order: z.enum(['shuffled', 'sorted']).optional(),
  /** Options of strategies and of the optimizer: { ewc: { lambda: 100 } } or { 'ewc.lambda': 100 }. */
  set: z.preprocess(flat, z.record(z.string(), scalar)).optional(),
  eager: z.boolean().optional(),
  data: folder.optional(),
  out: folder.optional(),
  threads: positive.optional(),
  workers: positive.optional(),
  checkpointEvery: positive.optional(),
  keep: z.boolean().optional(),
});
export type Settings = z.infer<typeof settingsSchema>;

/** Names of the settings, for messages. */
export const SETTINGS = Object.keys(settingsSchema.shape) as readonly (keyof Settings)[];

/** 'a, b' → ['a', 'b'] */
export const list = (text: string): string[] => text.split(',').map((part) => part.trim());

/** { ewc: { lambda: 100 } } → { 'ewc.lambda': 100 } */
function flat(value: unknown, context: z.RefinementCtx): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).flatMap(([name, inner]): [string, unknown][] =>
    typeof inner === 'object' && inner !== null
      ? Object.entries(inner).map(([option, own]) => [`${name}.${option}`, own])
      : [[name, inner]],
  );
  const twice = entries.find(([name], i) => entries.findIndex(([other]) => other === name) !== i);
  if (twice) context.addIssue({ code: 'custom', message: `'${twice[0]}' is given twice`, input: value });
  return Object.fromEntries(entries);
}
