import { WORDS } from '../transformer/embedding.js';
import type { Transformer } from '../transformer/index.js';

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
  /** Stored beside the others in some files and of no use: copies of tied weights, buffers, heads that the model does not have. */
  readonly spare: readonly RegExp[];
}

/** How Python's transformers name and lay out the parameters of a model. */
export function layoutOf(model: Transformer): Layout {
  switch (model.architecture.layout) {
    case 'bert':
      return bert(model);
    case 'gpt2':
      return gpt2(model);
    case 'llama':
      return llama(model);
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
    spare: [/^embeddings\.position_ids$/, /^pooler\./, /^cls\./, /^classifier\./],
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
    spare: [/rotary_emb\.inv_freq$/, /^lm_head\./, /^score\./],
  };
}
