export type { LoadedBackend, LoadOptions, NativeBackend, ThreadOptions } from './native/load.js';
export { loadTensorFlow, useBestBackend } from './native/load.js';
