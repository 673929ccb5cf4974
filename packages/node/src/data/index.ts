export { type ReadTaggedOptions, readTagged } from './tagged.js';
export { type CsvOptions, parseTaggedCsv } from './tagged-csv.js';
