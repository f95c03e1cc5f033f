/**
 * Where the server is: the four URL schemes, and the Server Reference of MQTT 5.0.
 * Must not know: sockets.
 *
 * Read first: MQTT 5.0 section 4.11 (server redirection), section 6 (WebSocket).
 */
import { fieldError } from './words.js';

export interface Endpoint {
  /** Empty: a stream of the application. */
  host: string;
  port: number;
  isTls: boolean;
  /** Null: no WebSocket. */
  wsPath: string | null;
}

export interface ParsedUrl extends Endpoint {
  username: string | null;
  password: string | null;
}

const schemes: Readonly<Record<string, readonly [isTls: boolean, isWs: boolean, port: number]>> = {
  'mqtt:': [false, false, 1883],
  'tcp:': [false, false, 1883],
  'mqtts:': [true, false, 8883],
  'tls:': [true, false, 8883],
  'ws:': [false, true, 80],
  'wss:': [true, true, 443],
};

const urlForm = 'mqtt://host:1883, mqtts://host:8883, ws://host/mqtt or wss://host/mqtt';

/** The port that a URL without one means. */
export function defaultPort(isTls: boolean, isWs: boolean): number {
  if (isWs) return isTls ? 443 : 80;
  return isTls ? 8883 : 1883;
}

/** Throws a MidgeError that shows the URL without its password. */
export function parseUrl(text: string): ParsedUrl {
  const safe = text.replace(/\/\/[^/@]*@/, '//…@');
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw fieldError('url', safe, urlForm);
  }
  const scheme = schemes[url.protocol];
  if (scheme === undefined || url.hostname === '' || url.hash !== '' || url.port === '0') throw fieldError('url', safe, urlForm);
  const [isTls, isWs, port] = scheme;
  if (!isWs && ((url.pathname !== '' && url.pathname !== '/') || url.search !== '')) {
    throw fieldError('url', safe, `no path behind the host of ${url.protocol}// (a path belongs to ws:// and wss://)`);
  }
  let username: string;
  let password: string;
  try {
    username = decodeURIComponent(url.username);
    password = decodeURIComponent(url.password);
  } catch {
    throw fieldError('url', safe, 'user name and password with each % followed by two hexadecimal digits');
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? port : Number(url.port),
    isTls,
    wsPath: isWs ? (url.pathname === '/' && url.search === '' ? '/mqtt' : url.pathname + url.search) : null,
    username: username === '' ? null : username,
    password: password === '' ? null : password,
  };
}

/** host, host:port, [address] or [address]:port, the first of a list; everything else as at `from`. Null: not understood. */
export function parseServerReference(reference: string, from: Endpoint): Endpoint | null {
  const first = reference.trim().split(/\s+/)[0];
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/.exec(first);
  if (match === null) return null;
  const port = match[3] === undefined ? from.port : Number(match[3]);
  if (port < 1 || port > 65535) return null;
  return { ...from, host: match[1] ?? match[2], port };
}

/** For messages: as a URL, without credentials. */
export function endpointWords(endpoint: Endpoint): string {
  if (endpoint.host === '') return 'the stream';
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  if (endpoint.wsPath !== null) return `${endpoint.isTls ? 'wss' : 'ws'}://${host}:${endpoint.port}${endpoint.wsPath}`;
  return `${endpoint.isTls ? 'mqtts' : 'mqtt'}://${host}:${endpoint.port}`;
}
