export { type ClassBalancedOptions, classBalanced } from './class-balanced.js';
export { drawBatch, type Keep, type Memory, memoryOf, type Policy } from './memory.js';
export { MEMORY_OPTIONS, type MemoryOptions, memoryFactory, memorySize } from './options.js';
export { type ReservoirOptions, reservoir } from './reservoir.js';
export { type RingOptions, ring } from './ring.js';
export { type Put, type RowStore, rowStore } from './store.js';
export { isStored, type Snapshot, STORED, type Stored } from './stored.js';
