import { closest } from './closest.js';
import { UsageError } from './failure.js';

/** The name, if there is something of that name. Throws CL_OPTION otherwise, with what was probably meant. */
export function known(what: string, name: string, all: readonly { readonly name: string }[]): string {
  const names = all.map((one) => one.name);
  if (names.includes(name)) return name;
  const near = closest(name, names);
  throw new UsageError(`There is no ${what} '${name}'.${near ? ` Did you mean '${near}'?` : ''} There are: ${names.join(', ')}.`);
}
