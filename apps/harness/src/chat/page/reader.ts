import { ContinualLearningError } from '@cl/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Chatbot, STEPS } from '../chatbot.js';
import { openChatbot } from '../open.js';
import { learned, type Reading } from '../reading.js';
import type { KnowledgeFiles } from '../versions.js';
import { type Context, type Port, serve } from './calls.js';
import { filesAt } from './files.js';
import type { Place } from './place.js';

/** Something that computes, if it is there. */
export interface Candidate {
  /** As TensorFlow.js calls it. */
  readonly backend: string;
  /** Loads it. False: it is not there. */
  load(): Promise<boolean>;
  /** Only where there is nothing else. */
  readonly isLastResort?: boolean;
}

/** What trains, and about how long a text takes. */
export interface Pace {
  /** As TensorFlow.js calls it: 'webgl', 'wasm', 'cpu'. */
  readonly backend: string;
  readonly secondsEachText: number;
}

interface Chosen extends Pace {
  readonly chatbot: Chatbot;
}

/** What the worker does that learns. */
export type Reader = ReturnType<typeof reader>;

function reader(candidates: readonly Candidate[]) {
  let chatbot: Chatbot;
  return {
    /** Opens a chatbot on what trains it fastest here. */
    async open(place: Place): Promise<Pace> {
      const { chatbot: opened, ...pace } = await fastest(candidates, place);
      chatbot = opened;
      return pace;
    },
    /** Its parts are how far it is. */
    read: (reading: Reading, { signal, part }: Context): Promise<KnowledgeFiles> =>
      learned(chatbot, reading, {
        signal,
        async onStep(progress) {
          part(progress);
          // Lets what is in the queue be heard: that it is to stop.
          await new Promise((resolve) => setTimeout(resolve));
        },
      }),
  };
}

/** In a worker of a page: learns texts with the back end that is fastest there. */
export const serveReader = (port: Port, candidates: readonly Candidate[]): void => serve(port, reader(candidates));

/** Tries a step on each: which is faster depends on the machine, and on how small the network is. */
async function fastest(candidates: readonly Candidate[], place: Place): Promise<Chosen> {
  let best: Chosen | null = null;
  for (const { backend, load, isLastResort = false } of candidates) {
    if ((best && isLastResort) || !(await load()) || !(await tf.setBackend(backend))) continue;
    const chatbot = await openChatbot(filesAt(place));
    const secondsEachText = STEPS * (await secondsOfStep(chatbot));
    if (!best || secondsEachText < best.secondsEachText) {
      best?.chatbot.dispose();
      best = { backend, secondsEachText, chatbot };
    } else chatbot.dispose();
  }
  if (!best) throw new ContinualLearningError('CL_BACKEND', 'Neither WebGL nor WebAssembly nor plain JavaScript can train here.');
  await tf.setBackend(best.backend);
  return best;
}

/** The second of two steps: the first loads and compiles. */
async function secondsOfStep(chatbot: Chatbot): Promise<number> {
  let begun = 0;
  const after = await chatbot.read('A text to try how fast it goes.', chatbot.knowledge, {
    steps: 2,
    onStep({ iteration }) {
      if (iteration === 1) begun = performance.now();
    },
  });
  // To be there, values must have been computed.
  await Object.values(after)[0]!.data();
  tf.dispose(after);
  return (performance.now() - begun) / 1000;
}
