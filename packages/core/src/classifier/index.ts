export {
  type Deviation,
  type Discriminant,
  discriminantOf,
  discriminantScores,
  type Moments,
  noMoments,
  updatedMoments,
  widenedMoments,
} from './discriminant.js';
export { featuresOf, featureUnits, normalized, ofKnown } from './features.js';
export { type FrozenOptions, frozen } from './frozen.js';
export { type NcmOptions, ncm } from './ncm.js';
export { nearestMeanScores, noPrototypes, type Prototypes, updatedPrototypes, widenedPrototypes } from './prototypes.js';
export { type SldaOptions, slda } from './slda.js';
