import type { RunSpec } from '../results/schema.js';

/** What there is to say of a strategy without making one. */
export interface StrategyInfo {
  /** As on the command line. */
  readonly name: string;
  /** As in tables. */
  readonly title: string;
  readonly family: 'baseline' | 'regularization' | 'optimization' | 'distillation' | 'replay' | 'architecture' | 'classifier';
  readonly description: string;
  /** Options of which one excludes the others: setting one takes the default of the others away. */
  readonly exclusive?: readonly string[];
  /** It keeps examples of earlier tasks. */
  readonly memory?: true;
  /** Scenarios that it cannot be used in, and why, where what it requires does not say so. */
  readonly notIn?: { readonly [S in RunSpec['scenario']]?: string };
  /** A bound to compare with, and on which side. */
  readonly bound?: 'upper' | 'lower';
}
