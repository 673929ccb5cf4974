import { z } from 'zod';
import type { Environment } from './schema.js';

/** What a published number says of the run that it is of. */
export const origin = z.object({ commit: z.string().nullable(), date: z.string(), machine: z.string() });

/** Of which code a run is, of which day, and of which machine. */
export function originOf({
  environment,
  finishedAt,
}: {
  readonly environment: Environment;
  readonly finishedAt: string;
}): z.infer<typeof origin> {
  const { commit, processor, tensorflow } = environment;
  return { commit, date: finishedAt.slice(0, 10), machine: `${processor}, TensorFlow ${tensorflow ?? 'none'}` };
}
