import { z } from 'zod';
import { readJson } from '../results/read-json.js';
import { type EarlierStudy, measuredTrial } from './result.js';

const earlier = z.object({
  trials: z.array(measuredTrial),
  samples: z.array(z.object({ arm: z.string(), title: z.string(), text: z.string() })),
});

/** What `results/study-NAME.json` says of its trials; null where it is not there, or was written by a version that kept less of them. */
export async function readStudy(path: string): Promise<EarlierStudy | null> {
  return earlier.safeParse(await readJson(path)).data ?? null;
}
