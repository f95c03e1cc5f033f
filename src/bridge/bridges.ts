/**
 * All bridges of one broker: started and ended together, replaced one by one when their settings change, and what they have
 * to say in words. Must not know how a bridge works.
 */
import { EventEmitter } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import type { Broker } from '../broker/index.js';
import { Bridge, type BridgeStats, localBridgeName, localClientId } from './bridge.js';
import { BridgeError } from './fault.js';
import { type BridgeOptions, type CheckedBridge, checkBridge } from './options.js';

/** Something for a log: of people's interest, or (`isFault`) of their concern. */
export interface BridgeNotice {
  readonly bridge: string;
  readonly event: 'bridgeBegan' | 'bridgeConnected' | 'bridgeDisconnected' | 'bridgeDropped' | 'bridgeTrouble' | 'bridgeEnded';
  readonly isFault: boolean;
  /** A line. */
  readonly words: string;
  /** The same for programs. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface BridgesEvents {
  notice: [notice: BridgeNotice];
}

interface Running {
  readonly options: CheckedBridge;
  readonly bridge: Bridge;
}

/** Checks the options; opens nothing yet. Throws a BridgeError that names the wrong one. */
export function createBridge(broker: Broker, options: BridgeOptions): Bridge {
  return new Bridge(broker, checkBridge(options));
}

/** Checks each of them, and that they do not get in each other's way. Throws a BridgeError. */
export function checkBridges(all: readonly BridgeOptions[]): CheckedBridge[] {
  const checked = all.map(checkBridge);
  checked.forEach(({ name, clientId, url }, at) => {
    const other = checked.findIndex((one) => one.name === name);
    if (other < at) throw new BridgeError('name', `name is "${name}" twice; each bridge must have its own`);
    const twin = checked.find((one, before) => before < at && one.clientId === clientId && one.url === url);
    if (twin !== undefined) throw new BridgeError('clientId', `clientId is "${clientId}" as that of the bridge "${twin.name}" to the same broker; they would throw each other out`);
  });
  return checked;
}

export class Bridges extends EventEmitter<BridgesEvents> {
  private readonly running = new Map<string, Running>();
  private changing: Promise<void> = Promise.resolve();

  /** Throws a BridgeError. */
  constructor(private readonly broker: Broker, all: readonly BridgeOptions[]) {
    super();
    for (const options of checkBridges(all)) this.running.set(options.name, { options, bridge: this.create(options) });
  }

  start(): void {
    this.forgetOthers();
    for (const { bridge } of this.running.values()) bridge.start();
  }

  get names(): string[] {
    return [...this.running.keys()];
  }

  statsOf(name: string): BridgeStats | undefined {
    return this.running.get(name)?.bridge.stats;
  }

  /**
   * Brings the bridges to new settings: those whose settings are the same go on untouched. One that is no longer there ends, and with
   * it the session in which its messages waited here. Throws at once, and changes nothing, if a setting is wrong.
   */
  replace(all: readonly BridgeOptions[]): Promise<void> {
    const wanted = checkBridges(all);
    const made = new Map(wanted.map((options) => [options.name, this.create(options)]));
    const changed = this.changing.then(() => this.change(wanted, made));
    // One that failed must not keep later ones from happening.
    this.changing = changed.catch(() => undefined);
    return changed;
  }

  private async change(wanted: readonly CheckedBridge[], made: ReadonlyMap<string, Bridge>): Promise<void> {
    const known = new Set(this.running.keys());
    for (const [name, { options, bridge }] of [...this.running]) {
      const next = wanted.find((one) => one.name === name);
      if (next !== undefined && isDeepStrictEqual(next, options)) continue;
      this.running.delete(name);
      await bridge.close();
      if (next === undefined) this.forget(name);
    }
    for (const options of wanted) {
      if (this.running.has(options.name)) continue;
      const bridge = made.get(options.name)!;
      this.running.set(options.name, { options, bridge });
      const why = known.has(options.name) ? 'begins anew, as its settings have changed' : 'begins';
      this.say(options.name, 'bridgeBegan', false, why, {});
      bridge.start();
    }
  }

  /** A broker with a data folder may have sessions of bridges that its settings no longer name: nobody would ever empty them. */
  private forgetOthers(): void {
    const names = this.broker.sessionIds().flatMap((clientId) => {
      const name = localBridgeName(clientId);
      return name === undefined || this.running.has(name) || this.broker.session(clientId)?.connected === true ? [] : [name];
    });
    for (const name of new Set(names)) this.forget(name);
  }

  private forget(name: string): void {
    const { queuedMessages = 0, inflightMessages = 0 } = this.broker.session(localClientId(name, 'out')) ?? {};
    const waiting = queuedMessages + inflightMessages;
    for (const direction of ['out', 'in'] as const) this.broker.deleteSession(localClientId(name, direction));
    this.broker.publish({ topic: `$SYS/broker/connection/${name}/state`, retain: true });
    this.say(name, 'bridgeEnded', waiting > 0, `has ended${waiting > 0 ? `, and with it ${waiting === 1 ? 'a message' : `${waiting} messages`} that waited for it` : ''}`, { waiting });
  }

  async close(): Promise<void> {
    await this.changing;
    await Promise.all([...this.running.values()].map(({ bridge }) => bridge.close()));
  }

  private create(options: CheckedBridge): Bridge {
    const { name, url } = options;
    const bridge = new Bridge(this.broker, options);
    // A password may hold an @ of its own.
    const where = url.replace(/\/\/[^/]*@/, '//');
    bridge.on('connected', () => this.say(name, 'bridgeConnected', false, `is connected to ${where}`, { url: where }));
    bridge.on('disconnected', (words, retryInMs) => {
      this.say(name, 'bridgeDisconnected', true, `is not connected: ${words}; next attempt in ${(retryInMs / 1000).toFixed(1)} s`, { reason: words, retryInMs });
    });
    bridge.on('trouble', (words) => this.say(name, 'bridgeTrouble', true, words, { reason: words }));
    bridge.on('dropped', (reason, direction, topic, detail, count) => {
      const what = `${count === 1 ? 'a message' : `${count} messages`} ${direction === 'out' ? 'to' : 'from'} the remote broker`;
      const last = topic === '' ? '' : `, the last to "${topic}"`;
      this.say(name, 'bridgeDropped', true, `dropped ${what}: ${reason}${detail === '' ? '' : ` (${detail})`}${last}`, { reason, direction, topic, detail, count });
    });
    return bridge;
  }

  private say(bridge: string, event: BridgeNotice['event'], isFault: boolean, words: string, fields: BridgeNotice['fields']): void {
    this.emit('notice', { bridge, event, isFault, words: `bridge "${bridge}" ${words}`, fields });
  }
}
