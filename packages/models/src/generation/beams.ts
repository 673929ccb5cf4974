import { pauser } from '@cl/core';
import { largest, logTotal, rowsOf } from './choose.js';
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
  /** Texts in view, the likeliest first; none when the search is over. */
  readonly live: readonly Beam[];
  /** The best of those that have ended, the best first: as many as beams, at most. */
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
  const choosing = { ...settings, normalized: predictor.normalized ?? false };
  const { sequences, logits: first } = predictor.begin(prompts, Math.max(...rooms) - 1);
  const pause = pauser();
  let logits = first;
  let searches = rooms.map((room, i): Search => ({ room, live: [{ tokens: [], logLikelihood: 0, from: i }], done: [] }));
  try {
    for (let rowsEach = 1; ; rowsEach = beams) {
      const rows = await rowsOf(logits);
      searches = searches.map((search, i) => advanced(search, rows.slice(i * rowsEach, (i + 1) * rowsEach), i * rowsEach, choosing));
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

/**
 * One token more. Of the likeliest continuations, as many as beams, those that end are set aside; in view stay the likeliest that do not. The
 * search is over when as many as beams were set aside and the likeliest in view, as it stands, is no better than the last of them.
 */
function advanced(
  { room, live, done }: Search,
  rows: readonly Float32Array[],
  firstRow: number,
  settings: Settings & Pick<TokenPredictor, 'normalized'>,
): Search {
  const { beams, stop, lengthPenalty } = settings;
  const candidates = live.flatMap(({ tokens, logLikelihood }, i) => {
    const logits = rows[i]!;
    const base = logLikelihood - logTotal(logits, settings);
    // So many that enough of them do not end.
    return largest(logits, beams + stop.size).map((token): Beam => {
      return { tokens: [...tokens, token], logLikelihood: base + logits[token]!, from: firstRow + i };
    });
  });
  candidates.sort((a, b) => b.logLikelihood - a.logLikelihood);

  const score = ({ tokens, logLikelihood }: Beam) => logLikelihood / tokens.length ** lengthPenalty;
  const ended = ({ tokens }: Beam) => stop.has(tokens.at(-1)!);
  const finished = (beam: Beam) => ended(beam) || beam.tokens.length === room;
  const newlyDone = candidates
    .slice(0, beams)
    .filter(finished)
    .map((beam): Done => {
      const { tokens, logLikelihood } = beam;
      const end = ended(beam) ? { tokens: tokens.slice(0, -1), ended: 'stop' as const } : { tokens, ended: 'length' as const };
      return { ...end, logLikelihood, score: score(beam) };
    });
  const best = [...done, ...newlyDone].sort((a, b) => b.score - a.score).slice(0, beams);
  const inView = candidates.filter((beam) => !finished(beam)).slice(0, beams);
  const over = best.length === beams && inView.length > 0 && score(inView[0]!) <= best.at(-1)!.score;
  return { room, live: over ? [] : inView, done: best };
}

function bestOf([best]: readonly Done[]): Generated {
  const { tokens, logLikelihood, ended } = best!;
  return { tokens, logLikelihood, ended };
}
