/*
 * Where a client without proof of its name may come from.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Whether an address is this machine's own, IPv4 within IPv6 included. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/i.test(address);
}

/** From this machine, or with a client certificate that the listener's authorities vouch for. */
export function isTrustedUnnamed(remoteAddress: string, socket: Socket): boolean {
  return isLoopback(remoteAddress) || (socket instanceof TLSSocket && socket.authorized);
}
