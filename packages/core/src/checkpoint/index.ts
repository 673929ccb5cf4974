export { checkModel, FORMAT_VERSION, MANIFEST, type ModelSignature, pack, signatureOf, type Unpacked, unpack } from './files.js';
export { parameterHash } from './hash.js';
export { decodeSafetensors, encodeSafetensors, type StoredTensor } from './safetensors.js';
export { type CheckpointStore, checkCheckpointName, type Files, memoryStore, missingCheckpoint } from './store.js';
export { type EncodedTree, encodeTree, restoreTree } from './tree-codec.js';
