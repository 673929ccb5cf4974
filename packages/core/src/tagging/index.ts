export { type ConllOptions, checkTag, parseConll } from './conll.js';
export { type HashedWordsOptions, hashedWords, type SentenceEncoder, type WordFeature } from './encode.js';
export { type EntityEvaluation, type EvaluateEntitiesOptions, evaluateEntities } from './evaluate.js';
export { type JsonLinesOptions, parseJsonLines } from './json-lines.js';
export { latinSquare, typeSteps } from './orders.js';
export type { SlicingProtocol } from './slices.js';
export {
  type EntityDomain,
  type EntityDomainsOptions,
  type EntityStream,
  type EntityStreamOptions,
  entityDomains,
  entityStream,
} from './stream.js';
export { type TagSentencesOptions, tagSentences } from './tag-sentences.js';
export {
  type Entity,
  type EntityMode,
  entitiesOf,
  entityTypes,
  renamedTypes,
  type TaggedSentence,
  type TagSet,
  tagSet,
  toIob2,
} from './tags.js';
