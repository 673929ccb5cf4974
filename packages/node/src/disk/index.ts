export { type DirectoryOptions, directory } from './directory.js';
