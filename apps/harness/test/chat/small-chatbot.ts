import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initialParameters } from '@cl/core';
import { savePretrained, trainByteLevelBpe } from '@cl/models';
import * as tf from '@tensorflow/tfjs-core';
import { KNOWN } from '../../src/chat/open.js';
import { loadBackend } from '../../src/run/backend.js';
import { network } from '../../src/study/two-networks/network.js';
import { makePeople, textsAbout } from '../../src/study/two-networks/people.js';
import { SPECIAL } from '../../src/study/two-networks/turns.js';

/** Some people that nobody has heard of. */
export const newTexts = textsAbout(makePeople(2, 9), 4, 9);

/** A chatbot's folder with two networks that have learned nothing yet. */
export async function smallChatbot(folder: string): Promise<string> {
  await loadBackend();
  const people = makePeople(4, 1);
  const old = textsAbout(people, 10, 1);
  const tokenizer = trainByteLevelBpe(old, { vocabulary: 300, special: SPECIAL });
  const model = network({ vocabulary: tokenizer.tokens.length, sequence: 64, width: 16, layers: 1, heads: 2 });
  await mkdir(folder, { recursive: true });
  for (const [i, name] of ['base', 'chat'].entries()) {
    const parameters = initialParameters(model, i + 1);
    await savePretrained(join(folder, name), model, parameters);
    tf.dispose(parameters);
  }
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  await writeFile(join(folder, KNOWN), JSON.stringify({ people: people.map(({ name }) => name), old }));
  return folder;
}
