/// <reference types="node" />
import type { Platform } from '../packages/core/src/testing/index.js';

/** What is used of @cl/node: by a path that the compiler does not follow, so that no other package's type check takes its sources in. */
interface NodePackage {
  loadTensorFlow(): Promise<unknown>;
  graph(options: { readonly strict: boolean; readonly verify?: boolean }): NonNullable<Platform['compiler']>;
}

const NODE: string = new URL('../packages/node/src/index.ts', import.meta.url).href;

/** WebAssembly, as a browser has it. */
export async function webAssembly(): Promise<Platform> {
  await import('@tensorflow/tfjs-backend-wasm');
  return { name: 'WebAssembly', backend: 'wasm' };
}

/** Native TensorFlow, eager and compiled, where it is set up on this machine; else the sentence that says what is missing. */
export async function nativePlatforms({ verify = true } = {}): Promise<readonly Platform[] | string> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  const node = (await import(/* @vite-ignore */ NODE)) as NodePackage;
  try {
    await node.loadTensorFlow();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return [
    { name: 'native TensorFlow', backend: 'tensorflow' },
    { name: 'native TensorFlow, compiled', backend: 'tensorflow', compiler: node.graph({ strict: true, verify }) },
  ];
}
