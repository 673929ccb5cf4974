export { type PacknetOptions, packnet } from './packnet.js';
