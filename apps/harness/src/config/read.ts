import { readFile } from 'node:fs/promises';
import { checkKnown } from '@cl/core';
import { parse } from 'yaml';
import { UsageError } from '../cli/failure.js';
import { SETTINGS, type Settings, settingsSchema } from './settings.js';

/** Names by which one thing may be called: on the command line `run` has one strategy, `compare` has several. */
const ALIASES: Readonly<Record<string, keyof Settings>> = { scenario: 'scenarios', strategy: 'strategies', seed: 'seeds' };

/**
 * Settings from a YAML file.
 *
 * @throws CL_OPTION for a file that is not there, that is not YAML, or that has a setting that does not exist or cannot be.
 */
export async function readSettings(path: string): Promise<Settings> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`--config ${path}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}.`);
  });
  let content: unknown;
  try {
    content = parse(text) ?? {};
  } catch (error) {
    throw new UsageError(`${path}: not YAML: ${error instanceof Error ? error.message : error}`);
  }
  return checkSettings(content, path);
}

/**
 * Settings, checked.
 *
 * @param where Who is to be blamed in messages: a file's name, or 'cl run'.
 * @throws CL_OPTION with the name that was probably meant, or with what a value must be.
 */
export function checkSettings(content: unknown, where: string): Settings {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new UsageError(
      `${where}: expected lines like 'strategy: ewc+replay', found ${Array.isArray(content) ? 'a list' : typeof content}.`,
    );
  }
  const named = Object.entries(content).map(([key, value]) => [canonical(key), value] as const);
  const twice = named.find(([key], i) => named.findIndex(([other]) => other === key) !== i);
  if (twice) throw new UsageError(`${where}: '${twice[0]}' is given twice.`);
  const settings = Object.fromEntries(named);
  checkKnown(where, settings, [...SETTINGS, ...Object.keys(ALIASES)]);
  const parsed = settingsSchema.safeParse(settings, { reportInput: true });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  throw new UsageError(`${where}: ${path}: ${shown(issue?.input)} cannot be used: ${issue?.message}.`);
}

/** As JSON, which has no infinity. */
const shown = (value: unknown): string => (typeof value === 'number' ? String(value) : JSON.stringify(value));

/** 'checkpoint-every' → 'checkpointEvery', 'strategy' → 'strategies' */
function canonical(key: string): string {
  const camel = key.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return ALIASES[camel] ?? camel;
}

/** The value of `--set NAME=VALUE`: JSON where it is JSON, else text. */
export function parseAssignment(text: string): readonly [string, string | number | boolean | null] {
  const at = text.indexOf('=');
  const name = text.slice(0, at).trim();
  if (at < 1 || !name.includes('.')) {
    throw new UsageError(`--set ${text}: expected STRATEGY.OPTION=VALUE, as in --set ewc.lambda=100.`);
  }
  const value = text.slice(at + 1).trim();
  try {
    const json: unknown = JSON.parse(value);
    if (json === null || typeof json !== 'object') return [name, json as string | number | boolean | null];
  } catch {
    // Text without quotes.
  }
  return [name, value];
}
