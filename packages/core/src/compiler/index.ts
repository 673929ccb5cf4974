export type { Compiler, Entry, Program } from './compiler.js';
export { asConstant, isConstant } from './constant.js';
export { eager, transition } from './eager.js';
