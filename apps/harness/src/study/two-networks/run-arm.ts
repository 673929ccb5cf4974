import { checkOneOf } from '@cl/core';
import type { Outcome, Trial } from '../study.js';
import { type Served, WAYS } from './arms.js';
import { conversation, factsInText, knownFacts, type Manners, manners } from './measures.js';
import { logitsOf, lossOf } from './network.js';
import { Networks } from './networks.js';
import { mixed, packedExchanges } from './rows.js';
import { startOf } from './start.js';
import { type Updating, updating } from './updating.js';

/** A trial: what all begin with, one way to go on, and what comes of it. */
export async function runArm(trial: Trial): Promise<Outcome> {
  const way = WAYS.find(
    ({ name }) =>
      name ===
      checkOneOf(
        'two-networks',
        'arm',
        trial.arm,
        WAYS.map((each) => each.name),
      ),
  )!;
  const networks = new Networks(trial);
  try {
    const start = await startOf(trial, networks);
    const at = updating(start, networks, trial);
    const served = await way.update(at);
    trial.signal.throwIfAborted();
    trial.say('asking questions');
    const manner = await mannersOf(served, at);
    const recovered = served.parameters && (await recoveredFrom(served, at));
    return {
      measures: { ...(await knowledgeOf(served, at)), ...manner, recovered, tokens: served.cost.tokens, seconds: served.cost.seconds },
      samples: [{ title: 'Questions and answers', text: await conversation(start.material.people.new, askedOf(served, at), at.seed) }],
    };
  } finally {
    networks.dispose();
  }
}

const askedOf = (served: Served, { start }: Updating) => ({ ...served, tokenizer: start.material.tokenizer });

async function knowledgeOf(served: Served, at: Updating) {
  const { people, rows } = at.start.material;
  const asked = askedOf(served, at);
  return {
    newFacts: await knownFacts(people.new, asked),
    oldFacts: await knownFacts(people.old, asked),
    newText: await factsInText(people.new, asked),
    oldText: await factsInText(people.old, asked),
    generalLoss: await lossOf(served.logits, rows.generalTest),
    domainLoss: await lossOf(served.logits, rows.domainTest),
  };
}

const mannersOf = (served: Served, at: Updating): Promise<Manners> =>
  manners(at.start.material.people.old, askedOf(served, at), { format: at.n('formatProbes'), refusal: at.n('refusalProbes') }, at.seed);

/** Whether manners come back: the share of answers in the right format after a few steps on a few instructions. */
async function recoveredFrom(served: Served, at: Updating): Promise<number> {
  const { material, model } = at.start;
  const few = packedExchanges(material.instructions.slice(0, at.n('recovery')), material.tokenizer, at.n('sequence'));
  const rows = mixed([{ rows: few, share: 1 }], at.n('recoverySteps') * at.n('batch'), at.seed + 5);
  const { parameters } = await at.train('recovered', 'own', { from: served.parameters, rows, learningRate: at.n('recoveryRate') });
  const { format } = await mannersOf({ ...served, logits: logitsOf(model, parameters) }, at);
  return format;
}
