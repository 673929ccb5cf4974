export type { DownloadProgress } from './download.js';
export type { ImageSet } from './image-set.js';
export { DATA_NAMES, type DataName, loadData } from './load.js';
export { cacheFolder, type DataOptions } from './locate.js';
