import {
  type Compiler,
  conv2d,
  dense,
  type Entry,
  initialParameters,
  maxPool,
  relu,
  type Stream,
  sparseCrossEntropy,
  type TensorTree,
  valueAndGradients,
} from '@cl/core';
import type { NamedTensorMap, Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type Cell, modelOf, optimizerOf, tasksOf } from './cells.js';
import type { Rival } from './rival.js';

type State = { readonly parameters: NamedTensorMap; readonly slots: { readonly [slot: string]: NamedTensorMap }; readonly step: Scalar };

/** Plain fine-tuning as one would write it for this one network with the compiler alone: no learner, no strategy. */
export function handWrittenRival(cell: Cell, stream: Stream, compiler: Compiler): Rival {
  const task = tasksOf(stream, 2).at(-1)!;
  const optimizer = optimizerOf(cell);
  const parameters = initialParameters(modelOf(cell), 1);
  const program = compiler.program({ parameters, slots: optimizer.init(parameters), step: tf.scalar(0) } as TensorTree);
  const entry: Entry = {
    name: 'hand-written',
    apply(inputs, tree) {
      const { x, y, others } = inputs as { x: Tensor; y: Tensor1D; others: Tensor2D };
      const state = tree as unknown as State;
      const step = tf.add(state.step, 1) as Scalar;
      const { loss, gradients } = valueAndGradients(
        (p) => ({ loss: tf.mean(sparseCrossEntropy(tf.add(logitsOf(cell, p, x), others) as Tensor2D, y)) as Scalar, aux: null }),
        state.parameters,
      );
      const rate = tf.scalar(optimizer.learningRate as number);
      return {
        outputs: loss,
        state: { ...optimizer.apply(gradients, state.slots, { step, learningRate: rate }, state.parameters), step } as TensorTree,
      };
    },
  };

  const { batchSize } = cell;
  const others = tf.tensor2d(
    Array.from({ length: batchSize * 10 }, (_, i) => (task.classes.includes(i % 10) ? 0 : -1e9)),
    [batchSize, 10],
  );
  const { x: images, y: labels, length } = task.train as typeof task.train & { x: import('@cl/core').Column };
  const shape = [batchSize, ...images.shape];
  const size = images.shape.reduce((a, b) => a * b, batchSize);
  let order = shuffled(length);
  let at = 0;

  function step(): number {
    if (at + batchSize > length) [order, at] = [shuffled(length), 0];
    const rows = order.subarray(at, at + batchSize);
    at += batchSize;
    const [pixels, digits] = [new Float32Array(size), new Int32Array(batchSize)];
    images.gather(rows, pixels, 0);
    labels.gather(rows, digits, 0);
    const [x, y] = [tf.tensor(pixels, shape), tf.tensor1d(digits, 'int32')];
    const loss = program.run(entry, { x, y, others }) as Tensor;
    const value = loss.dataSync()[0]!;
    tf.dispose([x, y, loss]);
    return value;
  }

  return {
    mode: 'hand-written',
    async turn(steps) {
      step();
      const start = performance.now();
      for (let i = 0; i < steps; i++) step();
      return (performance.now() - start) / steps;
    },
    dispose() {
      program.dispose();
      others.dispose();
    },
  };
}

function logitsOf({ hidden }: Cell, p: NamedTensorMap, x: Tensor): Tensor2D {
  const layer = (name: string, value: Tensor) => dense(value as Tensor2D, p[`${name}/kernel`] as Tensor2D, p[`${name}/bias`] as Tensor1D);
  if (hidden)
    return layer(
      'head',
      hidden.reduce<Tensor>((value, _, i) => relu(layer(`dense${i}`, value)), x),
    ) as Tensor2D;
  const convolved = (name: string, value: Tensor) =>
    relu(tf.add(conv2d(value as Tensor4D, p[`${name}/kernel`] as Tensor4D, 1, 'same'), p[`${name}/bias`]!)) as Tensor4D;
  const image = maxPool(convolved('conv1', convolved('conv0', x)), 2, 2);
  return layer('head', relu(layer('dense0', tf.reshape(image, [image.shape[0], -1])))) as Tensor2D;
}

/** Any order will do: nothing is reproduced here. */
function shuffled(length: number): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
