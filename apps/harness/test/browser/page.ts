import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { trial } from './trial.js';

Object.assign(globalThis, {
  trial: async (backend: string, strategy: string, options: { readonly [name: string]: unknown }) => {
    if (!(await tf.setBackend(backend))) throw new Error(`There is no back end '${backend}' here.`);
    return trial(strategy, options);
  },
});
