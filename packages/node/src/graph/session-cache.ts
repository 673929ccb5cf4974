import type { CompiledEntry } from './compiled-entry.js';

/** Keeps the sessions that were used last, over all programs of a compiler. */
export class SessionCache {
  readonly #size: number;
  /** By last use, oldest first: a Map keeps the order of insertion. */
  readonly #evict = new Map<CompiledEntry, () => void>();
  #newest: CompiledEntry | null = null;

  constructor(size: number) {
    this.#size = size;
  }

  /** `evict` is called when there is no more room. */
  add(entry: CompiledEntry, evict: () => void): void {
    this.#evict.set(entry, evict);
    this.#newest = entry;
    for (const [oldest, drop] of this.#evict) {
      if (this.#evict.size <= this.#size) return;
      this.#evict.delete(oldest);
      drop();
    }
  }

  use(entry: CompiledEntry): void {
    if (this.#newest === entry) return;
    const evict = this.#evict.get(entry)!;
    this.#evict.delete(entry);
    this.#evict.set(entry, evict);
    this.#newest = entry;
  }

  remove(entry: CompiledEntry): void {
    this.#evict.delete(entry);
    if (this.#newest === entry) this.#newest = null;
  }
}
