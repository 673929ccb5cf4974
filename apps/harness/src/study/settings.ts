import { closest } from '../cli/closest.js';
import { UsageError } from '../cli/failure.js';
import type { SettingValue, Study, StudySettings } from './study.js';

/**
 * The settings of a study with some of them changed.
 *
 * @param changes Lines 'name=value', as --set gives them.
 * @throws CL_OPTION for a name that is not there, a value of another type, or a number below 0.
 */
export function settingsWith(study: Study, changes: readonly string[] = []): StudySettings {
  const settings: Record<string, SettingValue> = { ...study.settings };
  for (const change of changes) {
    const [, name, text] = /^([^=]+)=(.*)$/s.exec(change) ?? [];
    if (name === undefined || text === undefined) throw new UsageError(`--set ${change}: expected NAME=VALUE, as in --set steps=100.`);
    const known = settings[name];
    if (known === undefined) throw unknown(study, name);
    settings[name] = parsed(name, text, known);
  }
  return settings;
}

function parsed(name: string, text: string, known: SettingValue): SettingValue {
  if (typeof known === 'string') return text;
  if (typeof known === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true';
    throw new UsageError(`--set ${name}=${text}: expected true or false.`);
  }
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new UsageError(`--set ${name}=${text}: expected a number, at least 0.`);
}

function unknown({ name: study, settings }: Study, name: string): UsageError {
  const names = Object.keys(settings);
  const meant = closest(name, names);
  return new UsageError(
    `--set ${name}: '${study}' has no such setting.${meant ? ` Did you mean ${meant}?` : ''} It has: ${names.join(', ')}.`,
  );
}
