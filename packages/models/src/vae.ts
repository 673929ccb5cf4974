import {
  type ApplyOptions,
  checkInteger,
  checkKnown,
  checkList,
  checkOneOf,
  dense,
  type Model,
  named,
  normal,
  type Objective,
  sizeOf,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { denseLayer, INITIALIZERS, type Initializer, kernelAndBias, type Layer } from './dense-layer.js';

export interface VaeOptions {
  /** Size of an input row, or its shape: [28, 28, 1]. */
  readonly inputs: number | readonly number[];
  /** Units of the encoder's hidden layers; the decoder has the same in reverse. Default [400, 400]. */
  readonly hidden?: readonly number[];
  /** Size of the code z, at least 1. Default 100. */
  readonly latent?: number;
  /** What an input is, given its code. `bernoulli`: numbers in [0, 1], such as grey values. `gaussian`: any, with variance 1. Default 'bernoulli'. */
  readonly decoder?: 'bernoulli' | 'gaussian';
  /** How kernels begin. Default 'pytorchUniform'. */
  readonly initializer?: Initializer;
}

/** A variational autoencoder: a model to be trained with the objective `elbo`, that draws inputs like those that it has seen. */
export interface Vae extends Model {
  readonly decoder: Decoder;
  /** Size of the code z. */
  readonly latent: number;
  /** Mean and logarithm of the variance of q(z | x), [rows, latent] each. */
  encode(parameters: NamedTensorMap, x: Tensor): { readonly mean: Tensor2D; readonly logVariance: Tensor2D };
  /** The expected inputs for codes, [rows, …inputs]: where `z` is standard normal, draws from the model. */
  sample(parameters: NamedTensorMap, z: Tensor2D): Tensor;
  /** −ELBO of each row, [rows], at z = mean + deviation × `noise`, standard normal [rows, latent]. */
  losses(parameters: NamedTensorMap, x: Tensor, noise: Tensor2D): Tensor1D;
}

/**
 * A variational autoencoder of dense layers with ReLU (Kingma & Welling, "Auto-encoding variational Bayes", ICLR 2014, arXiv 1312.6114):
 *
 *     −ELBO = −E log p(x | z) + KL(q(z | x) ‖ N(0, 1)),   z = μ(x) + σ(x) ε,   KL = −½ Σ (1 + log σ² − μ² − σ²)
 *
 * As a model, its outputs are the decoder's (logits or means, flat), μ and log σ², one after another. In training, ε is drawn from the
 * step's seed; else it is 0. Parameters: 'encoder/dense0/kernel', …, 'encoder/mean/kernel', 'encoder/logVariance/kernel',
 * 'decoder/dense0/kernel', …, 'decoder/output/kernel', and biases. With the defaults the network of van de Ven et al. (2022) for MNIST.
 *
 * @example const model = vae({ inputs: 784 }); new Learner({ model, objective: elbo(model), optimizer: adam(1e-3), scenario: 'domain' })
 */
export function vae(options: VaeOptions): Vae {
  checkKnown('vae', options, ['inputs', 'hidden', 'latent', 'decoder', 'initializer']);
  const { hidden = [400, 400], latent = 100, decoder = 'bernoulli', initializer = 'pytorchUniform' } = options;
  const inputs = typeof options.inputs === 'number' ? [options.inputs] : options.inputs;
  checkList('vae', 'inputs', inputs, (length, name) => checkInteger('vae', name, length, { min: 1 }));
  checkList('vae', 'hidden', hidden, (units, name) => checkInteger('vae', name, units, { min: 1 }));
  checkInteger('vae', 'latent', latent, { min: 1 });
  checkOneOf('vae', 'decoder', decoder, ['bernoulli', 'gaussian']);
  checkOneOf('vae', 'initializer', initializer, INITIALIZERS);

  const size = sizeOf(inputs);
  const hiddenLayers = (part: string, from: number, units: readonly number[]) =>
    units.map((count, i) =>
      denseLayer({ name: `${part}/dense${i}`, inputs: i === 0 ? from : units[i - 1]!, units: count, role: 'trunk', initializer }),
    );
  const reversed = [...hidden].reverse();
  const encoding = hiddenLayers('encoder', size, hidden);
  const decoding = hiddenLayers('decoder', latent, reversed);
  const toMean = linearLayer('encoder/mean', hidden.at(-1) ?? size, latent, initializer);
  const toLogVariance = linearLayer('encoder/logVariance', hidden.at(-1) ?? size, latent, initializer);
  const toOutput = linearLayer('decoder/output', reversed.at(-1) ?? latent, size, initializer);
  const layers = [...encoding, toMean, toLogVariance, ...decoding, toOutput];

  const through = (some: readonly Layer[], parameters: NamedTensorMap, x: Tensor, apply: ApplyOptions): Tensor =>
    some.reduce((value, layer) => layer.apply(parameters, value, apply), x);
  const encode = (parameters: NamedTensorMap, x: Tensor, apply: ApplyOptions = {}) => {
    const code = through(encoding, parameters, flat(x), apply);
    return {
      mean: toMean.apply(parameters, code, apply) as Tensor2D,
      logVariance: toLogVariance.apply(parameters, code, apply) as Tensor2D,
    };
  };
  const decode = (parameters: NamedTensorMap, z: Tensor, apply: ApplyOptions = {}) =>
    toOutput.apply(parameters, through(decoding, parameters, z, apply), apply) as Tensor2D;

  return {
    name: `vae-${[size, ...hidden, latent].join('-')}`,
    inputs,
    outputs: size + 2 * latent,
    latent,
    decoder,
    parameters: Object.assign({}, ...layers.map((layer) => layer.parameters)),
    sites: layers.flatMap((layer) => layer.sites),
    apply(parameters, x, apply = {}) {
      const { mean, logVariance } = encode(parameters, x as Tensor, apply);
      const noise = apply.training && apply.seed ? (normal(mean.shape, apply.seed) as Tensor2D) : null;
      return { outputs: tf.concat([decode(parameters, reparameterized(mean, logVariance, noise), apply), mean, logVariance], 1) };
    },
    encode,
    sample(parameters, z) {
      const x = decode(parameters, z);
      return tf.reshape(decoder === 'bernoulli' ? tf.sigmoid(x) : x, [z.shape[0], ...inputs]);
    },
    losses(parameters, x, noise) {
      const { mean, logVariance } = encode(parameters, x);
      return negativeElbo(decoder, x, { decoded: decode(parameters, reparameterized(mean, logVariance, noise)), mean, logVariance });
    },
  };
}

/**
 * The evidence lower bound, for training a `vae` as any other model: targets are the inputs themselves, labels do not count. Reports
 * `elbo`, in nats a row.
 *
 * @param model The model that is trained.
 */
export function elbo({ decoder, inputs, latent }: Vae): Objective {
  const size = sizeOf(inputs as readonly number[]);
  const losses = (outputs: Tensor, x: unknown) => {
    const [decoded, mean, logVariance] = tf.split(outputs as Tensor2D, [size, latent, latent], 1) as [Tensor2D, Tensor2D, Tensor2D];
    return negativeElbo(decoder, x as Tensor, { decoded, mean, logVariance });
  };
  return {
    name: 'elbo',
    terms: (outputs, batch) => ({ losses: losses(outputs, batch.x), weights: batch.weight }),
    measure: (outputs, batch) => ({
      elbo: { sum: tf.neg(tf.sum(tf.mul(losses(outputs, batch.x), batch.weight))) as Scalar, weight: tf.sum(batch.weight) },
    }),
  };
}

type Decoder = NonNullable<VaeOptions['decoder']>;

const flat = (x: Tensor): Tensor2D => tf.reshape(x, [x.shape[0]!, -1]);

/** A draw from N(μ, σ²) as a differentiable function of μ and log σ². */
const reparameterized = (mean: Tensor2D, logVariance: Tensor2D, noise: Tensor2D | null): Tensor2D =>
  noise ? tf.add(mean, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), noise)) : mean;

interface Parts {
  /** Logits of probabilities, or means: [rows, size of an input]. */
  readonly decoded: Tensor2D;
  readonly mean: Tensor2D;
  readonly logVariance: Tensor2D;
}

function negativeElbo(decoder: Decoder, x: Tensor, { decoded, mean, logVariance }: Parts): Tensor1D {
  // −x log p − (1 − x) log(1 − p) with p = sigmoid(l) is softplus(l) − x l. The Gaussian's constant is left out.
  const errors =
    decoder === 'bernoulli' ? tf.sub(tf.softplus(decoded), tf.mul(flat(x), decoded)) : tf.mul(tf.squaredDifference(decoded, flat(x)), 0.5);
  const divergences = tf.mul(tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), tf.add(logVariance, 1)), 0.5);
  return tf.add(tf.sum(errors, 1), tf.sum(divergences, 1));
}

/** A dense layer without activation that is no classifier. */
function linearLayer(name: string, inputs: number, units: number, initializer: Initializer): Layer {
  const [kernel, bias] = [`${name}/kernel`, `${name}/bias`];
  const input = { name: `${name}/input`, kind: 'input', units: inputs, feeds: [kernel] } as const;
  const preactivation = { name: `${name}/preactivation`, kind: 'preactivation', units, fedBy: [kernel, bias] } as const;
  return {
    parameters: kernelAndBias(name, [inputs, units], inputs, units, 'trunk', { op: 'dense' }, initializer),
    sites: [input, preactivation],
    apply(parameters, x, { at = (_site, value) => value }) {
      const sum = dense(at(input, x), named(parameters, kernel) as Tensor2D, named(parameters, bias) as Tensor1D);
      return at(preactivation, sum);
    },
  };
}
