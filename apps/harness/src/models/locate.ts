import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ContinualLearningError } from '@cl/core';
import { cacheFolder } from '../data/locate.js';
import { type ModelSource, modelSources } from './sources.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where models are kept: in CL_MODELS, or in one folder for all projects of a user. */
export const modelsFolder = (environment: Environment = process.env): string =>
  environment.CL_MODELS || join(dirname(cacheFolder(environment)), 'models');

/** The folder of one model, whether it is there or not. */
export const modelFolder = (name: string, environment: Environment = process.env): string => join(modelsFolder(environment), name);

/** True if all files of a model are there. */
export const isThere = ({ name, files }: ModelSource, environment: Environment = process.env): boolean =>
  files.every((file) => existsSync(join(modelFolder(name, environment), file.name)));

/**
 * The folder of a model that something needs.
 *
 * @param who Who needs it, for the message.
 * @throws CL_DATA with the command that gets it, where it is not there.
 */
export function neededModel(who: string, name: ModelSource['name'], environment: Environment = process.env): string {
  const source = modelSources.find((each) => each.name === name);
  if (source && isThere(source, environment)) return modelFolder(name, environment);
  throw new ContinualLearningError('CL_DATA', `${who}: the model ${name} is not on this machine. Get it with: cl models get ${name}`);
}
