export type { DownloadProgress } from './download.js';
export type { ImageSet } from './image-set.js';
export { type DataName, loadData } from './load.js';
export type { DataOptions } from './locate.js';
