import { loadTensorFlow } from '../../src/native/load.js';

/** Loads native TensorFlow before the tests of a file. */
export async function native(): Promise<void> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  await loadTensorFlow();
}
