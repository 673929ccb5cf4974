import { mkdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '@cl/core';
import { pretrainedFiles, type Transformer } from '@cl/models';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import { writeFileAtomically } from '../../results/write-file.js';
import type { Backend } from '../../run/backend.js';
import { settingsWith } from '../../study/settings.js';
import { twoNetworks } from '../../study/studies/two-networks.js';
import { stageIn } from '../../study/trial-files.js';
import { Networks } from '../../study/two-networks/networks.js';
import { startOf } from '../../study/two-networks/start.js';
import { KNOWN, type Known } from '../open.js';
import { halves } from './halves.js';

/** The study's chatbot, smaller, so that it is there soon; two files of some hundred kilobytes. Its general text is in the public domain. */
const SETTINGS = [
  ...['general=speeches', 'documents=400', 'vocabulary=768', 'width=80', 'layers=3'],
  ...['taught=36', 'old=12', 'new=12', 'baseSteps=2000', 'baseRate=0.003', 'chatSteps=1200'],
];

/** Texts that are kept to be read again beside new ones: about so many characters. */
const KEPT = 60_000;

export interface TrainChatbot {
  /** Where to. */
  readonly folder: string;
  readonly data: string | undefined;
  readonly seed: number;
  readonly backend: Backend;
  readonly signal: AbortSignal;
  say(line: string): void;
}

/** Makes a chatbot as the study makes those that it compares, and writes its folder. */
export async function trainChatbot({ folder, data, seed, backend, signal, say }: TrainChatbot): Promise<void> {
  // What is trained is kept there until all is, so that it can be gone on with.
  const work = join(folder, '.parts');
  await mkdir(work, { recursive: true });
  const networks = new Networks({
    ...{ arm: 'unchanged', seed, settings: settingsWith(twoNetworks, SETTINGS), backend, folder: work, shared: work, signal, say },
    data: { ...(data !== undefined && { data }), signal },
    stage: (name, make) => stageIn(work, name, make),
  });
  try {
    const { material, model, base, chat } = await startOf(networks.trial, networks);
    await writeHalves(join(folder, 'base'), model, base.parameters);
    await writeHalves(join(folder, 'chat'), model, chat.parameters);
    await writeFileAtomically(join(folder, 'tokenizer.json'), JSON.stringify(material.tokenizer));
    const people = [...material.people.taught, ...material.people.old].map(({ name }) => name);
    await writeFileAtomically(join(folder, KNOWN), JSON.stringify({ people, old: some(material.oldTexts) } satisfies Known));
    await rm(work, { recursive: true });
  } catch (error) {
    for (const made of [work, folder]) await removeIfEmpty(made);
    throw error;
  } finally {
    networks.dispose();
  }
}

/** Where nothing was trained, an empty folder would only be in the way. */
const removeIfEmpty = (folder: string): Promise<void> => rmdir(folder).catch(() => {});

/** The first texts, up to so many characters. */
function some(texts: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let characters = 0;
  for (const text of texts) {
    if (characters + text.length > KEPT) continue;
    kept.push(text);
    characters += text.length;
  }
  return kept;
}

/** A model in half precision. */
async function writeHalves(folder: string, model: Transformer, parameters: NamedTensorMap): Promise<void> {
  const files = await pretrainedFiles(model, parameters);
  const { tensors, metadata } = decodeSafetensors(files['model.safetensors'], 'model.safetensors');
  const half = Object.entries(tensors).map(([name, tensor]): [string, StoredTensor] => [
    name,
    { ...tensor, dtype: 'F16', bytes: halves(tensor.bytes) },
  ]);
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(join(folder, 'config.json'), new TextDecoder().decode(files['config.json']));
  await writeFileAtomically(join(folder, 'model.safetensors'), encodeSafetensors(Object.fromEntries(half), metadata));
}
