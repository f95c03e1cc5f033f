/*
 * The password file: users with the hashes of their passwords, one `user:hash` a line, as Mosquitto has it.
 * Checking a hash is slow by design, so only a few are checked at a time, a bounded number waits, and a password that
 * was right is remembered (as a keyed hash, while the process lives) so that a fleet that comes back costs little.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { PasswordHash, PasswordHashOf } from './password-hash.js';
import { isPassword, parseHash } from './password-hash.js';
import { scramNameFault } from './scram-users.js';
import { FileFault, readLines } from './text-file.js';

export interface PasswordEntry {
  readonly line: number;
  readonly text: string;
  readonly hash: PasswordHash;
}

/** Too many passwords wait to be checked. */
export class TooBusy extends Error {}

/** Checks at a time: each takes a thread, and scrypt its memory. */
const checksMax = 2;
const waitingMax = 1000;

export class PasswordFile {
  private readonly remembered = new Map<string, Buffer>();
  private readonly rememberKey = randomBytes(32);

  readonly scramHashes: readonly PasswordHashOf<'scram-sha-256'>[];

  private constructor(readonly users: ReadonlyMap<string, PasswordEntry>) {
    this.scramHashes = [...users.values()].map(({ hash }) => hash).filter((hash) => hash.kind === 'scram-sha-256');
  }

  /** Throws a FileFault. */
  static read(file: string): PasswordFile {
    const users = new Map<string, PasswordEntry>();
    for (const { number, text } of readLines(file)) {
      const colon = text.indexOf(':');
      if (colon < 0) throw new FileFault(file, number, 'there is no ":"; a line is user:hash');
      if (colon === 0) throw new FileFault(file, number, 'there is no user name before the ":"');
      const userName = text.slice(0, colon);
      const earlier = users.get(userName);
      if (earlier !== undefined) throw new FileFault(file, number, `user "${userName}" is already on line ${earlier.line}`);
      const hashText = text.slice(colon + 1);
      const hash = parseHash(hashText);
      if (typeof hash === 'string') throw new FileFault(file, number, `user "${userName}": ${hash}`);
      if (hash.kind === 'scram-sha-256') checkScramName(file, number, userName);
      users.set(userName, { line: number, text: hashText, hash });
    }
    return new PasswordFile(users);
  }

  /** At once for a password that was right before. Rejects with TooBusy. */
  check(userName: string, password: Uint8Array): boolean | Promise<boolean> {
    const known = this.remembered.get(userName);
    const proof = createHmac('sha512', this.rememberKey).update(password).digest();
    if (known !== undefined && timingSafeEqual(known, proof)) return true;
    return this.checkHash(userName, password, proof);
  }

  private async checkHash(userName: string, password: Uint8Array, proof: Buffer): Promise<boolean> {
    const entry = this.users.get(userName);
    // An unknown user takes as long as a known one, so that names cannot be found out by the clock.
    const hash = (entry ?? this.users.values().next().value)?.hash;
    if (hash === undefined) return false;
    await begin();
    try {
      const right = await isPassword(hash, password);
      if (entry === undefined || !right) return false;
      this.remembered.set(userName, proof);
      return true;
    } finally {
      end();
    }
  }

  /** Users of an earlier file that this one has not, or with another password. */
  changedSince(earlier: PasswordFile): Set<string> {
    return new Set([...earlier.users].filter(([userName, { text }]) => this.users.get(userName)?.text !== text).map(([userName]) => userName));
  }
}

/** SCRAM's clients send their name as SASLprep makes it; another would never be found. */
function checkScramName(file: string, line: number, userName: string): void {
  const fault = scramNameFault(userName);
  if (fault !== undefined) throw new FileFault(file, line, `user "${userName}" cannot have a SCRAM hash: ${fault}`);
}

let running = 0;
const waiting: (() => void)[] = [];

async function begin(): Promise<void> {
  if (running < checksMax) {
    running++;
    return;
  }
  if (waiting.length >= waitingMax) throw new TooBusy(`${waitingMax} passwords wait to be checked`);
  // Whoever ends hands its place on.
  await new Promise<void>((resolve) => waiting.push(resolve));
}

function end(): void {
  const next = waiting.shift();
  if (next === undefined) running--;
  else next();
}
