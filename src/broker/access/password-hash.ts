/*
 * Hashes of passwords as they stand in a password file, made and checked. Three forms, in base64:
 *   $7$iterations$salt$key            PBKDF2 with HMAC-SHA512, what mosquitto_passwd writes
 *   $6$salt$key                       SHA-512 of password and salt, what mosquitto_passwd wrote before Mosquitto 2; read only
 *   $scrypt$ln=15,r=8,p=1$salt$key    scrypt (RFC 7914) in the PHC string format, base64 without padding
 * Knows nothing of users or files.
 */
import { createHash, pbkdf2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

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

export type PasswordHash = (Pbkdf2Hash | Sha512Hash | ScryptHash) & { readonly salt: Buffer; readonly key: Buffer };

/** The kinds that are written. */
export const hashKinds = ['sha512-pbkdf2', 'scrypt'] as const;
export type HashKind = (typeof hashKinds)[number];

/** Mosquitto's own default is 101, which a stolen file does not withstand for long; its broker takes any number. */
export const pbkdf2IterationsDefault = 210_000;
export const pbkdf2IterationsMax = 10_000_000;

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
      return `the hash begins with $${form}$, known are $7$ (PBKDF2-SHA512), $6$ (SHA-512) and $scrypt$`;
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

function withBytes(hash: Pbkdf2Hash | Sha512Hash | ScryptHash, salt: string, key: string, keyLength: number | undefined): PasswordHash | string {
  const base64 = /^[A-Za-z0-9+/]+={0,2}$/;
  if (!base64.test(salt) || !base64.test(key)) return 'salt or key of the hash is not base64';
  const keyOf = Buffer.from(key, 'base64');
  if (keyLength === undefined ? keyOf.length < 16 || keyOf.length > 128 : keyOf.length !== keyLength) {
    return `the key of the hash has ${keyOf.length} bytes, it must have ${keyLength ?? '16 to 128'}`;
  }
  return { ...hash, salt: Buffer.from(salt, 'base64'), key: keyOf };
}

export async function isPassword(hash: PasswordHash, password: Uint8Array): Promise<boolean> {
  return timingSafeEqual(await keyFor(hash, Buffer.from(password), hash.key.length), hash.key);
}

async function keyFor(hash: PasswordHash, password: Buffer, length: number): Promise<Buffer> {
  if (hash.kind === 'sha512') return createHash('sha512').update(password).update(hash.salt).digest();
  if (hash.kind === 'sha512-pbkdf2') return pbkdf2Of(password, hash.salt, hash.iterations, length, 'sha512');
  const { logCost, blockSize, parallelization } = hash;
  // Node wants to be allowed a little more than the algorithm needs.
  const options = { cost: 2 ** logCost, blockSize, parallelization, maxmem: scryptBytesMax + 1024 * 1024 };
  return scryptOf(password, hash.salt, length, options);
}

/** A new hash of a password, with a salt of its own. `iterations` is for PBKDF2. */
export async function hashPassword(kind: HashKind, password: Uint8Array, iterations = pbkdf2IterationsDefault): Promise<string> {
  const salt = randomBytes(saltBytes);
  const none = Buffer.alloc(0);
  const bytes = Buffer.from(password);
  if (kind === 'sha512-pbkdf2') {
    const key = await keyFor({ kind, iterations, salt, key: none }, bytes, keyBytes);
    return `$7$${iterations}$${salt.toString('base64')}$${key.toString('base64')}`;
  }
  const { logCost, blockSize, parallelization } = scryptDefault;
  const key = await keyFor({ kind, ...scryptDefault, salt, key: none }, bytes, 32);
  const bare = (part: Buffer): string => part.toString('base64').replace(/=+$/, '');
  return `$scrypt$ln=${logCost},r=${blockSize},p=${parallelization}$${bare(salt)}$${bare(key)}`;
}
