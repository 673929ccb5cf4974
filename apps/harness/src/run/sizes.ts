import { type CheckpointStore, decodeSafetensors, type Files, type Learner } from '@cl/core';

/** Bytes of the parameters, and of what the strategies keep: their tensors and memories. */
export async function sizesOf(learner: Learner): Promise<{ readonly parameters: number; readonly strategy: number }> {
  // A checkpoint names all that there is by its place, so no strategy need tell what it keeps.
  let files: Files = {};
  const store: CheckpointStore = {
    write: async (_name, written) => {
      files = written;
    },
    read: () => Promise.reject(new Error('This store only measures.')),
    list: async () => [],
  };
  await learner.save(store);
  const sizes = { parameters: 0, strategy: 0 };
  for (const [file, bytes] of Object.entries(files)) {
    if (!file.endsWith('.safetensors')) continue;
    for (const [name, tensor] of Object.entries(decodeSafetensors(bytes, file).tensors)) {
      if (name.startsWith('parameters/')) sizes.parameters += tensor.bytes.length;
      if (name.startsWith('states/')) sizes.strategy += tensor.bytes.length;
    }
  }
  return sizes;
}
