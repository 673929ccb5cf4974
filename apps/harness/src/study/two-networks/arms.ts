import { lora, mergeAdapters, twoNetwork } from '@cl/architecture';
import { das } from '@cl/regularization';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Arm } from '../study.js';
import { lookUp } from './look-up.js';
import { type Cost, NOTHING, sumOf } from './networks.js';
import { mixed } from './rows.js';
import { alone, type Served } from './served.js';
import type { Updating } from './updating.js';

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
        ...{ from: base.parameters, rows: at.alignment('chatSteps'), learningRate: at.n('chatRate') },
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
          { rows: at.alignment('chatSteps'), share: at.n('chatSteps') },
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
        const { model, base, chat } = at.start;
        const { parameters, cost } = await at.continued();
        return {
          parts: [
            { model, parameters, weight: 1 },
            { model, parameters: chat.parameters, weight: alpha },
            { model, parameters: base.parameters, weight: -alpha },
          ],
          cost,
        };
      },
    }),
  ),
  {
    name: 'lora',
    label: 'base reads on, a little aligned anew',
    note: 'B₁, and an adapter of low rank for it from a few steps on the instructions',
    update: async (at) => {
      const adapters = { rank: at.n('rank') };
      const base = await at.continued();
      const { parameters, cost } = await at.train('adapted', 'own', {
        from: base.parameters,
        rows: at.alignment('loraSteps'),
        learningRate: at.n('loraRate'),
        strategy: lora(adapters),
      });
      return own(at, at.keep(tf.tidy(() => mergeAdapters(parameters, adapters))), sumOf(base.cost, cost));
    },
  },
  {
    name: 'in-sequence',
    label: 'alignment reads knowledge',
    note: 'a second network, trained on the instructions once, reads the states of the base; after the text, those of B₁',
    update: async (at) => {
      const { base, model } = at.start;
      const strategy = twoNetwork({ phase: () => 'alignment' });
      // Trained before the text comes, as the chatbot was, and so no part of what the update takes.
      const both = await at.train('beside-base', 'own', {
        ...{ from: base.parameters, rows: at.alignment('chatSteps'), learningRate: at.n('chatRate'), strategy },
      });
      const { parameters, cost } = await at.continued();
      return alone(strategy.wrap!(model, []), { ...both.parameters, ...parameters }, cost);
    },
  },
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

const own = ({ start }: Updating, parameters: NamedTensorMap, cost: Cost): Served => alone(start.model, parameters, cost);

async function withDifference(at: Updating, scale: number): Promise<Served> {
  const { parameters, cost } = await at.continued();
  return own(at, at.aligned(parameters, scale), cost);
}
