const LONGEST = 40;

/**
 * Gives other work a turn (timers, signals, the page) when none has had one for a while. Training is one synchronous call after
 * another; without this, Ctrl-C and progress would wait for the end.
 */
export function pauser(): () => Promise<void> | null {
  let last = Date.now();
  return () => {
    if (Date.now() - last < LONGEST) return null;
    return new Promise((resolve) => {
      setTimeout(() => {
        last = Date.now();
        resolve();
      });
    });
  };
}
