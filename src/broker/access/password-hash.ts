/*
 * Hashes of passwords as they stand in a password file, made and checked. Four forms, in base64:
 *   $7$iterations$salt$key            PBKDF2 with HMAC-SHA512, what mosquitto_passwd writes
 *   $6$salt$key                       SHA-512 of password and salt, what mosquitto_passwd wrote before Mosquitto 2; read only
 *   $scrypt$ln=15,r=8,p=1$salt$key    scrypt (RFC 7914) in the PHC string format, base64 without padding
 *   SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey    RFC 5802 and 7677, as PostgreSQL keeps it
 * Knows nothing of users or files.
 */
import { createHash, pbkdf2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { saslprep } from '../../sasl/saslprep.js';
import { scramKeys } from './scram-keys.js';

interface Pbkdf2Hash {
  readonly kind: 'sha512-pbkdf2';
  readonly iterations: number;
}

interface Sha512Hash {
  readonly kind: 'sha512';
}

interface ScryptHash {
  readonly kind: 'scrypt';
  /** The cost N is two to this power. */
  readonly logCost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

/** Its `key` is the StoredKey. */
export interface ScramHash {
  readonly kind: 'scram-sha-256';
  readonly iterations: number;
  readonly serverKey: Buffer;
}

type HashForm = Pbkdf2Hash | Sha512Hash | ScryptHash | ScramHash;

export type PasswordHash = HashForm & { readonly salt: Buffer; readonly key: Buffer };
export type PasswordHashOf<Kind extends PasswordHash['kind']> = Extract<PasswordHash, { readonly kind: Kind }>;

/** The kinds that are written. */
export const hashKinds = ['sha512-pbkdf2', 'scrypt', 'scram-sha-256'] as const;
export type HashKind = (typeof hashKinds)[number];

/** Mosquitto's own default is 101, which a stolen file does not withstand for long; its broker takes any number. */
export const pbkdf2IterationsDefault = 210_000;
export const pbkdf2IterationsMax = 10_000_000;

/** The client computes these, at each connection, and it may be a small one; fewer than 4096 RFC 7677 does not allow. */
export const scramIterationsDefault = 100_000;
export const scramIterationsMin = 4096;
export const scramSaltBytes = 16;

const keyBytes = 64;
/** Mosquitto 2.0 takes no other length. */
const saltBytes = 12;
const scryptDefault = { logCost: 15, blockSize: 8, parallelization: 1 } as const;
/** Memory of one check; a file must not be able to ask for more. */
const scryptBytesMax = 256 * 1024 * 1024;

const pbkdf2Of = promisify(pbkdf2);
const scryptOf = promisify<string | Buffer, Buffer, number, object, Buffer>(scrypt);

/** The hash, or in words why it is none. */
export function parseHash(text: string): PasswordHash | string {
  if (text.startsWith('SCRAM-SHA-256$')) return parseScram(text);
  const [nothing, form, ...fields] = text.split('$');
  if (nothing !== '' || form === undefined) return 'the password is not hashed; hash the file with "midge passwd -U" or make the entry with "midge passwd"';
  switch (form) {
    case '6':
      return fields.length === 2 ? withBytes({ kind: 'sha512' }, fields[0], fields[1], 64) : 'a $6$ hash is $6$salt$key';
    case '7': {
      if (fields.length !== 3) return 'a $7$ hash is $7$iterations$salt$key';
      const iterations = Number(fields[0]);
      if (!/^\d+$/.test(fields[0]) || iterations < 1 || iterations > pbkdf2IterationsMax) {
        return `the hash has "${fields[0]}" iterations, allowed are 1 to ${pbkdf2IterationsMax}`;
      }
      return withBytes({ kind: 'sha512-pbkdf2', iterations }, fields[1], fields[2], 64);
    }
    case 'scrypt':
      return fields.length === 3 ? parseScrypt(fields[0], fields[1], fields[2]) : 'a scrypt hash is $scrypt$ln=15,r=8,p=1$salt$key';
    default:
      return `the hash begins with $${form}$, known are $7$ (PBKDF2-SHA512), $6$ (SHA-512), $scrypt$ and SCRAM-SHA-256$`;
  }
}

function parseScrypt(costs: string, salt: string, key: string): PasswordHash | string {
  const found = /^ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})$/.exec(costs);
  if (found === null) return `the costs of the scrypt hash are "${costs}", they must be like ln=15,r=8,p=1`;
  const [logCost, blockSize, parallelization] = found.slice(1).map(Number);
  const bytes = 128 * blockSize * (2 ** logCost + parallelization);
  if (logCost < 1 || blockSize < 1 || parallelization < 1 || parallelization > 16 || bytes > scryptBytesMax) {
    return `the costs of the scrypt hash are "${costs}"; ln, r and p are at least 1, p at most 16, and 128 r (2^ln + p) bytes at most ${scryptBytesMax}`;
  }
  return withBytes({ kind: 'scrypt', logCost, blockSize, parallelization }, salt, key, undefined);
}

function parseScram(text: string): PasswordHash | string {
  const found = /^SCRAM-SHA-256\$([^:$]*):([^:$]*)\$([^:$]*):([^:$]*)$/.exec(text);
  if (found === null) return 'a SCRAM hash is SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey';
  const iterations = Number(found[1]);
  if (!/^\d+$/.test(found[1]) || iterations < scramIterationsMin || iterations > pbkdf2IterationsMax) {
    return `the SCRAM hash has "${found[1]}" iterations, allowed are ${scramIterationsMin} to ${pbkdf2IterationsMax}`;
  }
  const serverKey = withBytes({ kind: 'sha512' }, found[2], found[4], 32);
  if (typeof serverKey === 'string') return serverKey;
  return withBytes({ kind: 'scram-sha-256', iterations, serverKey: serverKey.key }, found[2], found[3], 32);
}

function withBytes(hash: HashForm, salt: string, key: string, keyLength: number | undefined): PasswordHash | string {
  const base64 = /^[A-Za-z0-9+/]+={0,2}$/;
  if (!base64.test(salt) || !base64.test(key)) return 'salt or key of the hash is not base64';
  const keyOf = Buffer.from(key, 'base64');
  if (keyLength === undefined ? keyOf.length < 16 || keyOf.length > 128 : keyOf.length !== keyLength) {
    return `the key of the hash has ${keyOf.length} bytes, it must have ${keyLength ?? '16 to 128'}`;
  }
  return { ...hash, salt: Buffer.from(salt, 'base64'), key: keyOf };
}

export async function isPassword(hash: PasswordHash, password: Uint8Array): Promise<boolean> {
  if (hash.kind === 'scram-sha-256') {
    const prepared = preparedPassword(password);
    return prepared !== undefined && timingSafeEqual((await scramKeys(prepared, hash.salt, hash.iterations)).storedKey, hash.key);
  }
  return timingSafeEqual(await keyFor(hash, Buffer.from(password), hash.key.length), hash.key);
}

/** The password in the form that SCRAM's clients compute with; undefined if there is none. */
function preparedPassword(password: Uint8Array): string | undefined {
  try {
    return saslprep(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(password));
  } catch {
    return undefined;
  }
}

async function keyFor(hash: Exclude<HashForm, ScramHash> & { readonly salt: Buffer }, password: Buffer, length: number): Promise<Buffer> {
  if (hash.kind === 'sha512') return createHash('sha512').update(password).update(hash.salt).digest();
  if (hash.kind === 'sha512-pbkdf2') return pbkdf2Of(password, hash.salt, hash.iterations, length, 'sha512');
  const { logCost, blockSize, parallelization } = hash;
  // Node wants to be allowed a little more than the algorithm needs.
  const options = { cost: 2 ** logCost, blockSize, parallelization, maxmem: scryptBytesMax + 1024 * 1024 };
  return scryptOf(password, hash.salt, length, options);
}

/** A new hash of a password, with a salt of its own. `iterations` is for PBKDF2 and SCRAM, which throws a RangeError where SASLprep does. */
export async function hashPassword(kind: HashKind, password: Uint8Array, iterations?: number): Promise<string> {
  if (kind === 'scram-sha-256') return scramHash(Buffer.from(password).toString(), iterations ?? scramIterationsDefault);
  const salt = randomBytes(saltBytes);
  const bytes = Buffer.from(password);
  if (kind === 'sha512-pbkdf2') {
    const rounds = iterations ?? pbkdf2IterationsDefault;
    const key = await keyFor({ kind, iterations: rounds, salt }, bytes, keyBytes);
    return `$7$${rounds}$${salt.toString('base64')}$${key.toString('base64')}`;
  }
  const { logCost, blockSize, parallelization } = scryptDefault;
  const key = await keyFor({ kind, ...scryptDefault, salt }, bytes, 32);
  const bare = (part: Buffer): string => part.toString('base64').replace(/=+$/, '');
  return `$scrypt$ln=${logCost},r=${blockSize},p=${parallelization}$${bare(salt)}$${bare(key)}`;
}

async function scramHash(password: string, iterations: number): Promise<string> {
  const salt = randomBytes(scramSaltBytes);
  const { storedKey, serverKey } = await scramKeys(saslprep(password), salt, iterations);
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey.toString('base64')}:${serverKey.toString('base64')}`;
}
