/*
 * SCRAM-SHA-256 from the client's side for the broker's tests, computed anew here from RFC 5802, section 3, one formula a
 * line, and the packets that carry it.
 */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { binary, packet, properties, text } from './support.js';
import type { RawClient } from './support.js';

const hmac = (key: Buffer, message: string): Buffer => createHmac('sha256', key).update(message).digest();

export interface Proof {
  readonly clientProof: string;
  readonly serverSignature: string;
}

export function proofOf(password: string, salt: string, iterations: number, authMessage: string): Proof {
  const saltedPassword = pbkdf2Sync(password, Buffer.from(salt, 'base64'), iterations, 32, 'sha256');
  const clientKey = hmac(saltedPassword, 'Client Key');
  const storedKey = createHash('sha256').update(clientKey).digest();
  const clientSignature = hmac(storedKey, authMessage);
  const serverKey = hmac(saltedPassword, 'Server Key');
  return {
    clientProof: Buffer.from(clientKey.map((value, at) => value ^ clientSignature[at])).toString('base64'),
    serverSignature: hmac(serverKey, authMessage).toString('base64'),
  };
}

export interface ServerFirst {
  readonly nonce: string;
  readonly salt: string;
  readonly iterations: number;
}

export function readServerFirst(message: string): ServerFirst {
  const found = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(message);
  if (found === null) throw new Error(`this is no server-first-message: ${message}`);
  return { nonce: found[1], salt: found[2], iterations: Number(found[3]) };
}

/** The last message, and the signature that the server owes for it. */
export function clientFinal(clientFirstBare: string, serverFirst: string, password: string, gs2Header = 'n,,'): { message: string; signature: string } {
  const { nonce, salt, iterations } = readServerFirst(serverFirst);
  const withoutProof = `c=${Buffer.from(gs2Header).toString('base64')},r=${nonce}`;
  const { clientProof, serverSignature } = proofOf(password, salt, iterations, `${clientFirstBare},${serverFirst},${withoutProof}`);
  return { message: `${withoutProof},p=${clientProof}`, signature: `v=${serverSignature}` };
}

const method = 'SCRAM-SHA-256';
const methodAndData = (data?: string | Buffer): string => {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  return `15${text(method)}${bytes === undefined ? '' : `16${binary(bytes.toString('hex'))}`}`;
};

/** The properties of a CONNECT with a first message. */
export const connectProperties = methodAndData;

export const auth = (reasonCode: string, data?: string): string => packet(0xf0, reasonCode, properties(methodAndData(data)));

/** The data of the AUTH (0x18) that comes next. */
export async function nextData(client: RawClient): Promise<string> {
  const received = await client.takePacket();
  const found = /^f0(?:[89a-f].)?..18(?:[89a-f].)?..15/.test(received) ? received.split(`15${text(method)}16`)[1] : undefined;
  if (found === undefined) throw new Error(`this is no AUTH with data: ${received}`);
  return Buffer.from(found.slice(4), 'hex').toString();
}

/** All that follows on a first message: sends the last one, with this password, and gives what the server must sign with. */
export async function answerChallenge(client: RawClient, clientFirstBare: string, password: string, gs2Header?: string): Promise<string> {
  const { message, signature } = clientFinal(clientFirstBare, await nextData(client), password, gs2Header);
  client.send(auth('18', message));
  return signature;
}
