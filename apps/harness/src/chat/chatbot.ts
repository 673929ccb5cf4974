import { addDifference, difference } from '@cl/architecture';
import { type Compiler, ContinualLearningError, random } from '@cl/core';
import { loadPretrained, type PretrainedSource, streamTokens, type Tokenizer, type Transformer, tokenizerOf } from '@cl/models';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { trained } from '../study/two-networks/network.js';
import { mixed, packedTexts } from '../study/two-networks/rows.js';
import { type Codec, END, prompt, SPECIAL } from '../study/two-networks/turns.js';

/** Where the parts of a chatbot are: two models, as Python's transformers have them, that are of one kind. */
export interface ChatbotSource {
  /** The knowledge network, B₀. */
  readonly base: PretrainedSource;
  /** The same after it was taught to answer, C₀. */
  readonly chat: PretrainedSource;
  readonly tokenizer: PretrainedSource;
  /** Texts that the base has read, a few of which are read again beside a new one. */
  readonly old: readonly string[];
  /** Whom it knows, by name. */
  readonly people: readonly string[];
}

export interface ReadOptions {
  /** Training steps. Default 80. */
  readonly steps?: number;
  /** Rows a step. Default 8. */
  readonly batchSize?: number;
  /** Highest learning rate: more is learned of the text with a higher one, and more manners are lost. Default 7e-4. */
  readonly learningRate?: number;
  /** Share of rows that are old texts, [0, 1). Default 0.5: with so few weights, a quarter forgets twice as much and learns no more. */
  readonly replay?: number;
  readonly seed?: number;
  readonly compiler?: Compiler;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: { readonly iteration: number; readonly iterations: number; readonly loss: number }) => void | Promise<void>;
}

/** Training steps for a text, unless said otherwise: with more, knowledge moves to where the difference does not fit it any more. */
export const STEPS = 80;

/** Tokens of a row that is learned from. */
const SEQUENCE = 64;

/** Longest answer, in tokens. */
const MOST = 32;

/**
 * A chatbot of two sub-networks. What it knows is in one, which goes on learning from raw text; how it answers is the difference Δ = C₀ − B₀,
 * which never changes and is added when it is asked: B + Δ (Huang et al., "Chat vector", ACL 2024, arXiv 2310.04799). It answers each question
 * by itself, whatever was said before.
 */
export class Chatbot {
  readonly model: Transformer;
  readonly codec: Codec;
  /** What it knew at first. Its own. */
  readonly knowledge: NamedTensorMap;
  readonly #alignment: NamedTensorMap;
  readonly people: readonly string[];
  readonly #old: readonly string[];

  private constructor(
    model: Transformer,
    codec: Codec,
    networks: { base: NamedTensorMap; chat: NamedTensorMap },
    { old, people }: Pick<ChatbotSource, 'old' | 'people'>,
  ) {
    this.people = people;
    this.model = model;
    this.codec = codec;
    this.knowledge = networks.base;
    this.#old = old;
    this.#alignment = tf.tidy(() => difference(networks.chat, networks.base));
    tf.dispose(networks.chat);
  }

  /** @throws CL_CHECKPOINT where a part is missing, damaged, or not of the other's kind. */
  static async open({ base, chat, tokenizer, ...known }: ChatbotSource): Promise<Chatbot> {
    const sequence = SEQUENCE;
    const [knowing, answering] = [await loadPretrained(base, { sequence }), await loadPretrained(chat, { sequence })];
    if (knowing.model.name !== answering.model.name) {
      throw new ContinualLearningError(
        'CL_CHECKPOINT',
        `A chatbot is two networks of one kind, before and after it was taught to answer; these are '${knowing.model.name}' and '${answering.model.name}'.`,
      );
    }
    const codec = codecOf(await tokenizerOf(tokenizer, { model: knowing.model }));
    const unknown = SPECIAL.find((token) => codec.encode(token).length !== 1);
    if (unknown) throw new ContinualLearningError('CL_CHECKPOINT', `A chatbot's tokenizer has '${unknown}' as a token; this one has not.`);
    return new Chatbot(knowing.model, codec, { base: knowing.parameters, chat: answering.parameters }, known);
  }

  /** How many weights one of its networks has. */
  get weights(): number {
    return Object.values(this.knowledge).reduce((sum, { size }) => sum + size, 0);
  }

  /** Knowledge with manners: what answers. Yours to dispose. */
  aligned(knowledge: NamedTensorMap): NamedTensorMap {
    return tf.tidy(() => addDifference(knowledge, this.#alignment));
  }

  /** The answer to a question, piece by piece as it is made. */
  async *answer(question: string, speaking: NamedTensorMap, signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
    const begun = this.codec.encode(prompt(question));
    if (begun.length >= SEQUENCE) {
      throw new ContinualLearningError('CL_DATA', `A question of ${begun.length} tokens is too long: ask it in fewer words.`);
    }
    const options = { maxTokens: MOST, stop: this.codec.encode(END), ...(signal && { signal }) };
    const tokens: number[] = [];
    let said = '';
    for await (const token of streamTokens({ model: this.model, parameters: speaking }, begun, options)) {
      tokens.push(token);
      const text = this.codec.decode(tokens).trimStart();
      yield text.slice(said.length);
      said = text;
    }
  }

  /** Learns a text: continued pre-training of the knowledge, with old texts among the new one. Gives new knowledge, yours to dispose; the old one stays. */
  async read(text: string, knowledge: NamedTensorMap, options: ReadOptions = {}): Promise<NamedTensorMap> {
    const { steps = STEPS, batchSize = 8, learningRate = 7e-4, replay = 0.5, seed = 1, ...others } = options;
    const count = steps * batchSize;
    const room = Math.round((1 - replay) * count) * SEQUENCE;
    this.#checkRoom(text, room, steps);
    // As often as there are rows to fill: a long text is not told over at all.
    const times = Math.ceil(room / Math.max(1, this.codec.encode(text).length));
    const rows = mixed(
      [
        { rows: packedTexts(retold(text, Math.min(times, RETOLD), seed), this.codec, SEQUENCE), share: 1 - replay },
        { rows: packedTexts(this.#old, this.codec, SEQUENCE), share: replay },
      ].filter(({ share }) => share > 0),
      count,
      seed,
    );
    return trained({ model: this.model, from: knowledge, rows, batchSize, learningRate, seed, ...others });
  }

  /** Throws CL_DATA for a text that is longer than what is read, so that none is read in part and called read; as soon as that is seen. */
  #checkRoom(text: string, room: number, steps: number): void {
    let size = 0;
    for (const line of linesOf(text)) {
      size += this.codec.encode(line).length;
      if (size <= room) continue;
      const problem = `This text is longer than the ${room.toLocaleString('en')} tokens that ${steps} steps read`;
      throw new ContinualLearningError('CL_DATA', `${problem}. Give it in parts, or take more steps (cl chat --steps).`);
    }
  }

  dispose(): void {
    tf.dispose([this.knowledge, this.#alignment]);
  }
}

/** How often a text is told over, at most. */
const RETOLD = 40;

/** A text many times, its lines in another order each time: rows then begin and end in other places. Throws CL_DATA where there is nothing in it. */
function retold(text: string, times: number, seed: number): readonly string[] {
  const lines = linesOf(text);
  if (lines.length === 0) throw new ContinualLearningError('CL_DATA', 'There is nothing to read in this text.');
  const draws = random(seed, 'retold');
  return Array.from({ length: times }, () => [...draws.permutation(lines.length)].map((i) => lines[i]!)).flat();
}

const linesOf = (text: string): readonly string[] =>
  text
    .split(/\n+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** A tokenizer of a file as one of those made here. */
const codecOf = (tokenizer: Tokenizer): Codec => ({
  encode: (text) => tokenizer.pieces(text),
  decode: (ids) => tokenizer.decode([...ids]),
});
