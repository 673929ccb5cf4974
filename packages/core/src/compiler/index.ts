export type { Compiler, Entry, Program } from './compiler.js';
export { eager, transition } from './eager.js';
