import * as tf from '@tensorflow/tfjs-core';
import { type CheckpointStore, checkModel, pack, restoreTree, signatureOf, unpack } from '../checkpoint/index.js';
import { ContinualLearningError } from '../errors.js';
import { checkHas } from '../options.js';
import { type Competing, competingIn, type Scenario } from '../scenario/task.js';
import { tensorsOf, withTensors } from '../strategy/state.js';
import type { Tree } from '../strategy/strategy.js';
import { type Json, leaves } from '../tree.js';
import type { Engine, States } from './engine.js';
import type { LearnerState } from './entries.js';
import type { Progress } from './options.js';

/** What a checkpoint holds. */
type Saved = Omit<LearnerState, 'strategy'> & {
  readonly states: States;
  readonly progress: Progress;
  readonly made: Made;
  /** Of early stopping; checkpoints of older versions have none. */
  readonly best?: LearnerState | null;
};

/** What a learner must have in common with the one that was saved: with anything else it could not go on as that one would have. */
type Made = {
  readonly scenario: Scenario;
  readonly competing: Competing;
  readonly seed: number;
  readonly optimizer: string;
  readonly strategies: readonly string[];
};

const madeOf = ({ scenario, competing, seed, optimizer, strategy }: Engine): Made => ({
  scenario,
  competing,
  seed,
  optimizer: optimizer.name,
  strategies: strategy.parts.map(({ name }) => name),
});

const checkStore = (who: string, store: CheckpointStore, needed: keyof CheckpointStore): void =>
  checkHas(who, 'store', store, [needed], 'a store, as memoryStore() or directory() make');

/** Writes all of a learner's state under a name. */
export async function writeCheckpoint(store: CheckpointStore, engine: Engine, name: string): Promise<void> {
  checkStore('save', store, 'write');
  const { strategy, ...tensors } = engine.read();
  try {
    const saved: Saved = {
      ...tensors,
      states: withTensors(engine.states, strategy) as States,
      progress: engine.progress,
      best: engine.best,
      made: madeOf(engine),
    };
    const about = {
      strategy: engine.strategy.name,
      options: engine.strategy.options ?? {},
      optimizer: { name: engine.optimizer.name, ...engine.optimizer.options },
    };
    await store.write(name, await pack(saved as unknown as Tree, signatureOf(engine.model), about as Json));
  } finally {
    tf.dispose([...leaves(tensors), ...leaves(strategy)]);
  }
}

/** Puts a learner that was just made into the state that was saved. */
export async function readCheckpoint(store: CheckpointStore, engine: Engine, wanted?: string): Promise<void> {
  checkStore('restore', store, 'read');
  const { name, files } = await store.read(wanted);
  const { model, state } = await unpack(files, name);
  const { made, progress: then } = (state.json ?? {}) as unknown as Partial<Saved>;
  if (!made || !Array.isArray(then?.learned)) throw failure(name, 'holds no state of a learner.');
  const extended = engine.modelFor(then);
  checkModel(model, signatureOf(extended), name);
  // Checkpoints of earlier versions do not say what competed: there was no choice.
  checkMade(name, { ...made, competing: made.competing ?? competingIn(made.scenario) }, madeOf(engine));
  const { states, progress, parameters, buffers, slots, best } = restoreTree(
    { states: engine.states } as unknown as Tree,
    state,
  ) as unknown as Saved;
  engine.replace({ parameters, buffers, slots, strategy: tensorsOf(states) }, states);
  engine.progress = progress;
  engine.best = best ?? null;
  engine.model = extended;
}

function checkMade(checkpoint: string, saved: Made, now: Made): void {
  for (const what of ['scenario', 'competing', 'seed', 'optimizer', 'strategies'] as const) {
    const [then, today] = [JSON.stringify(saved[what]), JSON.stringify(now[what])];
    if (then === today) continue;
    throw failure(checkpoint, `saved with ${what} ${then}, this learner has ${today}. Restore with what the learner was made with.`);
  }
}

const failure = (checkpoint: string, what: string) => new ContinualLearningError('CL_CHECKPOINT', `${checkpoint}: ${what}`);
