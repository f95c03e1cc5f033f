/*
 * SCRAM's arithmetic with SHA-256: keys from a password, and from the keys what either side proves itself with.
 * Knows nothing of messages, users or files. Read first: RFC 5802, section 3; RFC 7677.
 */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const pbkdf2Of = promisify(pbkdf2);

export const scramKeyBytes = 32;

/** What a server keeps of a password. */
export interface ScramKeys {
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** `password` has been through SASLprep. */
export async function scramKeys(password: string, salt: Buffer, iterations: number): Promise<ScramKeys> {
  const salted = await pbkdf2Of(password, salt, iterations, scramKeyBytes, 'sha256');
  return { storedKey: createHash('sha256').update(hmac(salted, 'Client Key')).digest(), serverKey: hmac(salted, 'Server Key') };
}

/** Whether a ClientProof of 32 bytes was made by somebody who knows the password. */
export function isClientProof(proof: Buffer, { storedKey }: ScramKeys, authMessage: string): boolean {
  const clientKey = hmac(storedKey, authMessage);
  for (const [at, value] of proof.entries()) clientKey[at] ^= value;
  return timingSafeEqual(createHash('sha256').update(clientKey).digest(), storedKey);
}

export function serverSignature({ serverKey }: ScramKeys, authMessage: string): Buffer {
  return hmac(serverKey, authMessage);
}

export function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
