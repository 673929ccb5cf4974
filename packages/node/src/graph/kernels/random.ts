import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type Attribute, type NodeBackend, typeAttribute } from '../backend.js';
import type { Kernel } from './register.js';

/** TensorFlow's stateless ops: Philox, a function of shape and seed, whatever the number of threads. */
export const random = {
  'cl/Uniform': ({ seed }, { shape }, backend) => draw(backend, 'StatelessRandomUniform', shape as number[], seed!, 'float32'),
  'cl/Normal': ({ seed }, { shape }, backend) => draw(backend, 'StatelessRandomNormal', shape as number[], seed!, 'float32'),

  'cl/FoldSeed': ({ seed }, { step }, backend) =>
    tf.tidy(() => draw(backend, 'StatelessRandomUniformFullInt', [2], tf.add(seed!, tf.tensor1d([step as number, 0], 'int32')), 'int32')),

  'cl/DropoutMask': ({ seed }, { shape, dropped }, backend) =>
    tf.tidy(() => {
      const size = tf.util.sizeFromShape(shape as number[]);
      const words = draw(backend, 'StatelessRandomUniformFullInt', [Math.ceil(size / 4)], seed!, 'int32');
      // uint8 is no type of tfjs: these two tensors say int32 and must meet only ops that are told their true type.
      const bytes = backend.executeSingleOutput('Bitcast', [typeAttribute('T', 'int32'), typeAttribute('type', 'uint8')], [words]);
      const limit = cast(backend, tf.scalar(dropped as number, 'int32'), 'int32', 'uint8');
      const kept = backend.executeSingleOutput('GreaterEqual', [typeAttribute('T', 'uint8')], [bytes, limit]);
      const flat = tf.reshape(kept, [-1]);
      const mask = tf.reshape(flat.size === size ? flat : tf.slice(flat, 0, size), shape as number[]);
      return tf.mul(cast(backend, mask, 'bool', 'float32'), 256 / (256 - (dropped as number)));
    }),
} satisfies { readonly [name: `cl/${string}`]: Kernel };

function draw(backend: NodeBackend, op: string, shape: number[], seed: Tensor, dtype: 'float32' | 'int32'): Tensor {
  const extent = tf.tensor1d(shape, 'int32');
  const attributes: Attribute[] = [typeAttribute('dtype', dtype), typeAttribute('T', 'int32'), typeAttribute('Tseed', 'int32')];
  const drawn = backend.executeSingleOutput(op, attributes, [extent, seed]);
  extent.dispose();
  return drawn;
}

type Known = Parameters<typeof typeAttribute>[1];

const cast = (backend: NodeBackend, x: Tensor, from: Known, to: Known): Tensor =>
  backend.executeSingleOutput('Cast', [typeAttribute('SrcT', from), typeAttribute('DstT', to)], [x]);
