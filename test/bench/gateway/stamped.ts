/** Messages that tell their number and when they were sent, each twice: one that was altered on its way is noticed. */
export function stampedMessage(number: number, bytes: number): Buffer {
  const once = `${number} ${process.hrtime.bigint()}`;
  return Buffer.from(`${once} ${once} `.padEnd(bytes, 'x'));
}

/** Null: it is not what was sent. `agedMs`: since then, on this machine. */
export function readStamped(payload: Uint8Array): { number: number; agedMs: number } | null {
  const found = /^((\d+) (\d+)) (\d+ \d+) x*$/.exec(Buffer.from(payload).toString('latin1'));
  if (found === null || found[1] !== found[4]) return null;
  return { number: Number(found[2]), agedMs: Number(process.hrtime.bigint() - BigInt(found[3])) / 1e6 };
}
