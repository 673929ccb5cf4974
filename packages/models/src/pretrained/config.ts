import {
  type Activation,
  type Architecture,
  classifier,
  decoder,
  encoder,
  encoderDecoder,
  type Head,
  language,
  sentences,
  type Transformer,
  tokens,
} from '../transformer/index.js';
import { isRoberta } from './links.js';
import { refused } from './refused.js';

/** What `config.json` says. */
export type Config = { readonly [name: string]: unknown };

export interface ModelOptions {
  /** What becomes of the hidden states. Default: as `architectures` in the configuration says; `sentences()` where it names no head. */
  readonly head?: Head;
  /** Tokens of a row of inputs. Default: 128, or all positions where there are fewer. */
  readonly sequence?: number;
  /** Tokens of a row of answers, of an encoder–decoder. Default: `sequence`. */
  readonly answer?: number;
  /** Share of hidden values that are dropped in training. Default: as in the configuration. */
  readonly dropout?: number;
  /** Only the first layers of the network. Default: all. */
  readonly layers?: number;
}

/** Names of activations in configurations. */
const ACTIVATIONS: { readonly [name: string]: Activation } = {
  gelu: 'gelu',
  gelu_new: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  gelu_fast: 'geluTanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
};

/**
 * The model that a configuration of Python's transformers describes.
 *
 * @param file Its name, for messages.
 * @throws CL_CHECKPOINT for another architecture than 'bert', 'roberta', 'gpt2', 'llama' and 't5', or for a part of these that is not supported.
 */
export function modelOf(config: Config, file: string, options: ModelOptions = {}): Transformer {
  const head = options.head ?? headOf(config, file);
  switch (config.model_type) {
    case 'bert':
    case 'roberta':
      return bert(config, file, head, options);
    case 'gpt2':
      return gpt2(config, file, head, options);
    case 'llama':
      return llama(config, file, head, options);
    case 't5':
      return t5(config, file, head, options);
    default:
      throw refused(`${file}: the architecture '${String(config.model_type)}' is not known. Known are bert, roberta, gpt2, llama and t5.`);
  }
}

function reader(config: Config, file: string) {
  const number = (name: string, fallback?: number): number => {
    const value = config[name] ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw refused(`${file}: '${name}' must be a number, found ${JSON.stringify(config[name])}.`);
  };
  const activation = (name: string, fallback: string): Activation => {
    const value = String(config[name] ?? fallback);
    if (Object.hasOwn(ACTIVATIONS, value)) return ACTIVATIONS[value]!;
    throw refused(`${file}: '${name}' is '${value}'. Known are ${Object.keys(ACTIVATIONS).join(', ')}.`);
  };
  /** Parts of an architecture that have no counterpart here. */
  const only = (name: string, ...allowed: unknown[]): void => {
    if (config[name] === undefined || allowed.includes(config[name])) return;
    throw refused(
      `${file}: '${name}' is ${JSON.stringify(config[name])}; supported is ${allowed.map((value) => JSON.stringify(value)).join(', ')}.`,
    );
  };
  return { number, activation, only };
}

const shared = (options: ModelOptions, positions: number, layers: number) => ({
  positions,
  sequence: options.sequence ?? Math.min(positions, 128),
  layers: options.layers === undefined ? layers : Math.min(options.layers, layers),
});

function bert(config: Config, file: string, head: Head, options: ModelOptions): Transformer {
  const { number, activation, only } = reader(config, file);
  only('position_embedding_type', 'absolute', null);
  only('is_decoder', false, null);
  const dropout = options.dropout ?? number('hidden_dropout_prob', 0.1);
  // RoBERTa's positions are counted from behind the padding token's.
  const firstPosition = config.model_type === 'roberta' ? number('pad_token_id', 1) + 1 : 0;
  return encoder({
    ...shared(options, number('max_position_embeddings') - firstPosition, number('num_hidden_layers')),
    firstPosition,
    vocabulary: number('vocab_size'),
    width: number('hidden_size'),
    heads: number('num_attention_heads'),
    feedForward: number('intermediate_size'),
    activation: activation('hidden_act', 'gelu'),
    types: number('type_vocab_size', 2),
    dropout,
    attentionDropout: options.dropout ?? number('attention_probs_dropout_prob', dropout),
    epsilon: number('layer_norm_eps', 1e-12),
    deviation: number('initializer_range', 0.02),
    head,
  });
}

function gpt2(config: Config, file: string, head: Head, options: ModelOptions): Transformer {
  const { number, activation, only } = reader(config, file);
  only('scale_attn_by_inverse_layer_idx', false);
  only('scale_attn_weights', true);
  only('add_cross_attention', false);
  const width = number('n_embd');
  return decoder({
    ...shared(options, number('n_positions'), number('n_layer')),
    layout: 'gpt2',
    vocabulary: number('vocab_size'),
    width,
    heads: number('n_head'),
    feedForward: number('n_inner', 4 * width),
    activation: activation('activation_function', 'gelu_new'),
    dropout: options.dropout ?? number('resid_pdrop', 0.1),
    attentionDropout: options.dropout ?? number('attn_pdrop', 0.1),
    epsilon: number('layer_norm_epsilon', 1e-5),
    deviation: number('initializer_range', 0.02),
    head,
  });
}

function llama(config: Config, file: string, head: Head, options: ModelOptions): Transformer {
  const { number, activation, only } = reader(config, file);
  only('attention_bias', false);
  only('mlp_bias', false);
  only('rope_scaling', null);
  // Version 5 of transformers has the base inside of a record.
  const rotary = (config.rope_parameters ?? {}) as Config;
  reader(rotary, file).only('rope_type', 'default', null);
  const [width, heads] = [number('hidden_size'), number('num_attention_heads')];
  return decoder({
    ...shared(options, number('max_position_embeddings'), number('num_hidden_layers')),
    layout: 'llama',
    vocabulary: number('vocab_size'),
    width,
    heads,
    keyHeads: number('num_key_value_heads', heads),
    headSize: number('head_dim', width / heads),
    feedForward: number('intermediate_size'),
    activation: activation('hidden_act', 'silu'),
    base: reader(rotary, file).number('rope_theta', number('rope_theta', 10_000)),
    dropout: options.dropout ?? 0,
    attentionDropout: options.dropout ?? number('attention_dropout', 0),
    epsilon: number('rms_norm_eps', 1e-6),
    deviation: number('initializer_range', 0.02),
    head,
  });
}

function t5(config: Config, file: string, head: Head, options: ModelOptions): Transformer {
  const { number, only } = reader(config, file);
  only('scale_decoder_outputs', head.stored.language === 'tied');
  const [, gate, kind = ''] = /^(gated-)?(.*)$/.exec(String(config.feed_forward_proj ?? 'relu')) ?? [];
  const layers = number('num_layers');
  const first = (count: number) => Math.min(options.layers ?? count, count);
  const { sequence = 128, answer = sequence } = options;
  return encoderDecoder({
    ...{ sequence, answer, layers: first(layers), decoderLayers: first(number('num_decoder_layers', layers)) },
    vocabulary: number('vocab_size'),
    width: number('d_model'),
    heads: number('num_heads'),
    headSize: number('d_kv'),
    feedForward: number('d_ff'),
    // 'gated-gelu' means the approximation.
    activation: gate && kind === 'gelu' ? 'geluTanh' : reader({ feed_forward_proj: kind }, file).activation('feed_forward_proj', 'relu'),
    gated: gate !== undefined,
    buckets: number('relative_attention_num_buckets', 32),
    distance: number('relative_attention_max_distance', 128),
    start: number('decoder_start_token_id', 0),
    dropout: options.dropout ?? number('dropout_rate', 0.1),
    epsilon: number('layer_norm_epsilon', 1e-6),
    head,
  });
}

/** The head that the class in `architectures` has. */
function headOf(config: Config, file: string): Head {
  const [name = ''] = Array.isArray(config.architectures) ? (config.architectures as string[]) : [];
  const labels = config.id2label ? Object.keys(config.id2label).length : ((config.num_labels as number | undefined) ?? 2);
  if (/ForTokenClassification$/.test(name)) return tokens({ outputs: labels });
  if (/ForSequenceClassification$/.test(name)) {
    return classifier({ outputs: labels, pooling: /^(ro)?bert/.test(String(config.model_type)) ? 'pooler' : 'last' });
  }
  if (/(ForMaskedLM|LMHeadModel|ForCausalLM|ForPreTraining|ForConditionalGeneration)$/.test(name))
    // Where the file does not say, it is as their class has it.
    return language({ tied: ((config.tie_word_embeddings as boolean | undefined) ?? config.model_type !== 'llama') !== false });
  if (/For[A-Z]/.test(name))
    throw refused(`${file}: there is no head for '${name}'. Say which one you want: { head: tokens({ outputs: 9 }) }.`);
  return sentences();
}

/** The configuration of a model, as Python's transformers read it. */
export function configOf({ architecture, outputs }: Transformer): Config {
  const { options } = architecture;
  const { head } = options;
  const labels = Object.fromEntries(Array.from({ length: outputs }, (_, i) => [i, `LABEL_${i}`]));
  return {
    architectures: [classOf(architecture)],
    model_type: isRoberta(architecture) ? 'roberta' : architecture.layout,
    vocab_size: options.vocabulary,
    ...('deviation' in options && { initializer_range: options.deviation }),
    ...(head.stored.classifiers.length > 0 && {
      id2label: labels,
      label2id: Object.fromEntries(Object.entries(labels).map(([i, label]) => [label, Number(i)])),
    }),
    tie_word_embeddings: head.stored.language !== 'own',
    ...sizesOf(architecture),
  };
}

/** The token that begins and ends GPT-2's texts. */
const GPT2_END = 50_256;

const nameOf = (activation: Activation): string => Object.keys(ACTIVATIONS).find((name) => ACTIVATIONS[name] === activation)!;

function sizesOf(architecture: Architecture): Config {
  if (architecture.layout === 't5') return t5Sizes(architecture.options);
  const { width, layers, heads, feedForward, activation, positions, dropout, attentionDropout, epsilon } = architecture.options;
  if (architecture.layout === 'gpt2') {
    return {
      ...{ n_positions: positions, n_embd: width, n_layer: layers, n_head: heads, n_inner: feedForward },
      ...{ activation_function: nameOf(activation), resid_pdrop: dropout, embd_pdrop: dropout, attn_pdrop: attentionDropout },
      layer_norm_epsilon: epsilon,
      // Python takes GPT-2's own where none is named, also where there is no such token.
      ...(architecture.options.vocabulary <= GPT2_END && { bos_token_id: null, eos_token_id: null }),
    };
  }
  const sizes = {
    ...{ hidden_size: width, num_hidden_layers: layers, num_attention_heads: heads, intermediate_size: feedForward },
    ...{ hidden_act: nameOf(activation), max_position_embeddings: positions },
  };
  if (architecture.layout !== 'bert') {
    const { keyHeads, headSize, base } = architecture.options;
    return {
      ...{ ...sizes, num_key_value_heads: keyHeads, head_dim: headSize, rope_theta: base, rms_norm_eps: epsilon },
      ...{ attention_dropout: attentionDropout, attention_bias: false, mlp_bias: false },
    };
  }
  const { types, firstPosition } = architecture.options;
  return {
    ...{ ...sizes, max_position_embeddings: firstPosition + positions, type_vocab_size: types, layer_norm_eps: epsilon },
    pad_token_id: Math.max(firstPosition - 1, 0),
    ...{ hidden_dropout_prob: dropout, attention_probs_dropout_prob: attentionDropout },
  };
}

function t5Sizes(options: Extract<Architecture, { layout: 't5' }>['options']): Config {
  const { activation, gated, head } = options;
  const proj = gated && activation === 'geluTanh' ? 'gelu' : nameOf(activation);
  return {
    ...{ d_model: options.width, d_kv: options.headSize, d_ff: options.feedForward, num_heads: options.heads },
    ...{ num_layers: options.layers, num_decoder_layers: options.decoderLayers },
    ...{ relative_attention_num_buckets: options.buckets, relative_attention_max_distance: options.distance },
    ...{ feed_forward_proj: gated ? `gated-${proj}` : proj, dropout_rate: options.dropout, layer_norm_epsilon: options.epsilon },
    ...{ is_encoder_decoder: true, scale_decoder_outputs: head.stored.language === 'tied' },
    ...{ decoder_start_token_id: options.start, pad_token_id: 0, eos_token_id: 1 },
  };
}

/** The class of Python's transformers; that without a head where none of theirs is the same. */
function classOf(architecture: Architecture): string {
  const { layout, options } = architecture;
  if (layout === 't5') return 'T5ForConditionalGeneration';
  const { kind, stored } = options.head;
  const name = isRoberta(architecture) ? 'Roberta' : { bert: 'Bert', gpt2: 'GPT2', llama: 'Llama' }[layout];
  if (kind === 'tokens') return `${name}ForTokenClassification`;
  if (kind === 'classifier' && (layout !== 'bert' || stored.pooler)) return `${name}ForSequenceClassification`;
  if (kind === 'language') return { bert: `${name}ForMaskedLM`, gpt2: 'GPT2LMHeadModel', llama: 'LlamaForCausalLM' }[layout];
  return `${name}Model`;
}
