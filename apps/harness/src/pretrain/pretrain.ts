import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  adamW,
  ContinualLearningError,
  checkInteger,
  checkNumber,
  checkOneOf,
  type Evaluation,
  type LearnerOptions,
  linear,
  type Optimizer,
  type StepProgress,
  warmup,
} from '@cl/core';
import { decoder, encoder, language, savePretrained, type TextDomain, type Transformer, textStream } from '@cl/models';
import { directory, graph } from '@cl/node';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { canonicalJson, sha256 } from '../results/identity.js';
import { readJson } from '../results/read-json.js';
import { writeFileAtomically, writeJson } from '../results/write-file.js';
import type { Backend } from '../run/backend.js';
import { learnKeeping, restoredOrNew } from './learn-keeping.js';
import { LANGUAGE_KINDS, type PretrainSettings } from './settings.js';
import { endOfText, languageObjective, learnedTokenizer, tokenizerFrom } from './tokenizer.js';

export interface PretrainRequest {
  readonly settings: PretrainSettings;
  /** What it reads, and what it is tested on. */
  readonly texts: Pick<TextDomain, 'train' | 'test'>;
  /** Where model and tokenizer come to lie, and meanwhile checkpoints. */
  readonly folder: string;
  readonly backend: Pick<Backend, 'compiler'>;
  readonly signal?: AbortSignal;
  readonly onStep?: (progress: StepProgress) => void;
}

/** What came of it: `pretrain.json` beside the model. */
export interface PretrainReport extends Identity {
  /** Tokens read, those of later passes counted again, and tokens there are to read. */
  readonly tokens: number;
  readonly corpus: number;
  /** On the test texts: nats a token that is asked for, and the share that is found. */
  readonly loss: number;
  readonly accuracy: number;
  /** SHA-256 of the parameters. */
  readonly fingerprint: string;
}

/**
 * Trains a small language model on texts from nothing, with a tokenizer learned from the same texts, and writes both into a folder as
 * `loadPretrained` and Python's transformers load them. What was interrupted goes on where it stood; what is finished is only read. The same
 * settings and texts give the same weights.
 *
 * @throws CL_OPTION for a setting that cannot be used, or where the folder has another model, finished or begun; CL_DATA for too few texts; the
 *   signal's reason where it stopped.
 */
export async function pretrain(request: PretrainRequest): Promise<PretrainReport> {
  const { settings, texts, folder, backend, signal, onStep } = request;
  checkSettings(settings);
  const asked = { settings, texts: sha256(canonicalJson([texts.train, texts.test])) };
  const [report, begun] = [join(folder, 'pretrain.json'), join(folder, 'begun.json')];
  const known = (await readJson(report)) as PretrainReport | undefined;
  const there = known ?? ((await readJson(begun)) as Identity | undefined);
  if (there) refuseOther(folder, there, asked);
  if (known) return known;
  await writeJson(begun, asked);

  const { kind, sequence, vocabulary, steps, batch, seed } = settings;
  const file = learnedTokenizer(texts.train, { kind, vocabulary });
  await writeFileAtomically(join(folder, 'tokenizer.json'), file);
  const tokenizer = await tokenizerFrom(file);
  const stream = textStream({
    domains: [{ name: 'general', ...texts }],
    tokenizer,
    length: sequence,
    after: endOfText(kind, tokenizer),
    seed,
  });
  const task = stream.tasks[0]!;
  const options: LearnerOptions = {
    model: newModel(settings, tokenizer.vocabulary),
    objective: languageObjective(kind, tokenizer),
    optimizer: languageOptimizer(settings),
    scenario: stream.scenario,
    parameters: positionWaves(settings),
    seed,
    clipNorm: 1,
    ...(backend.compiler === 'graph' && { compiler: graph() }),
  };
  const checkpoints = join(folder, 'checkpoints');
  const store = directory(checkpoints, { keep: 1 });
  const learner = await restoredOrNew(store, options);
  tf.dispose(options.parameters ?? []);
  try {
    if (learner.remaining(stream.tasks).length > 0) {
      await learnKeeping(learner, task, store, {
        iterations: steps,
        batchSize: batch,
        ...(signal && { signal }),
        ...(onStep && { onStep }),
      });
    }
    const parameters = learner.parameters();
    await savePretrained(folder, learner.model as Transformer, parameters);
    tf.dispose(parameters);
    const { loss, accuracy } = (await learner.evaluate(task)) as Required<Evaluation>;
    const done: PretrainReport = {
      ...{ ...asked, tokens: steps * batch * sequence, corpus: task.train.length * sequence, loss, accuracy },
      fingerprint: await learner.parameterHash(),
    };
    await writeJson(report, done);
    await rm(begun, { force: true });
    await rm(checkpoints, { recursive: true, force: true });
    return done;
  } finally {
    learner.dispose();
  }
}

function checkSettings(settings: PretrainSettings): void {
  const who = 'pretrain';
  checkOneOf(who, 'kind', settings.kind, LANGUAGE_KINDS);
  for (const name of ['steps', 'batch'] as const) checkInteger(who, name, settings[name], { min: 1 });
  checkInteger(who, 'sequence', settings.sequence, { min: 4 });
  checkInteger(who, 'seed', settings.seed, { min: 0 });
  checkNumber(who, 'rate', settings.rate, { above: 0 });
}

/** What decides the weights: another model's folder is not this one's. */
interface Identity {
  readonly settings: PretrainSettings;
  /** SHA-256 of the texts. Not in reports of earlier versions. */
  readonly texts?: string;
}

/** Throws CL_OPTION where a folder has a model of other settings or texts. */
function refuseOther(folder: string, { settings, texts }: Identity, asked: Required<Identity>): void {
  const names = Object.keys(asked.settings) as (keyof PretrainSettings)[];
  const other = names.find((name) => settings[name] !== asked.settings[name]);
  const which =
    other !== undefined
      ? `its ${other} is ${settings[other]}, asked for is ${asked.settings[other]}`
      : texts !== undefined && texts !== asked.texts
        ? 'it was made of other texts'
        : null;
  if (which === null) return;
  throw new ContinualLearningError('CL_OPTION', `${folder} has another model: ${which}. Name another folder (--out), or delete this one.`);
}

function newModel({ kind, width, layers, heads, sequence }: PretrainSettings, vocabulary: number): Transformer {
  // BERT's 0.02 is for widths near 1000. In a narrow network attention would begin, and for thousands of steps stay, blind.
  const size = { vocabulary, sequence, width, layers, heads, deviation: 1 / Math.sqrt(width), head: language() };
  return kind === 'mlm' ? encoder(size) : decoder({ layout: 'gpt2', ...size });
}

/**
 * Positions begin as waves (Vaswani et al., 2017, section 3.5) as long as the other embeddings, and are learned from there: the way from a token to
 * its neighbour is then the same everywhere, and need not be found for each position by itself.
 */
function positionWaves({ sequence, width }: PretrainSettings): NamedTensorMap {
  const values = Float32Array.from({ length: sequence * width }, (_, i) => {
    const [position, unit] = [Math.floor(i / width), i % width];
    const angle = position / 10_000 ** ((2 * Math.floor(unit / 2)) / width);
    return Math.sqrt(2 / width) * (unit % 2 === 0 ? Math.sin(angle) : Math.cos(angle));
  });
  return { 'embedding/positions': tf.tensor2d(values, [sequence, width]) };
}

/** AdamW as language models are trained with: warm-up, a line down to 0, no decay of biases and norms. */
export function languageOptimizer({ rate, steps }: Pick<PretrainSettings, 'rate' | 'steps'>): Optimizer {
  const rising = Math.max(1, Math.round(0.1 * steps));
  return adamW({
    learningRate: warmup({ steps: rising, next: linear({ rate, steps: Math.max(1, steps - rising) }) }),
    weightDecay: 0.01,
    groups: [{ match: /bias|norm/, weightDecay: 0 }],
  });
}
