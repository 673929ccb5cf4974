import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../data/locate.js';
import type { ModelSource } from './sources.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where models are kept: in CL_MODELS, or in one folder for all projects of a user. */
export const modelsFolder = (environment: Environment = process.env): string =>
  environment.CL_MODELS || join(dirname(cacheFolder(environment)), 'models');

/** The folder of one model, whether it is there or not. */
export const modelFolder = (name: string, environment: Environment = process.env): string => join(modelsFolder(environment), name);

/** True if all files of a model are there. */
export const isThere = ({ name, files }: ModelSource, environment: Environment = process.env): boolean =>
  files.every((file) => existsSync(join(modelFolder(name, environment), file.name)));
