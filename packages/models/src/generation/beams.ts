import { pauser } from '@cl/core';
import { largest, logSumExp, rowsOf } from './choose.js';
import type { TokenLists, TokenPredictor } from './predictor.js';
import type { Generated, Settings } from './settings.js';

/** A text that is in view. */
interface Beam {
  readonly tokens: readonly number[];
  readonly logLikelihood: number;
  /** Number of the sequence that it goes on with, among all. */
  readonly from: number;
}

interface Done extends Generated {
  readonly score: number;
}

/** Search behind one prompt. */
interface Search {
  readonly room: number;
  readonly live: readonly Beam[];
  /** Texts that have left the beam, which is narrower by each. */
  readonly done: readonly Done[];
}

/** The likeliest texts behind each prompt, kept in view side by side; see `generate`. */
export async function beamSearch(
  predictor: TokenPredictor,
  prompts: TokenLists,
  rooms: readonly number[],
  settings: Settings,
): Promise<Generated[]> {
  const { beams, signal } = settings;
  signal?.throwIfAborted();
  const { sequences, logits: first } = predictor.begin(prompts, Math.max(...rooms) - 1);
  const pause = pauser();
  let logits = first;
  let searches = rooms.map((room, i): Search => ({ room, live: [{ tokens: [], logLikelihood: 0, from: i }], done: [] }));
  try {
    for (let rowsEach = 1; ; rowsEach = beams) {
      const rows = await rowsOf(logits);
      searches = searches.map((search, i) => advanced(search, rows.slice(i * rowsEach, (i + 1) * rowsEach), i * rowsEach, settings));
      if (searches.every(({ live }) => live.length === 0)) return searches.map(({ done }) => bestOf(done));

      await pause();
      signal?.throwIfAborted();
      // Always as many rows for each prompt, so that one program does for all steps: where fewer are in view, any will do.
      const next = searches.flatMap(({ live }, i) =>
        Array.from({ length: beams }, (_, k) => live[k] ?? { tokens: [0], logLikelihood: 0, from: i * rowsEach }),
      );
      logits = sequences.append(
        next.map(({ tokens }) => tokens.slice(-1)),
        next.map(({ from }) => from),
      );
    }
  } finally {
    sequences.dispose();
  }
}

/** One token more: those of the likeliest continuations that end leave the beam, and the others stay in view. */
function advanced({ room, live, done }: Search, rows: readonly Float32Array[], firstRow: number, settings: Settings): Search {
  const { beams, stop, lengthPenalty } = settings;
  const candidates = live.flatMap(({ tokens, logLikelihood }, i) => {
    const logits = rows[i]!;
    const base = logLikelihood - logSumExp(logits);
    return largest(logits, beams).map((token): Beam => {
      return { tokens: [...tokens, token], logLikelihood: base + logits[token]!, from: firstRow + i };
    });
  });
  const best = candidates.sort((a, b) => b.logLikelihood - a.logLikelihood).slice(0, beams - done.length);

  const ended = ({ tokens }: Beam) => stop.has(tokens.at(-1)!);
  const finished = (beam: Beam) => ended(beam) || beam.tokens.length === room;
  const newlyDone = best.filter(finished).map((beam): Done => {
    const { tokens, logLikelihood } = beam;
    const score = logLikelihood / tokens.length ** lengthPenalty;
    return ended(beam)
      ? { tokens: tokens.slice(0, -1), logLikelihood, ended: 'stop', score }
      : { tokens, logLikelihood, ended: 'length', score };
  });
  return { room, live: best.filter((beam) => !finished(beam)), done: [...done, ...newlyDone] };
}

function bestOf(done: readonly Done[]): Generated {
  const { tokens, logLikelihood, ended } = done.reduce((best, text) => (text.score > best.score ? text : best));
  return { tokens, logLikelihood, ended };
}
