import { checkOneOf } from '@cl/core';
import type { Outcome, Trial } from '../study.js';
import { WAYS } from './arms.js';
import { type Asked, conversation, factsInText, knownFacts, type Manners, manners } from './measures.js';
import { lossOf } from './network.js';
import { Networks } from './networks.js';
import { mixed, packedExchanges } from './rows.js';
import { alone, logitsOf, predictorOf, type Served } from './served.js';
import { startOf } from './start.js';
import { type Updating, updating } from './updating.js';

/** A trial: what all begin with, one way to go on, and what comes of it. */
export async function runArm(trial: Trial): Promise<Outcome> {
  const names = WAYS.map(({ name }) => name);
  const way = WAYS[names.indexOf(checkOneOf('two-networks', 'arm', trial.arm, names))]!;
  const networks = new Networks(trial);
  try {
    const at = updating(await startOf(trial, networks), networks, trial);
    const served = await way.update(at);
    trial.signal.throwIfAborted();
    trial.say('asking questions');
    const found = await asking(served, at, async (asked) => ({
      measures: { ...(await knowledge(served, at, asked)), ...(await mannersOf(asked, at)) },
      samples: [{ title: 'Questions and answers', text: await conversation(at.start.material.people.new, asked, at.seed) }],
    }));
    const recovered = await recoveredFrom(served, at);
    return { ...found, measures: { ...found.measures, recovered, ...served.cost } };
  } finally {
    networks.dispose();
  }
}

/** Asks a chatbot, which is there as long as it is asked. */
async function asking<T>(served: Served, { start }: Updating, ask: (asked: Asked) => Promise<T>): Promise<T> {
  const predictor = predictorOf(served, start.model);
  try {
    return await ask({ predictor, codec: start.material.tokenizer, ...(served.prepare && { prepare: served.prepare }) });
  } finally {
    predictor.dispose();
  }
}

async function knowledge(served: Served, at: Updating, asked: Asked) {
  const { people, rows } = at.start.material;
  return {
    newFacts: await knownFacts(people.new, asked),
    oldFacts: await knownFacts(people.old, asked),
    newText: await factsInText(people.new, asked),
    oldText: await factsInText(people.old, asked),
    generalLoss: await lossOf(logitsOf(served), rows.generalTest),
    domainLoss: await lossOf(logitsOf(served), rows.domainTest),
  };
}

const mannersOf = (asked: Asked, at: Updating): Promise<Manners> =>
  manners(at.start.material.people.old, asked, { format: at.n('formatProbes'), refusal: at.n('refusalProbes') }, at.seed);

/** The share of answers in the right format after a few steps on a few instructions: of a network that answers alone, as it was made. */
async function recoveredFrom(served: Served, at: Updating): Promise<number | null> {
  const { material, model } = at.start;
  const [part] = served.parts;
  if (served.parts.length > 1 || part?.model !== model) return null;
  const few = packedExchanges(material.instructions.slice(0, at.n('recovery')), material.tokenizer, at.n('sequence'));
  const rows = mixed([{ rows: few, share: 1 }], at.n('recoverySteps') * at.n('batch'), at.seed + 5);
  const { parameters } = await at.train('recovered', 'own', { from: part.parameters, rows, learningRate: at.n('recoveryRate') });
  const { format } = await asking({ ...served, ...alone(model, parameters, served.cost) }, at, (asked) => mannersOf(asked, at));
  return format;
}
