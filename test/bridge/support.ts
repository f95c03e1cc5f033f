/**
 * What the tests of the bridge share: brokers on loopback that can go down and come back, bridges, and clients that note
 * what they receive. Everything ends with its test.
 */
import type { ExecutionContext } from 'ava';
import { type Bridge, type BridgeOptions, createBridge } from '../../src/bridge/index.js';
import { type Broker, type BrokerOptions, createBroker } from '../../src/broker/index.js';
import type { ClientOptions, MidgeClient, ReceivedMessage } from '../../targets/node/index.js';
import { makeClient } from '../node/support.js';
import { until } from '../until.js';

/** A broker at one port that keeps its state while it is down, as one with a data folder does. */
export class Site {
  broker: Broker;
  /** Payloads of what it has accepted as text, in their order, over all its lives. */
  readonly accepted: string[] = [];
  port = 0;
  private constructor(private readonly options: BrokerOptions) {
    this.broker = this.makeBroker(options);
  }

  private makeBroker(options: BrokerOptions): Broker {
    const broker = createBroker(options);
    broker.on('messageIn', ({ payload }) => { this.accepted.push(Buffer.from(payload).toString()); });
    return broker;
  }

  static async open(t: ExecutionContext, options: BrokerOptions = {}): Promise<Site> {
    const site = new Site(options);
    t.teardown(async () => {
      await site.broker.close();
    });
    site.port = (await site.broker.listen()).port;
    return site;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** Goes down as a crash does; the answer brings it back, with its state or without. */
  async down(keepState = true): Promise<() => Promise<void>> {
    const state = await this.broker.close({ keepState, abrupt: true });
    return async () => {
      this.broker = this.makeBroker({ ...this.options, ...(state === undefined ? {} : { state }) });
      await this.broker.listen({ port: this.port });
    };
  }
}

export type BridgeGiven = Omit<BridgeOptions, 'name' | 'url'> & Partial<Pick<BridgeOptions, 'name' | 'url'>>;

/** A started bridge of `site` to `remote`, quick to try again. */
export function bridge(t: ExecutionContext, site: Site, remote: { url: string }, options: BridgeGiven): Bridge {
  const made = createBridge(site.broker, { name: 'test', url: remote.url, clientId: 'bridge', retryMinMs: 10, retryMaxMs: 50, ...options });
  t.teardown(() => made.close());
  made.start();
  return made;
}

export interface Reader {
  readonly client: MidgeClient;
  readonly received: ReceivedMessage[];
  /** Payloads as text, in their order. */
  readonly payloads: () => string[];
}

/** A client that subscribes and notes. */
export async function reader(t: ExecutionContext, url: string, filter: string, options: ClientOptions = {}, qos: 0 | 1 | 2 = 2): Promise<Reader> {
  const client = makeClient(t, { url, ...options });
  const received: ReceivedMessage[] = [];
  client.on('message', (_topic, _payload, message) => received.push(message));
  await client.connect();
  await client.subscribe(filter, { qos, ...(options.protocolVersion === 4 ? {} : { retainAsPublished: true }) });
  return { client, received, payloads: () => received.map(({ payload }) => payload.toString()) };
}

export async function writer(t: ExecutionContext, url: string, options: ClientOptions = {}): Promise<MidgeClient> {
  const client = makeClient(t, { url, ...options });
  await client.connect();
  return client;
}

export async function connected(made: Bridge): Promise<void> {
  await until(() => made.stats.connected);
}
