/**
 * SCRAM-SHA-256 from the client's side: proves that it knows the password without sending it, and lets nobody be the
 * server who does not know the user. Must not know: connections, packets; nor the broker's half of it.
 *
 * Read first: RFC 5802 sections 3 and 5; RFC 7677.
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { saslprep } from '../../src/sasl/saslprep.js';
import type { AuthenticationOptions } from './api-options.js';
import { MidgeError } from './error.js';
import { fieldError } from './words.js';

export interface ScramOptions {
  userName: string;
  password: string;
  /** Most rounds that a server may ask for, 4,096 to 100,000,000: half a second for each million. Default 1,000,000. */
  iterationsMax?: number;
}

const enum Scram {
  /** RFC 7677: fewer make a password too easy to find out. */
  IterationsMin = 4096,
  NonceBytes = 24,
  KeyBytes = 32,
}

const pbkdf2Of = promisify(pbkdf2);

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function textOf(data: Uint8Array | null): string {
  return data === null ? '' : Buffer.from(data).toString();
}

interface Keys {
  /** Salt and rounds that they come from: a client that comes back need not compute them again. */
  origin: string;
  client: Buffer;
  server: Buffer;
}

class ScramClient {
  readonly method = 'SCRAM-SHA-256';
  private keys: Keys | null = null;
  private nonce = '';
  private firstBare = '';
  /** The signature that the server owes; null until the proof has been sent. */
  private expected: Buffer | null = null;
  private readonly name: string;
  private readonly password: string;

  constructor(options: ScramOptions, private readonly iterationsMax: number) {
    this.name = prepared('userName', options.userName).replaceAll('=', '=3D').replaceAll(',', '=2C');
    this.password = prepared('password', options.password);
  }

  begin(): Uint8Array {
    this.nonce = randomBytes(Scram.NonceBytes).toString('base64');
    this.firstBare = `n=${this.name},r=${this.nonce}`;
    this.expected = null;
    return Buffer.from(`n,,${this.firstBare}`);
  }

  async respond(data: Uint8Array | null): Promise<Uint8Array> {
    const serverFirst = textOf(data);
    const found = /^r=([!-+\--~]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9]\d{0,9})(?:,[A-Za-z]=[^,]+)*$/.exec(serverFirst);
    if (found === null) throw new MidgeError(`${this.method}: the server's message is not r=nonce,s=salt,i=rounds`);
    if (this.expected !== null) throw new MidgeError(`${this.method}: the server asks a second time`);
    const [, nonce, salt, rounds] = found;
    if (!nonce.startsWith(this.nonce) || nonce.length === this.nonce.length) {
      throw new MidgeError(`${this.method}: the server's nonce does not continue the one that was sent to it`);
    }
    const iterations = Number(rounds);
    if (iterations < Scram.IterationsMin || iterations > this.iterationsMax) {
      const allowed = `${Scram.IterationsMin} to ${this.iterationsMax}`;
      throw new MidgeError(`${this.method}: the server asks for ${iterations} rounds; allowed are ${allowed} (iterationsMax)`);
    }
    const firstBare = this.firstBare;
    const keys = await this.keysFor(salt, iterations);
    const withoutProof = `c=${Buffer.from('n,,').toString('base64')},r=${nonce}`;
    const authMessage = `${firstBare},${serverFirst},${withoutProof}`;
    const proof = hmac(createHash('sha256').update(keys.client).digest(), authMessage);
    for (const [at, value] of keys.client.entries()) proof[at] ^= value;
    if (firstBare === this.firstBare) this.expected = hmac(keys.server, authMessage);
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`);
  }

  private async keysFor(salt: string, iterations: number): Promise<Keys> {
    const origin = `${iterations} ${salt}`;
    if (this.keys?.origin === origin) return this.keys;
    const salted = await pbkdf2Of(this.password, Buffer.from(salt, 'base64'), iterations, Scram.KeyBytes, 'sha256');
    this.keys = { origin, client: hmac(salted, 'Client Key'), server: hmac(salted, 'Server Key') };
    return this.keys;
  }

  verify(data: Uint8Array | null): void {
    const expected = this.expected;
    // A signature is good for one exchange.
    this.expected = null;
    const signature = /^v=([A-Za-z0-9+/]+={0,2})(?:,.*)?$/s.exec(textOf(data))?.[1];
    if (expected === null || signature === undefined) throw new MidgeError(`${this.method}: the server did not prove that it knows the user`);
    const given = Buffer.from(signature, 'base64');
    if (given.length === expected.length && timingSafeEqual(given, expected)) return;
    throw new MidgeError(`${this.method}: the server's signature is wrong: it does not know the user's password`);
  }
}

function prepared(field: string, value: unknown): string {
  // A password is never shown.
  const shown = field === 'password' && typeof value === 'string' ? `(${value.length} characters)` : value;
  if (typeof value !== 'string') throw fieldError(`scramSha256: ${field}`, shown, 'a string');
  try {
    const result = saslprep(value);
    if (result !== '' && Buffer.byteLength(result) < 16384) return result;
  } catch (error) {
    throw fieldError(`scramSha256: ${field}`, shown, `what SASLprep allows; ${(error as Error).message}`);
  }
  throw fieldError(`scramSha256: ${field}`, shown, 'at least one character and at most 16,383 bytes');
}

/**
 * The option `authentication` of one client, for a server that offers SCRAM-SHA-256: it proves that it knows the password, and
 * ends a connection whose server does not prove the same. Throws a MidgeError for a name or password that it cannot use.
 */
export function scramSha256(options: ScramOptions): AuthenticationOptions {
  const { iterationsMax = 1_000_000 } = options;
  if (!Number.isInteger(iterationsMax) || iterationsMax < Scram.IterationsMin || iterationsMax > 100_000_000) {
    throw fieldError('scramSha256: iterationsMax', iterationsMax, 'a whole number from 4,096 to 100,000,000');
  }
  const scram = new ScramClient(options, iterationsMax);
  return {
    method: scram.method,
    data: () => scram.begin(),
    respond: (data) => scram.respond(data),
    verify: (data) => scram.verify(data),
  };
}
