import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { difference, entry, native, values } from './support.js';

beforeAll(native);

type Op = (x: tf.Tensor2D, w: tf.Tensor2D) => tf.Tensor | readonly tf.Tensor[];

const images = (x: tf.Tensor): tf.Tensor4D => tf.reshape(tf.tile(x, [4, 3]), [2, 4, 4, 9]) as tf.Tensor4D;
const volumes = (x: tf.Tensor): tf.Tensor5D => tf.reshape(tf.tile(x, [4, 4]), [2, 4, 4, 4, 3]) as tf.Tensor5D;

/** Plain tfjs ops on matrices [4, 6]: what users' models and strategies are made of. */
const OPS: { readonly [name: string]: Op } = {
  'arithmetic with numbers and broadcasting': (x, w) =>
    tf.div(tf.sub(tf.mul(tf.add(x, 1.5), w), tf.mean(x, 1, true)), tf.maximum(tf.abs(w), 0.1)),
  'square, root, power and modulus': (x, w) => [
    tf.sqrt(tf.square(x)),
    tf.rsqrt(tf.add(tf.square(x), 1)),
    tf.pow(tf.abs(x), 1.5),
    tf.mod(x, tf.add(tf.abs(w), 1)),
  ],
  'exponentials and logarithms': (x) => [tf.exp(x), tf.expm1(x), tf.log(tf.add(tf.abs(x), 1)), tf.log1p(tf.abs(x)), tf.logSumExp(x, 1)],
  trigonometry: (x) => [tf.sin(x), tf.cos(x), tf.tanh(x), tf.atan(x), tf.asinh(x)],
  activations: (x, w) => [
    tf.relu(x),
    tf.relu6(x),
    tf.elu(x),
    tf.selu(x),
    tf.leakyRelu(x, 0.2),
    tf.prelu(x, tf.abs(w)),
    tf.sigmoid(x),
    tf.logSigmoid(x),
    tf.softplus(x),
    tf.softmax(x),
    tf.logSoftmax(x),
    tf.step(x, 0.5),
  ],
  'GELU by erf': (x) => tf.mul(tf.mul(0.5, x), tf.add(1, tf.erf(tf.div(x, Math.SQRT2)))),
  comparisons: (x, w) => [
    tf.greater(x, w),
    tf.less(x, w),
    tf.equal(x, x),
    tf.notEqual(x, w),
    tf.logicalAnd(tf.greaterEqual(x, 0), tf.lessEqual(w, 0)),
    tf.logicalXor(tf.greater(x, 0), tf.greater(w, 0)),
    tf.where(tf.greater(x, w), x, w),
    tf.cast(tf.greater(x, 0), 'int32'),
  ],
  reductions: (x) => [
    tf.sum(x, 0),
    tf.mean(x, 1),
    tf.max(x, 1),
    tf.min(x, 0),
    tf.prod(x, 1),
    tf.any(tf.greater(x, 0), 1),
    tf.all(tf.greater(x, -2), 1),
    tf.norm(x),
    tf.norm(x, 1, 0),
    ...Object.values(tf.moments(x, 0)),
  ],
  'order and position': (x) => [
    tf.argMax(x, 1),
    tf.argMin(x, 0),
    ...Object.values(tf.topk(x, 3)),
    tf.cumsum(x, 1, true, true),
    tf.reverse(x, 1),
  ],
  shapes: (x, w) => [
    tf.reshape(x, [2, 12]),
    tf.transpose(x),
    tf.expandDims(x, 1),
    tf.squeeze(tf.expandDims(x, 0)),
    tf.tile(x, [2, 1]),
    tf.pad(
      x,
      [
        [1, 0],
        [0, 2],
      ],
      3,
    ),
    tf.mirrorPad(
      x,
      [
        [1, 1],
        [1, 1],
      ],
      'reflect',
    ),
    tf.slice(x, [1, 2], [2, 3]),
    tf.concat([x, w], 1),
    tf.stack([x, w], 2),
    ...tf.unstack(x),
    ...tf.split(w, [1, 2, 3], 1),
    tf.broadcastTo(tf.slice(x, [0, 0], [1, 6]), [4, 6]),
  ],
  constants: (x) => [
    tf.zerosLike(x),
    tf.onesLike(x),
    tf.fill([2, 3], 7),
    tf.ones([2, 2]),
    tf.eye(3),
    tf.range(0, 5),
    tf.linspace(0, 1, 4),
    tf.oneHot(tf.tensor1d([0, 2], 'int32'), 3),
    tf.tensor1d([true, false]),
    tf.scalar(3, 'int32'),
  ],
  products: (x, w) => [
    tf.matMul(x, w, false, true),
    tf.dot(x, tf.transpose(w)),
    tf.outerProduct(tf.reshape(x, [24]) as tf.Tensor1D, tf.reshape(w, [24]) as tf.Tensor1D),
    tf.matMul(tf.reshape(x, [2, 2, 6]), tf.reshape(w, [2, 6, 2])),
  ],
  'indexing by tensors': (x) => {
    const rows = tf.tensor1d([0, 2, 1, 0], 'int32');
    return [
      tf.stridedSlice(x, [0, 1], [4, 6], [2, 2]),
      tf.unsortedSegmentSum(x, rows, 3),
      tf.gatherND(
        x,
        tf.tensor2d(
          [
            [0, 1],
            [3, 5],
          ],
          [2, 2],
          'int32',
        ),
      ),
      tf.scatterND(tf.tensor2d([[0], [2]], [2, 1], 'int32'), tf.slice(x, 0, 2), [4, 6]),
      tf.tensorScatterUpdate(x, tf.tensor2d([[1]], [1, 1], 'int32'), tf.ones([1, 6])),
      // Constant indices may be read by tfjs: they are the same each time.
      tf.gather(x, [2, 0, 2]),
    ];
  },
  'convolution and pooling': (x) => {
    const image = images(x);
    const kernel = tf.reshape(tf.range(0, 81), [3, 3, 9, 1]) as tf.Tensor4D;
    return [
      tf.conv2d(image, kernel, 1, 'same'),
      tf.depthwiseConv2d(image, kernel, 1, 'valid'),
      tf.conv2dTranspose(image, tf.ones([2, 2, 3, 9]), [2, 8, 8, 3], 2, 'same'),
      tf.maxPool(image, 2, 2, 'valid'),
      tf.avgPool(image, 2, 1, 'same'),
      tf.conv3d(volumes(x), tf.ones([2, 2, 2, 3, 2]), 1, 'same'),
      tf.maxPool3d(volumes(x), 2, 2, 'valid'),
    ];
  },
  normalisation: (x) => [
    tf.batchNorm(images(x), tf.zeros([9]), tf.ones([9]), tf.fill([9], 0.5), tf.fill([9], 2), 1e-3),
    tf.localResponseNormalization(images(x), 2),
  ],
  images: (x) => [
    tf.image.resizeBilinear(images(x), [3, 5]),
    tf.image.resizeNearestNeighbor(images(x), [6, 2]),
    tf.image.flipLeftRight(images(x)),
    tf.depthToSpace(tf.slice(images(x), 0, [2, 4, 4, 8]) as tf.Tensor4D, 2),
    tf.spaceToBatchND(
      images(x),
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  ],
  'other forms of sums of products': (x, w) => [
    tf.einsum('ij,kj->ik', x, w),
    tf.conv2d(images(x), tf.ones([3, 3, 9, 1]), 1, [
      [0, 0],
      [1, 1],
      [1, 0],
      [0, 0],
    ]),
  ],
  decompositions: (x) => tf.linalg.qr(tf.slice(x, 0, [4, 4])),
  losses: (x, w) => [
    tf.losses.softmaxCrossEntropy(tf.softmax(w), x),
    tf.losses.meanSquaredError(w, x),
    tf.losses.sigmoidCrossEntropy(tf.sigmoid(w), x),
    tf.losses.huberLoss(w, x),
    tf.losses.cosineDistance(w, x, 1),
  ],
};

/** Ops without a gradient in tfjs, or whose gradient reads values back. */
const NO_GRADIENT = /^(comparisons|order|constants|indexing|images|other|decompositions)/;

describe.each(Object.keys(OPS))('plain tfjs: %s', (name) => {
  const op = OPS[name]!;
  const list = (result: tf.Tensor | readonly tf.Tensor[]): tf.Tensor[] => (result instanceof tf.Tensor ? [result] : [...result]);

  it('compiled as eager', () => {
    const step = entry('op', ({ x, w }: { x: tf.Tensor2D; w: tf.Tensor2D }) => ({ outputs: list(op(x, w)) }));
    expect(
      difference(
        step,
        (n) => ({ x: values([4, 6], n), w: values([4, 6], n + 9) }),
        () => null,
      ),
    ).toBeLessThan(1e-5);
  });

  if (NO_GRADIENT.test(name)) return;
  it('and its gradient', () => {
    const step = entry('gradient', ({ x, w }: { x: tf.Tensor2D; w: tf.Tensor2D }) => {
      const loss = (a: tf.Tensor): tf.Scalar =>
        tf.addN(
          list(op(a as tf.Tensor2D, w))
            .filter(({ dtype }) => dtype === 'float32')
            .map((tensor) => tf.sum(tf.square(tensor))),
        ) as tf.Scalar;
      return { outputs: tf.grad(loss)(x) };
    });
    expect(
      difference(
        step,
        (n) => ({ x: values([4, 6], n), w: values([4, 6], n + 9) }),
        () => null,
      ),
    ).toBeLessThan(1e-5);
  });
});

describe('a transformer block in plain tfjs', () => {
  it('compiled as eager, with its gradients', () => {
    const [batch, length, width, heads] = [2, 5, 8, 2];
    const shapes = { q: [8, 8], k: [8, 8], v: [8, 8], o: [8, 8], up: [8, 16], down: [16, 8], gain: [8], table: [11, 8] };
    const state = () =>
      Object.fromEntries(Object.entries(shapes).map(([name, shape], i) => [name, values(shape, i)])) as {
        [name in keyof typeof shapes]: tf.Tensor;
      };
    const layerNorm = (x: tf.Tensor, gain: tf.Tensor): tf.Tensor => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), gain);
    };
    const split = (x: tf.Tensor): tf.Tensor => tf.transpose(tf.reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
    const step = entry('step', ({ x, mask }: { x: tf.Tensor; mask: tf.Tensor }, s: ReturnType<typeof state>) => {
      const names = Object.keys(s) as (keyof typeof s)[];
      const lossOf = (...list: tf.Tensor[]): tf.Scalar => {
        const p = Object.fromEntries(names.map((name, i) => [name, list[i]!])) as typeof s;
        const h = layerNorm(tf.add(x, tf.slice(p.table, 0, [length, width])), p.gain);
        const flat = tf.reshape(h, [-1, width]) as tf.Tensor2D;
        const [q, k, v] = [p.q, p.k, p.v].map((w) => split(tf.matMul(flat, w as tf.Tensor2D)));
        const scores = tf.softmax(tf.add(tf.div(tf.matMul(q!, k!, false, true), Math.sqrt(width / heads)), mask));
        const mixed = tf.reshape(tf.transpose(tf.matMul(scores, v!), [0, 2, 1, 3]), [-1, width]) as tf.Tensor2D;
        const attended = tf.add(flat, tf.matMul(mixed, p.o as tf.Tensor2D));
        const inner = tf.matMul(attended, p.up as tf.Tensor2D);
        const gelu = tf.mul(tf.mul(0.5, inner), tf.add(1, tf.erf(tf.div(inner, Math.SQRT2))));
        return tf.mean(tf.square(tf.add(attended, tf.matMul(gelu, p.down as tf.Tensor2D))));
      };
      const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => s[name]));
      return { outputs: value, state: Object.fromEntries(names.map((name, i) => [name, tf.sub(s[name], tf.mul(0.01, grads[i]!))])) };
    });
    const inputs = (n: number) => ({ x: values([batch, length, width], n), mask: tf.zeros([batch, 1, 1, length]) });
    expect(difference(step, inputs, state, 4)).toBeLessThan(2e-5);
  });
});
