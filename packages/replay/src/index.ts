export { type ReplayOptions, replay } from './replay.js';
