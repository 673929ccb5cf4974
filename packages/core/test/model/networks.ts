import * as tf from '@tensorflow/tfjs';

export type Net = tf.LayersModel;

/** Runs a test with a network that is disposed afterwards. */
export async function withNet<T>(layers: () => tf.layers.Layer[], run: (net: Net) => Promise<T> | T): Promise<T> {
  const net = tf.sequential({ layers: layers() }) as Net;
  try {
    return await run(net);
  } finally {
    for (const layer of net.layers) tf.dispose((layer as { states?: tf.Tensor[] }).states ?? []);
    net.dispose();
  }
}

export const dense = () => [tf.layers.dense({ inputShape: [4], units: 6, activation: 'relu' }), tf.layers.dense({ units: 4 })];
export const images = () => [
  tf.layers.conv2d({ inputShape: [6, 6, 1], filters: 3, kernelSize: 3, activation: 'relu' }),
  tf.layers.maxPooling2d({ poolSize: 2 }),
  tf.layers.flatten(),
  tf.layers.dense({ units: 4 }),
];
export const normed = () => [
  tf.layers.dense({ inputShape: [4], units: 6 }),
  tf.layers.batchNormalization(),
  tf.layers.dropout({ rate: 0.5 }),
  tf.layers.dense({ units: 4 }),
];
