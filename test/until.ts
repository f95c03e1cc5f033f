/**
 * Waiting in tests for what other processes, sockets and timers bring about. Must not know what is tested.
 */

/** Far beyond what any machine needs, and less than ava waits for a test to end: reached by failures only, which then are told by name. */
const patienceMs = 120_000;

/** Waits until `holds`; what was waited for in vain is told in the words of `what`, asked at the end, or else by the text of `holds`. */
export async function until(holds: () => boolean, what: string | (() => string) = () => String(holds)): Promise<void> {
  const giveUpAtMs = performance.now() + patienceMs;
  while (!holds()) {
    if (performance.now() > giveUpAtMs) throw new Error(`waited in vain for ${typeof what === 'string' ? what : what()}`);
    await new Promise((resolve) => { setTimeout(resolve, 2); });
  }
}
