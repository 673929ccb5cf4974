import {
  type ApplyOptions,
  biasAdd,
  ContinualLearningError,
  checkBoolean,
  checkInteger,
  checkKnown,
  checkNumber,
  checkOneOf,
  matMul,
  named,
  type Site,
} from '@cl/core';
import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { WORDS } from './embedding.js';
import { type Activation, activate } from './feed-forward.js';
import { norm } from './norm.js';
import { asItIs, dropped, linear, type Part, parametersOf } from './parts.js';

/** What a head needs to know of the network below. */
export interface Body {
  readonly width: number;
  readonly vocabulary: number;
  readonly deviation: number;
  readonly epsilon: number;
  readonly activation: Activation;
  /** Dropout of the network, for heads that do not say. */
  readonly dropout: number;
  readonly causal: boolean;
}

export interface HeadPart extends Part {
  /** From hidden states [batch, sequence, width] and the mask, [batch, sequence] as float32. */
  apply(parameters: NamedTensorMap, hidden: Tensor, mask: Tensor2D, options: ApplyOptions): Tensor;
}

/** What becomes of hidden states. */
export interface Head {
  readonly kind: 'classifier' | 'tokens' | 'language' | 'sentences';
  /** Size of the last axis of what it gives. */
  outputs(body: Body): number;
  build(body: Body): HeadPart;
  /** The same head with `count` more outputs. */
  grow?(count: number): Head;
  /** Which of a file's tensors belong to it. */
  readonly stored: StoredHead;
}

/** How Hugging Face's classes have a head: as their names and shapes need it. */
export interface StoredHead {
  /** Kernels side by side, 'head', 'head1', …, of a linear classifier. */
  readonly classifiers: readonly string[];
  /** A dense layer and tanh on the first token. */
  readonly pooler: boolean;
  readonly language: 'none' | 'tied' | 'own';
}

/** How the hidden states of a sequence become one vector. */
export type Pooling = 'pooler' | 'first' | 'mean' | 'last';

const POOLINGS = ['pooler', 'first', 'mean', 'last'] as const;

export interface ClassifierOptions {
  readonly outputs: number;
  /**
   * `pooler`: a dense layer and tanh on the first token, as BERT has it. `first`: the first token. `mean`: the mean over tokens, as sentence
   * encoders have it. `last`: the last token, for decoders. Default 'pooler'.
   */
  readonly pooling?: Pooling;
  /** Share of the features that are dropped in training, [0, 1). Default: as in the network below. */
  readonly dropout?: number;
}

/**
 * One class for a sequence: outputs [batch, outputs]. Parameters: 'head/kernel', 'head/bias' (none on a decoder, as in Python's
 * transformers), and with a pooler 'pooler/kernel', 'pooler/bias'.
 *
 * @example encoder({ ...size, head: classifier({ outputs: 150, pooling: 'mean' }) })
 */
export function classifier(options: ClassifierOptions): Head {
  checkKnown('classifier', options, ['outputs', 'pooling', 'dropout']);
  const { outputs, pooling = 'pooler', dropout } = options;
  checkInteger('classifier', 'outputs', outputs, { min: 1 });
  checkOneOf('classifier', 'pooling', pooling, POOLINGS);
  if (dropout !== undefined) checkNumber('classifier', 'dropout', dropout, { min: 0, below: 1 });
  return {
    kind: 'classifier',
    outputs: () => outputs,
    stored: { classifiers: ['head'], pooler: pooling === 'pooler', language: 'none' },
    build(body) {
      const { width, deviation, dropout: rate, causal } = body;
      const pool = pooled(pooling, body);
      const features: Site = { name: 'features', kind: 'features', units: width };
      const head = linear({ name: 'head', inputs: width, units: outputs, role: 'head', bias: !causal, deviation });
      return {
        parameters: parametersOf([pool, head]),
        sites: [...pool.sites, features, ...head.sites],
        apply(parameters, hidden, mask, apply) {
          const { at = asItIs } = apply;
          const vector = dropped(pool.apply(parameters, hidden, mask, apply), dropout ?? rate, 0, apply);
          return head.apply(parameters, at(features, vector), apply);
        },
      };
    },
    grow: (count) => classifier({ ...options, outputs: outputs + count }),
  };
}

export interface TokensOptions {
  /** Labels of a token; several numbers for several heads, whose outputs lie side by side. */
  readonly outputs: number | readonly number[];
  /** What `grow` adds: `columns` to the one head, or a head of its own. Default 'columns'. */
  readonly growth?: 'columns' | 'heads';
  /** Share of the features that are dropped in training, [0, 1). Default: as in the network below. */
  readonly dropout?: number;
}

/**
 * One class for each token: outputs [batch, sequence, outputs]. Parameters: 'head/kernel', 'head/bias', of further heads 'head1/kernel', ….
 *
 * @example encoder({ ...size, head: tokens({ outputs: 5, growth: 'heads' }) }).grow(4) // a second head: outputs 5 to 8
 */
export function tokens(options: TokensOptions): Head {
  checkKnown('tokens', options, ['outputs', 'growth', 'dropout']);
  const { outputs, growth = 'columns', dropout } = options;
  const counts: readonly number[] = typeof outputs === 'object' && outputs?.length > 0 ? outputs : [outputs as number];
  for (const count of counts) checkInteger('tokens', 'outputs', count, { min: 1 });
  checkOneOf('tokens', 'growth', growth, ['columns', 'heads']);
  if (dropout !== undefined) checkNumber('tokens', 'dropout', dropout, { min: 0, below: 1 });
  const names = counts.map((_, i) => (i === 0 ? 'head' : `head${i}`));
  return {
    kind: 'tokens',
    outputs: () => counts.reduce((sum, count) => sum + count, 0),
    stored: { classifiers: names, pooler: false, language: 'none' },
    build({ width, deviation, dropout: rate }) {
      const features: Site = { name: 'features', kind: 'features', units: width };
      const heads = counts.map((units, i) => linear({ name: names[i]!, inputs: width, units, role: 'head', deviation }));
      return {
        parameters: parametersOf(heads),
        sites: [features, ...heads.flatMap(({ sites }) => sites)],
        apply(parameters, hidden, _mask, apply) {
          const { at = asItIs } = apply;
          const seen = at(features, dropped(hidden, dropout ?? rate, 0, apply));
          const logits = heads.map((head) => head.apply(parameters, seen, apply));
          return logits.length === 1 ? logits[0]! : tf.concat(logits, 2);
        },
      };
    },
    grow: (count) =>
      tokens({
        ...options,
        outputs: growth === 'heads' ? [...counts, count] : [...counts.slice(0, -1), counts.at(-1)! + count],
      }),
  };
}

export interface LanguageOptions {
  /** True: the table of words is the kernel too. Default true. */
  readonly tied?: boolean;
}

/**
 * One word for each token: outputs [batch, sequence, vocabulary]. On an encoder as BERT's masked language model: a dense layer with
 * activation and normalisation ('transform/…'), and a bias ('head/bias'). On a decoder nothing of that.
 */
export function language(options: LanguageOptions = {}): Head {
  checkKnown('language', options, ['tied']);
  const { tied = true } = options;
  checkBoolean('language', 'tied', tied);
  return {
    kind: 'language',
    outputs: ({ vocabulary }) => vocabulary,
    stored: { classifiers: [], pooler: false, language: tied ? 'tied' : 'own' },
    build(body) {
      const { width, vocabulary, deviation, causal } = body;
      const transform = causal ? null : transformed(body);
      const features: Site = { name: 'features', kind: 'features', units: width };
      const input: Site = { name: 'head/input', kind: 'input', units: width, feeds: tied ? [] : ['head/kernel'] };
      const fedBy = [...(tied ? [] : ['head/kernel']), ...(causal ? [] : ['head/bias'])];
      const preactivation: Site = { name: 'head/preactivation', kind: 'preactivation', units: vocabulary, fedBy };
      return {
        parameters: {
          ...transform?.parameters,
          ...(!tied && {
            'head/kernel': { shape: [width, vocabulary], role: 'head', use: { op: 'dense' }, initializer: { name: 'normal', deviation } },
          }),
          ...(!causal && { 'head/bias': { shape: [vocabulary], role: 'head', initializer: 'zeros' } }),
        },
        sites: [...(transform?.sites ?? []), features, input, preactivation],
        apply(parameters, hidden, _mask, apply) {
          const { at = asItIs } = apply;
          const changed = transform ? transform.apply(parameters, hidden, apply) : hidden;
          const seen = at(input, at(features, changed));
          const [batch, length] = seen.shape as [number, number];
          const rows: Tensor2D = tf.reshape(seen, [batch * length, width]);
          const kernel = named(parameters, tied ? WORDS : 'head/kernel') as Tensor2D;
          const products = matMul(rows, kernel, { transposeB: tied });
          const logits = causal ? products : biasAdd(products, named(parameters, 'head/bias') as Tensor1D);
          return at(preactivation, tf.reshape(logits, [batch, length, vocabulary]));
        },
      };
    },
  };
}

function transformed({ width, deviation, epsilon, activation }: Body) {
  const dense = linear({ name: 'transform', inputs: width, units: width, deviation });
  const normalization = norm({ name: 'transform/norm', units: width, epsilon, kind: 'layer' });
  return {
    parameters: parametersOf([dense, normalization]),
    sites: dense.sites,
    apply: (parameters: NamedTensorMap, hidden: Tensor, apply: ApplyOptions) =>
      normalization.apply(parameters, activate[activation](dense.apply(parameters, hidden, apply)), apply),
  };
}

export interface SentencesOptions {
  /** As in `classifier`. Default 'mean'. */
  readonly pooling?: Pooling;
  /** True: vectors of length 1, whose inner product is the cosine. Default true. */
  readonly normalized?: boolean;
}

/** One vector for a sequence, [batch, width], without parameters of its own unless it has a pooler: what sentence encoders give. */
export function sentences(options: SentencesOptions = {}): Head {
  checkKnown('sentences', options, ['pooling', 'normalized']);
  const { pooling = 'mean', normalized = true } = options;
  checkOneOf('sentences', 'pooling', pooling, POOLINGS);
  checkBoolean('sentences', 'normalized', normalized);
  return {
    kind: 'sentences',
    outputs: ({ width }) => width,
    stored: { classifiers: [], pooler: pooling === 'pooler', language: 'none' },
    build(body) {
      const pool = pooled(pooling, body);
      const features: Site = { name: 'features', kind: 'features', units: body.width };
      return {
        parameters: pool.parameters,
        sites: [...pool.sites, features],
        apply(parameters, hidden, mask, apply) {
          const { at = asItIs } = apply;
          const vector = at(features, pool.apply(parameters, hidden, mask, apply));
          return normalized ? tf.div(vector, tf.maximum(tf.norm(vector, 2, 1, true), 1e-12)) : vector;
        },
      };
    },
  };
}

/** Hidden states [batch, sequence, width] to one vector each, [batch, width]. */
function pooled(pooling: Pooling, { width, deviation, causal }: Body) {
  if (causal && (pooling === 'pooler' || pooling === 'first')) {
    throw new ContinualLearningError(
      'CL_OPTION',
      `{ pooling: '${pooling}' }: the first token of a decoder sees no other, so it says nothing about the sequence. Use 'last' or 'mean'.`,
    );
  }
  const dense = pooling === 'pooler' ? linear({ name: 'pooler', inputs: width, units: width, deviation }) : null;
  return {
    parameters: dense?.parameters ?? {},
    sites: dense?.sites ?? [],
    apply(parameters: NamedTensorMap, hidden: Tensor, mask: Tensor2D, apply: ApplyOptions): Tensor {
      const [batch, length] = hidden.shape as [number, number];
      const by = (shares: Tensor): Tensor => tf.reshape(tf.matMul(tf.reshape(shares, [batch, 1, length]), hidden), [batch, width]);
      // A row of padding alone gets zeros.
      const count = tf.maximum(tf.sum(mask, 1, true), 1);
      if (pooling === 'mean') return by(tf.div(mask, count));
      if (pooling === 'last') return by(tf.cast(tf.equal(tf.range(0, length), tf.sub(count, 1)), 'float32'));
      const first = tf.reshape(tf.slice(hidden, [0, 0, 0], [batch, 1, width]), [batch, width]);
      return dense ? tf.tanh(dense.apply(parameters, first, apply)) : first;
    },
  };
}
