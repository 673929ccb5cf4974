export { type AgemOptions, agem } from './agem.js';
