export { type About, serveAnswers } from './answers.js';
export type { Port } from './calls.js';
export { type Pace, PageChat } from './page-chat.js';
export { folderOf, type Place } from './place.js';
export { type Candidate, serveReader } from './reader.js';
