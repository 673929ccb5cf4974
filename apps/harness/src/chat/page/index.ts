export { textOf } from '../text-of.js';
export type { About } from './answers.js';
export { PageChat } from './page-chat.js';
export { folderOf, type Place } from './place.js';
export type { Pace } from './reader.js';
