import * as tf from '@tensorflow/tfjs-core';
import { boolAttribute, floatAttribute, intAttribute, stringAttribute, typeAttribute } from '../backend.js';
import type { Kernel } from './register.js';

const T = typeAttribute('T', 'float32');
const NHWC = stringAttribute('data_format', 'NHWC');

export const layers = {
  'cl/MatMul': ({ a, b }, { transposeA, transposeB }, backend) => {
    const attributes = [boolAttribute('transpose_a', transposeA as boolean), boolAttribute('transpose_b', transposeB as boolean), T];
    return backend.executeSingleOutput('MatMul', attributes, [a!, b!]);
  },

  'cl/BiasAdd': ({ x, bias }, _, backend) => backend.executeSingleOutput('BiasAdd', [T, NHWC], [x!, bias!]),
  'cl/BiasAddGrad': ({ dy }, _, backend) => backend.executeSingleOutput('BiasAddGrad', [T, NHWC], [dy!]),

  'cl/Relu': ({ x }, _, backend) => backend.executeSingleOutput('Relu', [T], [x!]),
  'cl/ReluGrad': ({ dy, y }, _, backend) => backend.executeSingleOutput('ReluGrad', [T], [dy!, y!]),

  'cl/Gather': ({ table, indices }, _, backend) => {
    const axis = tf.scalar(0, 'int32');
    const attributes = [
      intAttribute('batch_dims', 0),
      typeAttribute('Tparams', table!.dtype as 'float32' | 'int32' | 'bool'),
      typeAttribute('Tindices', 'int32'),
      typeAttribute('Taxis', 'int32'),
    ];
    const rows = backend.executeSingleOutput('GatherV2', attributes, [table!, indices!, axis]);
    axis.dispose();
    return rows;
  },

  'cl/NthLargest': ({ x }, { n }, backend) => {
    // TopKV2 keeps all n in order, which takes several times as long; but the other op is there for CPUs alone.
    if (backend.isUsingGpuDevice) return tf.tidy(() => tf.min(tf.topk(x as tf.Tensor1D, n as number, false).values));
    const place = tf.scalar((n as number) - 1, 'int32');
    const found = backend.executeSingleOutput('NthElement', [boolAttribute('reverse', true), T], [x!, place]);
    place.dispose();
    return found;
  },

  'cl/BatchNorm': ({ x, scale, offset }, { epsilon }, backend) => {
    const none = tf.tensor1d([]);
    const outputs = backend.executeMultipleOutputs(
      'FusedBatchNormV3',
      batchNormAttributes(epsilon as number),
      [x!, scale!, offset!, none, none],
      6,
    );
    none.dispose();
    return outputs;
  },

  'cl/BatchNormGrad': ({ dy, x, scale, r1, r2, r3 }, { epsilon }, backend) =>
    backend.executeMultipleOutputs('FusedBatchNormGradV3', batchNormAttributes(epsilon as number), [dy!, x!, scale!, r1!, r2!, r3!], 5),
} satisfies { readonly [name: `cl/${string}`]: Kernel };

function batchNormAttributes(epsilon: number) {
  return [T, typeAttribute('U', 'float32'), floatAttribute('epsilon', epsilon), NHWC, boolAttribute('is_training', true)];
}
