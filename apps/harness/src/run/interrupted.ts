/** A run was asked to stop, and did, between two steps. */
export class Interrupted extends Error {
  /** Steps taken. */
  readonly step: number;
  /** Whether it can be resumed from here, and not only from an earlier checkpoint or from the start. */
  readonly saved: boolean;

  constructor(step: number, saved: boolean) {
    super(`Interrupted at step ${step}.`);
    this.name = 'Interrupted';
    this.step = step;
    this.saved = saved;
  }
}
