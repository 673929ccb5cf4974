import { ContinualLearningError } from '../errors.js';
import type { Claim, Strategy } from './strategy.js';

/** What each claim cannot stand beside: most of them, the same one. */
const OPPOSITE = {
  direction: 'direction',
  optimizer: 'optimizer',
  architecture: 'architecture',
  prediction: 'prediction',
  parameters: 'layers',
  layers: 'parameters',
} as const satisfies Record<Claim, Claim>;
type Opposite<C extends Claim> = (typeof OPPOSITE)[C];

/** Any strategy, whatever its state. */
// biome-ignore lint/suspicious/noExplicitAny: hooks are contravariant in their state; only `any` admits every strategy.
export type AnyStrategy = Strategy<string, any, any, any, readonly Claim[]>;

/** The strategies inside a composition, or the strategy itself. */
export type PartsOf<S> = S extends { readonly parts: infer Parts extends readonly AnyStrategy[] } ? Parts : readonly [S];

/** All parts of a list of strategies and compositions. */
export type Flat<T extends readonly unknown[]> = T extends readonly [infer First, ...infer Rest]
  ? readonly [...PartsOf<First>, ...Flat<Rest>]
  : readonly [];

/** Names and claims that the compiler knows; of others, only the check at run time does. */
type NameOf<S> = S extends { readonly name: infer Name extends string } ? (string extends Name ? never : Name) : never;
type ClaimsOf<S> = S extends { readonly claims?: infer Claims extends readonly Claim[] }
  ? number extends Claims['length']
    ? never
    : Claims[number]
  : never;

type ComplaintAbout<S, Before> = NameOf<S> & NameOf<Before> extends never
  ? Sentence<NameOf<S>, ClaimsOf<S> & Opposite<ClaimsOf<Before>>>
  : `'${NameOf<S>}' appears twice`;

/** One for each claim that clashes. */
type Sentence<Name extends string, Clashing extends Claim> =
  Clashing extends Opposite<Clashing>
    ? `'${Name}' also claims '${Clashing}'`
    : `'${Name}' claims '${Clashing}', which cannot stand beside '${Opposite<Clashing>}'`;

type Complaints<Parts extends readonly unknown[], Before> = Parts extends readonly [infer First, ...infer Rest]
  ? ComplaintAbout<First, Before> | Complaints<Rest, Before | First>
  : never;

/** The tuple itself, with a sentence in place of each strategy that clashes with one before it. */
export type Check<T extends readonly unknown[], Before = never> = T extends readonly [infer First, ...infer Rest]
  ? readonly [
      [Complaints<PartsOf<First>, Before>] extends [never] ? First : Complaints<PartsOf<First>, Before>,
      ...Check<Rest, Before | PartsOf<First>[number]>,
    ]
  : T extends readonly []
    ? readonly []
    : T;

/** Later ranks act on updates after earlier ones: a promise on the direction or on frozen weights must have the last word. */
const RANK: Partial<Record<Claim, number>> = { direction: 1, architecture: 2 };
const rankOf = (strategy: AnyStrategy): number => Math.max(0, ...(strategy.claims ?? []).map((claim) => RANK[claim] ?? 0));

/** What only one can do. */
const REASONS: Partial<Record<Claim, string>> = {
  direction: 'decide the direction of a step',
  optimizer: 'replace the optimizer',
  architecture: 'divide the parameters among the tasks',
  prediction: 'decide how predictions are made',
};

/** What is wrong with a claim of `name` beside the opposite one of `owner`. */
function clash(name: string, claim: Claim, owner: string): string {
  if (REASONS[claim]) return `'${name}' also claims '${claim}', which '${owner}' already owns. Only one strategy can ${REASONS[claim]}`;
  const [adds, knows] = claim === 'parameters' ? [name, owner] : [owner, name];
  return `'${name}' claims '${claim}', which cannot stand beside '${OPPOSITE[claim]}' of '${owner}'. '${adds}' adds parameters of its own, and '${knows}' knows only those of the model's layers`;
}

/** What a strategy claims and, though it may not say so, what only one can do. */
const claimsOf = ({ claims = [], optimize, predict }: AnyStrategy): ReadonlySet<Claim> =>
  new Set<Claim>([...claims, ...(optimize ? (['optimizer'] as const) : []), ...(predict ? (['prediction'] as const) : [])]);

/** Throws CL_CONFLICT on what cannot be composed: a name twice, an exclusive claim twice, an order that breaks a promise. */
export function refuseConflicts(parts: readonly AnyStrategy[]): void {
  const owners = new Map<Claim, string>();
  const names = new Set<string>();
  for (const part of parts) {
    const { name } = part;
    if (names.has(name))
      throw new ContinualLearningError('CL_CONFLICT', `compose(): '${name}' appears twice. Give it once, with the options of both.`);
    names.add(name);
    for (const claim of claimsOf(part)) {
      const owner = owners.get(OPPOSITE[claim]);
      if (owner !== undefined)
        throw new ContinualLearningError('CL_CONFLICT', `compose(): ${clash(name, claim, owner)}; drop one of them.`);
    }
    for (const claim of claimsOf(part)) owners.set(claim, name);
  }
  const acting = parts.filter((part) => part.updates || part.optimize);
  acting.forEach((part, i) => {
    const late = acting.slice(i + 1).find((other) => rankOf(other) < rankOf(part));
    if (late) {
      throw new ContinualLearningError(
        'CL_CONFLICT',
        `compose(): '${late.name}' changes updates after '${part.name}' has made a promise about them. Put '${part.name}' after '${late.name}'.`,
      );
    }
  });
}
