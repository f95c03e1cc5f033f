/*
 * Who may see and who may act: the address to listen on, the Host header, the token, and the headers that keep the page
 * from running anything that is not its own. Must not know what is served.
 * Read first: src/dashboard/README.md, "Who may see and act".
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';

/** An option of the dashboard that is wrong; the message names it, its value and what is allowed. */
export class DashboardOptionError extends Error {}

export const tokenCharactersMin = 16;

export interface Address {
  readonly host: string;
  readonly isLoopback: boolean;
}

/** Finds the address to listen on, and refuses one that other machines reach if nobody is asked for a token. */
export async function addressOf(host: string, token: string | undefined): Promise<Address> {
  if (token !== undefined && token.length < tokenCharactersMin) {
    throw new DashboardOptionError(`the dashboard's token has ${token.length} characters; it must have at least ${tokenCharactersMin}`);
  }
  const { address } = await lookup(host);
  const isLoopback = isLoopbackAddress(address);
  if (!isLoopback && token === undefined) {
    throw new DashboardOptionError(`the dashboard's host is "${host}", which other machines reach, so it needs a token of at least ${tokenCharactersMin} characters; without one it must be 127.0.0.1 or ::1`);
  }
  return { host: address, isLoopback };
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address);
}

/**
 * Whether a request to a dashboard on loopback names this machine. A page of elsewhere whose name has been pointed to
 * 127.0.0.1 (DNS rebinding) names its own.
 */
export function namesThisMachine(hostHeader: string | undefined): boolean {
  const name = (hostHeader ?? '').toLowerCase().replace(/:\d+$/, '');
  return name === 'localhost' || name === '[::1]' || isLoopbackAddress(name);
}

/** Whether a page of elsewhere asks. Browsers say so; other programs say nothing, and may ask. */
export function isFromElsewhere(request: IncomingMessage): boolean {
  const site = request.headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}

/** The token, held as its digest: two digests are compared in a time that tells nothing of either. */
export class Token {
  private readonly digest: Buffer;

  constructor(token: string) {
    this.digest = digestOf(token);
  }

  /** Whether the request's Authorization header holds it: `Bearer <token>`. */
  isGivenBy(request: IncomingMessage): boolean {
    const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (given === undefined) return false;
    // Headers are Latin-1 to Node, while the page sends UTF-8.
    return timingSafeEqual(digestOf(Buffer.from(given, 'latin1')), this.digest);
  }
}

function digestOf(text: string | Buffer): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Sent with every answer. Everything is the dashboard's own, nothing is inline, nothing is embedded elsewhere. */
export const guardingHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};
