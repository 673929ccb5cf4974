/** Something that takes training steps and can be timed in turns. */
export interface Rival {
  /** 'compiled', 'eager', 'hand-written' or 'pytorch'. */
  readonly mode: string;
  /** Takes `steps` steps; milliseconds a step. */
  turn(steps: number): Promise<number>;
  dispose(): void;
}
