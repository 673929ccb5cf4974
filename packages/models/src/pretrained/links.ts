import { WORDS } from '../transformer/embedding.js';
import type { Architecture, Transformer } from '../transformer/index.js';

/** Which parameters a stored tensor holds. */
export interface Link {
  readonly stored: string;
  /** Side by side along the last axis. */
  readonly names: readonly string[];
  /** True: stored as [out, in], as PyTorch's linear layers are. */
  readonly transposed: boolean;
}

export interface Layout {
  /** What the names of the network below the head begin with, in files that have a head. */
  readonly prefix: string;
  /** Of the network below the head, without the prefix. */
  readonly trunk: readonly Link[];
  readonly head: readonly Link[];
  /** What an output layer of its own is stored as; where it is tied, a copy of the table of words may stand there. */
  readonly output: string;
  /** Stored beside the others in some files and of no use: copies of tied weights, buffers, heads that the model does not have. */
  readonly spare: readonly RegExp[];
}

/** How Python's transformers name and lay out the parameters of a model. */
export function layoutOf(model: Transformer): Layout {
  switch (model.architecture.layout) {
    case 'bert':
      return isRoberta(model.architecture) ? roberta(model) : bert(model);
    case 'gpt2':
      return gpt2(model);
    case 'llama':
      return llama(model);
    case 't5':
      return t5(model.architecture.options);
  }
}

const plain = (stored: string, name: string): Link => ({ stored, names: [name], transposed: false });
const kernel = (stored: string, ...names: string[]): Link => ({ stored, names, transposed: true });

/** Weight and bias of a linear layer. */
const layer = (stored: string, name: string): Link[] => [
  kernel(`${stored}.weight`, `${name}/kernel`),
  plain(`${stored}.bias`, `${name}/bias`),
];

const norm = (stored: string, name: string): Link[] => [
  plain(`${stored}.weight`, `${name}/scale`),
  plain(`${stored}.bias`, `${name}/offset`),
];

const perLayer = ({ architecture }: Transformer, links: (i: number) => readonly Link[]): Link[] =>
  Array.from({ length: architecture.options.layers }, (_, i) => links(i)).flat();

/** A linear classifier, whose heads are stored as one. */
function classifierOf(model: Transformer, stored: string): Link[] {
  const { classifiers } = model.architecture.options.head.stored;
  const part = (kind: string) => classifiers.map((name) => `${name}/${kind}`).filter((name) => model.parameters[name]);
  const [kernels, biases] = [part('kernel'), part('bias')];
  return [
    ...(kernels.length > 0 ? [kernel(`${stored}.weight`, ...kernels)] : []),
    ...(biases.length > 0 ? [{ stored: `${stored}.bias`, names: biases, transposed: false }] : []),
  ];
}

function bert(model: Transformer): Layout {
  const { types, head } = model.architecture.options as { types: number } & Transformer['architecture']['options'];
  const { pooler, language } = head.stored;
  const transform = 'cls.predictions.transform';
  return {
    prefix: 'bert.',
    trunk: [
      plain('embeddings.word_embeddings.weight', WORDS),
      plain('embeddings.position_embeddings.weight', 'embedding/positions'),
      ...(types > 0 ? [plain('embeddings.token_type_embeddings.weight', 'embedding/types')] : []),
      ...norm('embeddings.LayerNorm', 'embedding/norm'),
      ...perLayer(model, (i) => [
        ...layer(`encoder.layer.${i}.attention.self.query`, `layer${i}/attention/query`),
        ...layer(`encoder.layer.${i}.attention.self.key`, `layer${i}/attention/key`),
        ...layer(`encoder.layer.${i}.attention.self.value`, `layer${i}/attention/value`),
        ...layer(`encoder.layer.${i}.attention.output.dense`, `layer${i}/attention/output`),
        ...norm(`encoder.layer.${i}.attention.output.LayerNorm`, `layer${i}/attention/norm`),
        ...layer(`encoder.layer.${i}.intermediate.dense`, `layer${i}/feedForward/inner`),
        ...layer(`encoder.layer.${i}.output.dense`, `layer${i}/feedForward/outer`),
        ...norm(`encoder.layer.${i}.output.LayerNorm`, `layer${i}/feedForward/norm`),
      ]),
      ...(pooler ? layer('pooler.dense', 'pooler') : []),
    ],
    head: [
      ...(language === 'none'
        ? []
        : [
            plain('cls.predictions.bias', 'head/bias'),
            ...layer(`${transform}.dense`, 'transform'),
            ...norm(`${transform}.LayerNorm`, 'transform/norm'),
          ]),
      ...(language === 'own' ? [kernel('cls.predictions.decoder.weight', 'head/kernel')] : []),
      ...classifierOf(model, 'classifier'),
    ],
    output: 'cls.predictions.decoder.weight',
    spare: [/^embeddings\.position_ids$/, /^pooler\./, /^cls\./, /^classifier\./],
  };
}

/** RoBERTa is BERT whose positions begin later. What it adds to the network goes by other names. */
export const isRoberta = ({ layout, options }: Architecture): boolean => layout === 'bert' && options.firstPosition > 0;

function roberta(model: Transformer): Layout {
  const { language, pooler, classifiers } = model.architecture.options.head.stored;
  const { trunk } = bert(model);
  // Its classifier's own dense layer is what BERT has as its pooler.
  const classifies = pooler && classifiers.length > 0;
  return {
    prefix: 'roberta.',
    trunk: classifies ? trunk.filter(({ names }) => !names[0]!.startsWith('pooler/')) : trunk,
    head: [
      ...(language === 'none'
        ? []
        : [plain('lm_head.bias', 'head/bias'), ...layer('lm_head.dense', 'transform'), ...norm('lm_head.layer_norm', 'transform/norm')]),
      ...(language === 'own' ? [kernel('lm_head.decoder.weight', 'head/kernel')] : []),
      ...(classifies ? layer('classifier.dense', 'pooler') : []),
      ...classifierOf(model, classifies ? 'classifier.out_proj' : 'classifier'),
    ],
    output: 'lm_head.decoder.weight',
    spare: [/^embeddings\.position_ids$/, /^pooler\./, /^lm_head\./, /^classifier\./],
  };
}

function gpt2(model: Transformer): Layout {
  const { kind, stored } = model.architecture.options.head;
  // GPT-2's own layers are stored as [in, out].
  const own = (stored: string, ...names: string[]): Link[] => [
    { stored: `${stored}.weight`, names: names.map((name) => `${name}/kernel`), transposed: false },
    { stored: `${stored}.bias`, names: names.map((name) => `${name}/bias`), transposed: false },
  ];
  return {
    prefix: 'transformer.',
    trunk: [
      plain('wte.weight', WORDS),
      plain('wpe.weight', 'embedding/positions'),
      ...perLayer(model, (i) => [
        ...norm(`h.${i}.ln_1`, `layer${i}/attention/norm`),
        ...own(`h.${i}.attn.c_attn`, `layer${i}/attention/query`, `layer${i}/attention/key`, `layer${i}/attention/value`),
        ...own(`h.${i}.attn.c_proj`, `layer${i}/attention/output`),
        ...norm(`h.${i}.ln_2`, `layer${i}/feedForward/norm`),
        ...own(`h.${i}.mlp.c_fc`, `layer${i}/feedForward/inner`),
        ...own(`h.${i}.mlp.c_proj`, `layer${i}/feedForward/outer`),
      ]),
      ...norm('ln_f', 'norm'),
    ],
    head: [
      ...(stored.language === 'own' ? [kernel('lm_head.weight', 'head/kernel')] : []),
      ...classifierOf(model, kind === 'tokens' ? 'classifier' : 'score'),
    ],
    output: 'lm_head.weight',
    spare: [/^h\.\d+\.attn\.(bias|masked_bias)$/, /^lm_head\./, /^score\./, /^classifier\./],
  };
}

function llama(model: Transformer): Layout {
  const { stored } = model.architecture.options.head;
  const weight = (stored: string, name: string): Link => kernel(`${stored}.weight`, `${name}/kernel`);
  return {
    prefix: 'model.',
    trunk: [
      plain('embed_tokens.weight', WORDS),
      ...perLayer(model, (i) => [
        weight(`layers.${i}.self_attn.q_proj`, `layer${i}/attention/query`),
        weight(`layers.${i}.self_attn.k_proj`, `layer${i}/attention/key`),
        weight(`layers.${i}.self_attn.v_proj`, `layer${i}/attention/value`),
        weight(`layers.${i}.self_attn.o_proj`, `layer${i}/attention/output`),
        weight(`layers.${i}.mlp.gate_proj`, `layer${i}/feedForward/gate`),
        weight(`layers.${i}.mlp.up_proj`, `layer${i}/feedForward/inner`),
        weight(`layers.${i}.mlp.down_proj`, `layer${i}/feedForward/outer`),
        plain(`layers.${i}.input_layernorm.weight`, `layer${i}/attention/norm/scale`),
        plain(`layers.${i}.post_attention_layernorm.weight`, `layer${i}/feedForward/norm/scale`),
      ]),
      plain('norm.weight', 'norm/scale'),
    ],
    head: [...(stored.language === 'own' ? [kernel('lm_head.weight', 'head/kernel')] : []), ...classifierOf(model, 'score')],
    output: 'lm_head.weight',
    spare: [/rotary_emb\.inv_freq$/, /^lm_head\./, /^score\./],
  };
}

function t5({ layers, decoderLayers, gated, head }: Extract<Architecture, { layout: 't5' }>['options']): Layout {
  const weight = (stored: string, name: string): Link => kernel(`${stored}.weight`, `${name}/kernel`);
  const scale = (stored: string, name: string): Link => plain(`${stored}.weight`, `${name}/norm/scale`);
  const looking = (stored: string, name: string): Link[] =>
    Object.entries({ q: 'query', k: 'key', v: 'value', o: 'output' }).map(([letter, part]) =>
      weight(`${stored}.${letter}`, `${name}/${part}`),
    );
  const thinking = (stored: string, name: string): Link[] => [
    ...(gated
      ? [weight(`${stored}.DenseReluDense.wi_0`, `${name}/gate`), weight(`${stored}.DenseReluDense.wi_1`, `${name}/inner`)]
      : [weight(`${stored}.DenseReluDense.wi`, `${name}/inner`)]),
    weight(`${stored}.DenseReluDense.wo`, `${name}/outer`),
    scale(`${stored}.layer_norm`, name),
  ];
  const half = (name: 'encoder' | 'decoder', count: number): Link[] => [
    plain(`${name}.block.0.layer.0.SelfAttention.relative_attention_bias.weight`, `${name}/positions`),
    ...Array.from({ length: count }, (_, i) => {
      const [stored, own] = [`${name}.block.${i}.layer`, `${name}/layer${i}`];
      const cross =
        name === 'decoder'
          ? [...looking(`${stored}.1.EncDecAttention`, `${own}/cross`), scale(`${stored}.1.layer_norm`, `${own}/cross`)]
          : [];
      return [
        ...looking(`${stored}.0.SelfAttention`, `${own}/attention`),
        scale(`${stored}.0.layer_norm`, `${own}/attention`),
        ...cross,
        ...thinking(`${stored}.${name === 'decoder' ? 2 : 1}`, `${own}/feedForward`),
      ];
    }).flat(),
    plain(`${name}.final_layer_norm.weight`, `${name}/norm/scale`),
  ];
  return {
    prefix: '',
    trunk: [plain('shared.weight', WORDS), ...half('encoder', layers), ...half('decoder', decoderLayers)],
    head: head.stored.language === 'own' ? [kernel('lm_head.weight', 'head/kernel')] : [],
    output: 'lm_head.weight',
    // Copies of the shared table; and a table that early files have and nothing uses.
    spare: [/^(en|de)coder\.embed_tokens\.weight$/, /^lm_head\./, /EncDecAttention\.relative_attention_bias/],
  };
}
