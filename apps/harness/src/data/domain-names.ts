/** Corpora of one kind of text each. `wiki` is the general one. */
export const DOMAIN_NAMES = ['wiki', 'legal', 'biomed', 'movie', 'products', 'code', 'speeches', 'shakespeare'] as const;

export type DomainName = (typeof DOMAIN_NAMES)[number];
