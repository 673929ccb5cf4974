const LONGEST = 40;

/** The next turn of whatever runs this. Node has one that comes at once; a timer, which browsers have too, waits a millisecond or more. */
const { setImmediate: later = (resume: () => void): unknown => setTimeout(resume) } = globalThis as {
  setImmediate?: (resume: () => void) => unknown;
};

/**
 * Gives other work a turn (timers, signals, the page) when none has had one for a while. Training is one synchronous call after
 * another; without this, Ctrl-C and progress would wait for the end.
 */
export function pauser(): () => Promise<void> | null {
  let last = Date.now();
  return () => {
    if (Date.now() - last < LONGEST) return null;
    return new Promise((resolve) => {
      later(() => {
        last = Date.now();
        resolve();
      });
    });
  };
}
