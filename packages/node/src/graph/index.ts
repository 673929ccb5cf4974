export type { Description, GraphDescription } from './describe.js';
export { type GraphOptions, graph } from './graph.js';
export { registerKernels } from './kernels/register.js';
export type { GraphProgram } from './program.js';
