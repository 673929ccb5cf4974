export { type GetOptions, getModel } from './get-model.js';
export { isThere, modelFolder, modelsFolder, neededModel } from './locate.js';
export { type ModelSource, modelSources } from './sources.js';
