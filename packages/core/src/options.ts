import { distance } from 'fastest-levenshtein';
import { ContinualLearningError } from './errors.js';

/** Bounds of a number. `min` and `max` are allowed values, `above` and `below` are not. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
  /** True: Infinity counts as a number too, as in `capacity: Infinity`. Default false. */
  readonly infinite?: boolean;
}

/**
 * The error for an option that cannot be used: says who complains, what was received and what is needed.
 *
 * @param factory Name of the function that the user called.
 * @param requirement What the option must be, as the end of a sentence: 'a number in [0, 1)'.
 * @example optionError('adam', 'beta1', 1.2, 'a number in [0, 1)')
 * // CL_OPTION: adam({ beta1: 1.2 }): beta1 must be a number in [0, 1), received 1.2.
 */
export function optionError(factory: string, option: string, value: unknown, requirement: string): ContinualLearningError {
  const received = show(value);
  return new ContinualLearningError(
    'CL_OPTION',
    `${factory}({ ${option}: ${received} }): ${option} must be ${requirement}, received ${received}.`,
  );
}

/** The value, if it is a finite number within the range. Throws CL_OPTION otherwise. */
export function checkNumber(factory: string, option: string, value: unknown, range: Range = {}): number {
  if (!isWithin(value, range)) throw optionError(factory, option, value, `a number${describe(range)}`);
  return value;
}

/** The value, if it is a whole number within the range. Throws CL_OPTION otherwise. */
export function checkInteger(factory: string, option: string, value: unknown, range: Range = {}): number {
  if (!isWithin(value, range) || !(Number.isSafeInteger(value) || Math.abs(value) === Infinity)) {
    throw optionError(factory, option, value, `a whole number${describe(range)}`);
  }
  return value;
}

/** The value, if it is true or false. Throws CL_OPTION otherwise. */
export function checkBoolean(factory: string, option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw optionError(factory, option, value, 'true or false');
  return value;
}

/** The value, if it is a function. Throws CL_OPTION otherwise. `what` ends the sentence: 'a function from step to rate'. */
export function checkFunction<F extends (...args: never[]) => unknown>(factory: string, option: string, value: F, what = 'a function'): F {
  if (typeof value !== 'function') throw optionError(factory, option, value, what);
  return value;
}

/** Refuses what lacks one of these members. `what` ends the sentence: 'an optimizer, as adam() makes'. Throws CL_OPTION. */
export function checkHas(factory: string, option: string, value: unknown, members: readonly string[], what: string): void {
  const found = value as { readonly [member: string]: unknown } | null | undefined;
  if (members.some((member) => found?.[member] === undefined)) throw optionError(factory, option, value, what);
}

/** The value, if it is one of the choices. Throws CL_OPTION otherwise, with the choice that was probably meant. */
export function checkOneOf<const T extends string | number>(factory: string, option: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const list = choices.map(show).join(', ');
  const error = optionError(factory, option, value, choices.length === 1 ? list : `one of ${list}`);
  throw new ContinualLearningError('CL_OPTION', error.message + suggestion(value, choices.map(String)));
}

/** The list, if it is one and each of its items passes. Throws CL_OPTION otherwise. */
export function checkList<T>(factory: string, option: string, value: unknown, check: (item: unknown, name: string) => T): readonly T[] {
  if (!Array.isArray(value)) throw optionError(factory, option, value, 'a list');
  return value.map((item: unknown, i) => check(item, `${option}[${i}]`));
}

/**
 * Refuses what is not a record of known options, so that a misspelt option is not silently ignored.
 *
 * @example checkKnown('ewc', { lamda: 3 }, ['lambda', 'fisher'])
 * // CL_OPTION: ewc({ lamda: 3 }): there is no option 'lamda'. Did you mean 'lambda'? Options: lambda, fisher.
 */
export function checkKnown(factory: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ContinualLearningError(
      'CL_OPTION',
      `${factory}(${show(options)}): expected a record of options (${names.join(', ')}), received ${show(options)}.`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (names.includes(name)) continue;
    const known = names.length > 0 ? ` Options: ${names.join(', ')}.` : ' It takes none.';
    const message = `${factory}({ ${name}: ${show(value)} }): there is no option '${name}'.${suggestion(name, names)}${known}`;
    throw new ContinualLearningError('CL_OPTION', message);
  }
}

/** ' Did you mean …?' where one of the names is close enough to be what was meant, else nothing. */
export function suggestion(received: unknown, names: readonly string[]): string {
  if (typeof received !== 'string') return '';
  const near = names
    .map((name) => ({ name, far: distance(received.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, far }) => far <= Math.max(1, Math.floor(Math.max(name.length, received.length) / 3)))
    .sort((a, b) => a.far - b.far);
  return near[0] ? ` Did you mean '${near[0].name}'?` : '';
}

/** A value as it would be written in code, shortened where it is long. For messages. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${shorten(value)}'`;
  if (typeof value === 'function') return value.name ? `function ${value.name}` : 'a function';
  if (Array.isArray(value)) return shorten(`[${value.map(show).join(', ')}]`);
  if (typeof value === 'object' && value !== null) {
    const kind = value.constructor?.name ?? 'Object';
    if (kind !== 'Object') return `a ${kind}`;
    const entries = Object.entries(value).map(([name, item]) => `${name}: ${show(item)}`);
    return shorten(entries.length > 0 ? `{ ${entries.join(', ')} }` : '{}');
  }
  return Object.is(value, -0) ? '-0' : String(value);
}

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

function isWithin(value: unknown, { min, max, above, below, infinite = false }: Range): value is number {
  if (typeof value !== 'number' || Number.isNaN(value) || (!infinite && !Number.isFinite(value))) return false;
  return (
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below)
  );
}

function describe({ min, max, above, below, infinite = false }: Range): string {
  const low = min ?? above;
  const high = max ?? below;
  const orInfinity = infinite && high === undefined ? ' or Infinity' : '';
  if (low === undefined && high === undefined) return orInfinity;
  if (high === undefined) return ` ${min === undefined ? 'greater than' : 'of at least'} ${low}${orInfinity}`;
  if (low === undefined) return ` ${max === undefined ? 'less than' : 'of at most'} ${high}`;
  return ` in ${min === undefined ? '(' : '['}${low}, ${high}${max === undefined ? ')' : ']'}`;
}
