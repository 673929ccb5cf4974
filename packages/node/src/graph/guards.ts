import { Refusal } from './refusal.js';

/** Sources of numbers that would be baked into a graph unnoticed. Also tfjs seeds its unseeded random ops from `Math.random`. */
const SOURCES: readonly (readonly [object, string, string])[] = [
  [Math, 'random', 'Math.random, or an unseeded random op of tfjs'],
  [Date, 'now', 'Date.now'],
  [performance, 'now', 'performance.now'],
  [globalThis.crypto, 'getRandomValues', 'crypto.getRandomValues'],
  [globalThis.crypto, 'randomUUID', 'crypto.randomUUID'],
];

/** Runs `body` while these functions refuse to answer. `refuse` gets the refusal too, in case that `body` swallows it. */
export function guarded<T>(refuse: (refusal: Refusal) => never, body: () => T): T {
  const restore = SOURCES.map(([owner, name, what]) => {
    const own = Object.getOwnPropertyDescriptor(owner, name);
    const value = (): never =>
      refuse(
        new Refusal(
          `it calls ${what}: draw with \`uniform\`, \`normal\` or \`dropout\` and a seed tensor, or pass what changes as an input`,
        ),
      );
    Object.defineProperty(owner, name, { value, configurable: true, writable: true, enumerable: own?.enumerable ?? false });
    return () => (own ? Object.defineProperty(owner, name, own) : Reflect.deleteProperty(owner, name));
  });
  try {
    return body();
  } finally {
    for (const undo of restore) undo();
  }
}
