import { transposeBeforeProducts } from '@cl/core';
import type { Candidate } from '@cl/harness/chat/workers';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';

/** What can train in a tab. Plain JavaScript is many times slower than WebAssembly, and what is left without it. */
export const webgl: Candidate = {
  backend: 'webgl',
  async load() {
    await import('@tensorflow/tfjs-backend-webgl');
    // Half precision, as some phones have it, is too little to train with.
    return (await tf.setBackend('webgl')) && tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');
  },
};

export const wasm: Candidate = {
  backend: 'wasm',
  async load() {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    // The worker is a thread beside the page's already.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    setWasmPaths({
      'tfjs-backend-wasm.wasm': plain,
      'tfjs-backend-wasm-simd.wasm': simd,
      'tfjs-backend-wasm-threaded-simd.wasm': threaded,
    });
    const isThere = await tf.setBackend('wasm');
    if (isThere) transposeBeforeProducts();
    return isThere;
  },
};

export const cpu: Candidate = {
  backend: 'cpu',
  isLastResort: true,
  async load() {
    await import('@tensorflow/tfjs-backend-cpu');
    return tf.setBackend('cpu');
  },
};
