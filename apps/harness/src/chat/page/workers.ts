export { serveAnswers } from './answers.js';
export type { Port } from './calls.js';
export { type Candidate, serveReader } from './reader.js';
