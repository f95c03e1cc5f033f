/**
 * A server that `midge bench` has not started itself: whether it can be reached, which version it speaks, and up to which
 * QoS, found out before a device connects. Must not know what the devices do.
 *
 * Read first: src/broker/INTEROP.md.
 */
import { createClient, MidgeError, Reason, Status } from '../../targets/node/index.js';
import { type ParsedUrl, parseUrl } from '../../targets/node/url.js';
import { Failure, UsageError, wordsOf } from './fault.js';
import type { ValueOf } from './values.js';

/** Where another server is, checked. */
export interface ServerUrl extends ParsedUrl {
  readonly url: string;
}

export interface ForeignServer extends ServerUrl {
  readonly protocolVersion: 4 | 5;
  readonly qosMax: 1 | 2;
  /** What the devices leave out, and why. */
  readonly notRun: readonly string[];
}

export const serverUrlValue: ValueOf<ServerUrl> = (text, name) => {
  try {
    return { ...parseUrl(text), url: text };
  } catch (thrown) {
    throw new UsageError(wordsOf(thrown).replace(/^url is '(.*)'; allowed:/s, `${name} is "$1"; allowed:`));
  }
};

/** With 'auto' the devices speak 5.0 where the server does, else 3.1.1. */
export async function probeServer(server: ServerUrl, asked: 4 | 5 | 'auto'): Promise<ForeignServer> {
  try {
    return await probeVersion(server, asked === 'auto' ? 5 : asked);
  } catch (thrown) {
    if (!(thrown instanceof MidgeError)) throw thrown;
    // A server that knows 3.1.1 only says so, or closes the connection at a CONNECT that it cannot read. [MQTT-3.1.2-2]
    const mayBeOld = asked !== 4 && (thrown.reason === Reason.UnsupportedVersion || thrown.status === Status.LinkLost);
    if (!mayBeOld) throw new Failure(`--broker: ${inOptionNames(thrown)}`);
    if (asked !== 'auto') throw new Failure(`--broker: ${inOptionNames(thrown)}; a server that speaks no MQTT 5.0 takes --mqtt 3.1.1, or --mqtt auto`);
  }
  try {
    const found = await probeVersion(server, 4);
    return { ...found, notRun: ['MQTT 5.0: the server refuses it', ...found.notRun] };
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown : new Failure(`--broker: ${inOptionNames(thrown)}`);
  }
}

/** The Node port names its own options. */
function inOptionNames(thrown: unknown): string {
  return wordsOf(thrown).replace(/ \(try protocolVersion \d\)/, '');
}

async function probeVersion(server: ServerUrl, protocolVersion: 4 | 5): Promise<ForeignServer> {
  const client = createClient({ url: server.url, protocolVersion, reconnect: false });
  try {
    const { properties } = await client.connect();
    // A server without QoS 2 closes the connection at a publish of it, or answers out of order; in SUBACK it says so.
    const { reason: granted } = await client.subscribe('midge-monitor/probe', { qos: 2 });
    const qosMax = Math.min(granted, properties.maximumQos ?? 2);
    if (qosMax === 0) throw new Failure('--broker: the server grants QoS 0 only; the bench needs QoS 1');
    return { ...server, protocolVersion, qosMax: qosMax === 1 ? 1 : 2, notRun: qosMax === 2 ? [] : ['QoS 2: the server grants QoS 1'] };
  } finally {
    await client.end({ timeoutMs: 0 });
  }
}
