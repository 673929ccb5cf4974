import { type Learner, pauser, random } from '@cl/core';
import { beamSearch } from './beams.js';
import { choose, logProbability, rowsOf } from './choose.js';
import { type ModelWithParameters, predictorOf, type TokenLists, type TokenPredictor } from './predictor.js';
import { type Generated, type GenerateOptions, roomsOf, type SamplingOptions, type Settings, settingsOf } from './settings.js';

/**
 * Goes on with texts: greedily, by draws, or with the likeliest found by beam search. Prompts may differ in length, and each is gone on with
 * as if it were alone. Of an encoder–decoder, prompts are what the encoder sees, and what is generated is the answer.
 *
 * Beam search keeps the `beams` likeliest texts that have not ended in view. Those that end are set aside, if they are among the `beams`
 * likeliest of their step; so are those that have grown to full length. It is over when `beams` are set aside and the likeliest in view, as
 * it stands, scores no higher than the last of these; the best of them is the result. Scores are log-likelihood / length^lengthPenalty, where
 * length counts the generated tokens and that which ended the text. This is the search of Python's transformers. (Sutskever, Vinyals & Le,
 * 2014, arXiv 1409.3215, narrow the beam by each text that ends; Wu et al., 2016, arXiv 1609.08144, divide by ((5 + length) / 6)^α.)
 *
 * @param source A predictor; or a learner or `{ model, parameters }`, of which one is made for this call alone.
 * @throws CL_OPTION, CL_DATA, CL_MODEL
 * @example const [{ tokens }] = await generate(learner, [tokenizer.framed(tokenizer.pieces('summarize: …'))], { beams: 4, stop: [1] });
 */
export async function generate(
  source: TokenPredictor | Learner | ModelWithParameters,
  prompts: TokenLists,
  options: GenerateOptions = {},
): Promise<Generated[]> {
  const settings = settingsOf('generate', options);
  const { of, done } = predictorOf(source);
  try {
    const rooms = roomsOf('generate', of, prompts, settings.maxTokens);
    if (prompts.length === 0) return [];
    if (settings.beams > 1) return await beamSearch(of, prompts, rooms, settings);
    const written = prompts.map(() => ({ tokens: [] as number[], logLikelihood: 0, ended: 'length' as Generated['ended'] }));
    for await (const step of tokenByToken(of, prompts, rooms, settings)) {
      for (const { row, token, logProbability } of step) {
        const text = written[row]!;
        text.logLikelihood += logProbability;
        if (settings.stop.has(token)) text.ended = 'stop';
        else text.tokens.push(token);
      }
    }
    return written;
  } finally {
    done();
  }
}

/**
 * The tokens that follow a prompt, one by one as they are chosen: for a chat. The token that ends it is not among them.
 *
 * @throws CL_OPTION, CL_DATA, CL_MODEL
 * @example for await (const token of streamTokens(writer, prompt, { temperature: 0.7, topP: 0.9, stop, signal })) show(token);
 */
export async function* streamTokens(
  source: TokenPredictor | Learner | ModelWithParameters,
  prompt: readonly number[],
  options: SamplingOptions = {},
): AsyncGenerator<number, void, undefined> {
  const settings = settingsOf('streamTokens', options);
  const { of, done } = predictorOf(source);
  try {
    const rooms = roomsOf('streamTokens', of, [prompt], settings.maxTokens);
    for await (const [step] of tokenByToken(of, [prompt], rooms, settings)) if (!settings.stop.has(step!.token)) yield step!.token;
  } finally {
    done();
  }
}

interface Chosen {
  /** Which prompt it follows. */
  readonly row: number;
  readonly token: number;
  readonly logProbability: number;
}

/** A token for each text that has not ended, again and again until all have. */
async function* tokenByToken(
  predictor: TokenPredictor,
  prompts: TokenLists,
  rooms: readonly number[],
  settings: Settings,
): AsyncGenerator<readonly Chosen[]> {
  const { signal, stop, seed } = settings;
  signal?.throwIfAborted();
  const most = Math.max(...rooms);
  const { sequences, logits: first } = predictor.begin(prompts, most - 1);
  const pause = pauser();
  let logits = first;
  let going = prompts.map((_, row) => row);
  try {
    for (let step = 0; ; step++) {
      const rows = await rowsOf(logits);
      const chosen = going.map((row): Chosen => {
        const token = choose(rows[row]!, settings, () => random(seed, 'generate', row, step));
        return { row, token, logProbability: logProbability(rows[row]!, token, predictor) };
      });
      yield chosen;
      going = chosen.flatMap(({ row, token }) => (stop.has(token) || step + 1 === rooms[row] ? [] : [row]));
      if (going.length === 0) return;

      await pause();
      signal?.throwIfAborted();
      // Texts that have ended go on with anything, so that one program does for all steps.
      const next = prompts.map(() => [0]);
      for (const { row, token } of chosen) next[row] = [token];
      logits = sequences.append(next);
    }
  } finally {
    sequences.dispose();
  }
}
