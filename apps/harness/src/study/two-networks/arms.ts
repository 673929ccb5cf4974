import { proxyLogits } from '@cl/architecture';
import type { TensorTree } from '@cl/core';
import { das } from '@cl/regularization';
import type * as tf from '@tensorflow/tfjs-core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import type { Arm } from '../study.js';
import { lookUp } from './look-up.js';
import { type Logits, logitsOf } from './network.js';
import { type Cost, NOTHING, sumOf } from './networks.js';
import { mixed } from './rows.js';
import type { Updating } from './updating.js';

/** A chatbot after the new text. */
export interface Served {
  readonly logits: Logits;
  /** What the update took. */
  readonly cost: Cost;
  /** Its own weights; null where several networks answer together. */
  readonly parameters: NamedTensorMap | null;
  /** What becomes of a question before it is asked. */
  readonly prepare?: (question: string) => string;
}

interface Way extends Arm {
  /** What it makes of the new text. */
  update(at: Updating): Promise<Served>;
}

/** The ways to go on, as in the matrix of experiments: B₀ the base, C₀ the chatbot, Δ = C₀ − B₀, B₁ the base after the new text. */
export const WAYS: readonly Way[] = [
  {
    name: 'unchanged',
    label: 'never updated',
    note: 'C₀: the lower bound for new facts, the upper for manners',
    update: async (at) => own(at, at.start.chat.parameters, NOTHING),
  },
  {
    name: 'chat-continued',
    label: 'chatbot reads on',
    note: 'continued pre-training of C₀ itself',
    update: async (at) => {
      const { parameters, cost } = await at.train('continued-chat', 'own', { from: at.start.chat.parameters, rows: at.newText() });
      return own(at, parameters, cost);
    },
  },
  {
    name: 'realigned',
    label: 'base reads on, aligned anew',
    note: 'B₁, then all of the instructions again: what it costs to do it by the book',
    update: async (at) => {
      const base = await at.continued();
      const { parameters, cost } = await at.train('realigned', 'own', {
        ...{ from: base.parameters, rows: at.instructions('chatSteps'), learningRate: at.n('chatRate') },
      });
      return own(at, parameters, sumOf(base.cost, cost));
    },
  },
  {
    name: 'difference',
    label: 'B₁ + Δ',
    note: 'the chat vector, added after the update without a step of training',
    update: (at) => withDifference(at, 1),
  },
  { name: 'difference-half', label: 'B₁ + ½ Δ', update: (at) => withDifference(at, 0.5) },
  {
    name: 'half-alone',
    label: 'B₀ + ½ Δ',
    note: 'no new text: what a smaller Δ does by itself',
    update: async (at) => own(at, at.aligned(at.start.base.parameters, 0.5), NOTHING),
  },
  {
    name: 'joint',
    label: 'text and instructions mixed',
    note: 'on B₀, in one go, with as many tokens as reading and aligning anew',
    update: async (at) => {
      const rows = mixed(
        [
          { rows: at.newText(), share: at.n('steps') },
          { rows: at.instructions('chatSteps'), share: at.n('chatSteps') },
        ],
        (at.n('steps') + at.n('chatSteps')) * at.n('batch'),
        at.seed + 4,
      );
      const { parameters, cost } = await at.train('joint', 'own', { from: at.start.base.parameters, rows });
      return own(at, parameters, cost);
    },
  },
  ...[0.5, 1, 1.5].map(
    (alpha): Way => ({
      name: `proxy-${alpha}`,
      label: `proxy-tuning, α = ${alpha}`,
      ...(alpha === 1 && { note: 'B₁ + α (C₀ − B₀) in logits: three networks answer together' }),
      update: async (at) => {
        const { base, chat } = at.start;
        const knowledge = await at.continued();
        const parts = {
          base: byIds(at, knowledge.parameters),
          expert: byIds(at, chat.parameters),
          antiExpert: byIds(at, base.parameters),
        };
        const logits = proxyLogits(parts, { alpha });
        return { logits: (ids) => logits({ ids }), parameters: null, cost: knowledge.cost };
      },
    }),
  ),
  {
    name: 'das',
    label: 'chatbot reads on, soft-masked',
    note: 'as the second, with DAS: units that matter for the instructions move less',
    update: async (at) => {
      const { parameters, cost } = await at.train('masked-chat', 'own', {
        from: at.start.chat.parameters,
        before: at.instructions('importanceSteps'),
        rows: at.newText(),
        strategy: das({ general: false, contrast: 0 }),
      });
      return own(at, parameters, cost);
    },
  },
  {
    name: 'look-up',
    label: 'never updated, text looked up',
    note: 'C₀ with sentences of the new text in its prompt, found by BM25',
    update: async (at) => ({ ...own(at, at.start.chat.parameters, NOTHING), prepare: lookUp(at.start.material.newTexts) }),
  },
];

const own = (at: Updating, parameters: NamedTensorMap, cost: Cost): Served => ({
  logits: logitsOf(at.start.model, parameters),
  parameters,
  cost,
});

async function withDifference(at: Updating, scale: number): Promise<Served> {
  const { parameters, cost } = await at.continued();
  return own(at, at.aligned(parameters, scale), cost);
}

const byIds =
  ({ start }: Updating, parameters: NamedTensorMap) =>
  (x: TensorTree) =>
    logitsOf(start.model, parameters)((x as { ids: tf.Tensor2D }).ids);
