import { distance } from 'fastest-levenshtein';

/** The name that was probably meant: the nearest, if it is near enough. */
export function closest(received: string, names: readonly string[]): string | null {
  const [nearest] = names
    .map((name) => ({ name, far: distance(received.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, far }) => far <= Math.max(1, Math.floor(Math.max(name.length, received.length) / 3)))
    .sort((a, b) => a.far - b.far);
  return nearest?.name ?? null;
}
