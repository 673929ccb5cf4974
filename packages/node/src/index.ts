export { type CsvOptions, parseTaggedCsv, type ReadTaggedOptions, readTagged } from './data/index.js';
export { type DirectoryOptions, directory } from './disk/index.js';
export type { Description, GraphDescription, GraphOptions, GraphProgram } from './graph/index.js';
export { graph, registerKernels } from './graph/index.js';
export type { LoadedBackend, LoadOptions, NativeBackend, ThreadOptions } from './native/load.js';
export { loadTensorFlow, useBestBackend } from './native/load.js';
