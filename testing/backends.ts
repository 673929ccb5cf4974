import type { Platform } from '../packages/core/src/testing/index.js';

/**
 * Native TensorFlow, eager and compiled, where it is set up on this machine; else the sentence that says what is missing. By a relative
 * path, so that no strategy package depends on @cl/node.
 */
export async function nativePlatforms(): Promise<readonly Platform[] | string> {
  const node: { loadTensorFlow(): Promise<unknown>; graph?(options: object): Platform['compiler'] } = await import(
    '../packages/node/src/index.js'
  );
  try {
    await node.loadTensorFlow();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const compiler = node.graph?.({ strict: true });
  const eager = { name: 'native TensorFlow', backend: 'tensorflow' };
  return compiler ? [eager, { name: 'native TensorFlow, compiled', backend: 'tensorflow', compiler }] : [eager];
}
