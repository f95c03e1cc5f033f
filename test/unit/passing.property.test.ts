/**
 * What passes the core by leaves it where its ordinary way would have: two clients through the same random conversation, one of which takes note
 * whenever it may, the other never. After every step both have sent and reported the same, and stand the same.
 */
import test from 'ava';
import fc from 'fast-check';
import {
  type Client, clientConnect, clientInput, clientLinkDown, clientLinkUp, clientNextEvent, clientOutput, clientPublish, clientSent, clientSubscribe, createClient,
  createConfig, Event, Packet, Publish, Slot, State,
} from '../../src/core/index.js';
import { Message } from '../../src/core/outbox.js';
import { isQuietIn, isQuietOut, noteAcknowledged, noteIdentifier, noteReceived, noteRecorded, noteReleased, noteReleasing, noteSent, rowsToNote } from '../../src/core/passing.js';
import { clientHolds, poisonUnused } from '../conformance/invariants.js';
import { seedOf } from './random.js';

type Step =
  | { readonly name: 'publish'; readonly topic: string; readonly payload: string; readonly flags: number }
  | { readonly name: 'answer'; readonly which: number; readonly packet: Packet | 'right' }
  | { readonly name: 'message'; readonly topic: string; readonly payload: string; readonly flags: number; readonly id: number }
  | { readonly name: 'release' | 'handled' | 'subscribe' | 'lose' | 'connect' };

const connack = [0x20, 2, 1, 0];

/** Fields that say what was read, written or reported last, or when: nothing follows from them. */
const passing = new Set([
  'now', 'sentAt', 'receivedAt', 'topicText', 'topicTextAt', 'topicTextTo', 'flags', 'handle', 'route', 'topic', 'topicFrom', 'topicTo', 'payloadFrom', 'payloadTo',
  'offset', 'total', 'status', 'reason', 'settleReason', 'out', 'outFrom', 'outTo', 'inFrom', 'inTo', 'input', 'control', 'config', 'v5', 'arena', 'sequence', 'arenaTo', 'slotsTo', 'next', 'slots', 'inbound',
]);

class Device {
  readonly client: Client;
  readonly log: string[] = [];
  private isHandling = false;
  private unread: number[] = [];
  /** Of publishes, and of a message that is being handled, of which the client has not been told: their identifiers, and where they end in the arena. */
  private awaited: number[] = [];
  private passed = 0;
  private passedTo = 0;
  private held = 0;
  notes = 0;

  constructor(private readonly takesNote: boolean) {
    const config = createConfig('a');
    config.outboxBytes = 200;
    config.outboxMessages = 5;
    config.inFlightMax = 4;
    config.cleanStart = false;
    this.client = createClient(config)!;
  }

  /** What a port does before it asks the client for anything else. */
  private tell(): void {
    if (this.awaited.length > 0) noteSent(this.client, this.passed * Slot.Size, this.awaited.length);
    if (this.held > 0) noteReceived(this.client, this.held, false);
    this.awaited = [];
    this.passed = 0;
    this.held = 0;
  }

  get isTold(): boolean {
    return this.awaited.length + this.held === 0;
  }

  /** What a port does after everything; the program is told of one message at a time. */
  private pump(): void {
    const c = this.client;
    this.tell();
    for (let isMoving = true; isMoving;) {
      let event = this.isHandling ? Event.None : clientNextEvent(c);
      while (event !== Event.None) {
        this.report(event);
        event = this.isHandling ? Event.None : clientNextEvent(c);
      }
      isMoving = !this.isHandling && this.unread.length > 0;
      const taken = isMoving ? clientInput(c, Uint8Array.from(this.unread), 0, this.unread.length, 0) : 0;
      this.unread.splice(0, taken);
      for (let count = clientOutput(c, 0); count > 0; count = clientOutput(c, 0)) {
        this.log.push(`sent ${Buffer.from(c.out.subarray(c.outFrom, c.outFrom + count)).toString('hex')}`);
        clientSent(c, count);
      }
    }
  }

  private report(event: Event): void {
    const c = this.client;
    if (event === Event.Message) this.told(c.flags, c.handle, c.topic.subarray(c.topicFrom, c.topicTo), c.input.subarray(c.payloadFrom, c.payloadTo));
    else if (event === Event.Published) this.log.push(`published ${c.handle & 0xffff}`);
    else this.log.push(`event ${event} ${event === Event.Dropped ? c.handle & 0xffff : c.status}`);
  }

  private told(flags: number, id: number, topic: Uint8Array, payload: Uint8Array): void {
    this.log.push(`message ${flags} ${id} ${Buffer.from(topic).toString('hex')} ${Buffer.from(payload).toString('hex')}`);
    this.isHandling = id > 0;
  }

  private get isQuiet(): boolean {
    return this.takesNote && isQuietOut(this.client) && isQuietIn(this.client) && !this.isHandling;
  }

  private input(...bytes: number[]): void {
    this.unread.push(...bytes);
    this.pump();
  }

  private sent(...bytes: number[]): true {
    this.notes += 1;
    this.log.push(`sent ${Buffer.from(bytes).toString('hex')}`);
    return true;
  }

  do(step: Step): void {
    const c = this.client;
    switch (step.name) {
      case 'publish': this.publish(step.topic, step.payload, step.flags); break;
      case 'answer': this.answer(step.which, step.packet); break;
      case 'message': this.message(step.topic, step.payload, step.flags, step.id); break;
      case 'release':
        this.release(this.held > 0 ? this.held : c.inboundCount > 0 ? c.inbound[0] & 0xffff : 99);
        break;
      case 'handled': this.handled(); break;
      case 'subscribe':
        clientSubscribe(c, 'filter', 1, 0);
        this.pump();
        break;
      case 'lose':
        this.tell();
        clientLinkDown(c, 0);
        this.unread = [];
        this.pump();
        break;
      case 'connect': this.connect(); break;
    }
    clientHolds(c);
    if (this.isTold) poisonUnused(c);
  }

  private connect(): void {
    this.tell();
    clientConnect(this.client, 0);
    clientLinkUp(this.client, 0);
    this.pump();
    if (this.client.state === State.Connecting) this.input(...connack);
  }

  private publish(topic: string, payload: string, flags: number): void {
    const c = this.client;
    const body = Buffer.concat([Buffer.from([0, topic.length]), Buffer.from(topic), Buffer.from([0, 0]), Buffer.from(payload)]);
    if (this.passed === 0) this.passedTo = c.arenaTo;
    const end = this.passedTo + 3 + body.length + 2;
    if (this.takesNote && flags >= Publish.Qos1 && isQuietOut(c) && body.length < 128 && rowsToNote(c) > this.passed * Slot.Size && end <= c.arenaSize) {
      const id = noteIdentifier(c);
      body.writeUInt16BE(id, topic.length + 2);
      c.arena.set([0x30 | flags, body.length, ...body], this.passedTo + 3);
      this.passedTo = end;
      this.passed += 1;
      this.awaited.push(id);
      if (flags >= Publish.Qos2) this.tell();
      this.sent(0x30 | flags, body.length, ...body);
      this.log.push(`accepted ${id}`);
    } else {
      this.tell();
      const handle = clientPublish(c, topic, Buffer.from(payload), 0, payload.length, flags, 0);
      this.pump();
      this.log.push(handle < 0 ? `refused ${handle}` : `accepted ${handle & 0xffff}`);
    }
  }

  /** One of the publishes on their way is acknowledged, as it should be or as it should not; `which` may be one too many. */
  private answer(which: number, packet: Packet | 'right'): void {
    const c = this.client;
    const rows = [...Array(c.slotsTo / Slot.Size).keys()].map((row) => row * Slot.Size).filter((row) => c.slots[row] !== 0);
    const row = rows[which];
    const id = row !== undefined ? c.slots[row + Slot.Handle] & 0xffff : this.awaited[which - rows.length] ?? 99;
    const right = row === undefined ? Packet.Puback : ({ 6: Packet.Pubrec, 7: Packet.Pubcomp } as Record<number, Packet>)[c.slots[row]] ?? Packet.Puback;
    const type = packet === 'right' ? right : packet;
    if (this.isQuiet && id === this.awaited[0] && type === Packet.Puback) {
      this.awaited.shift();
      if (this.awaited.length === 0) this.passed = 0;
      this.published(id);
      return;
    }
    this.tell();
    if (this.isQuiet && type === Packet.Pubrec && noteReleasing(c, id)) this.sent(0x62, 2, id >>> 8, id & 255);
    else if (this.isQuiet && type !== Packet.Pubrec && noteAcknowledged(c, type === Packet.Puback ? Message.AwaitPuback : Message.AwaitPubcomp, id)) this.published(id);
    else this.input(type << 4, 2, id >>> 8, id & 255);
  }

  private published(id: number): void {
    this.notes += 1;
    this.log.push(`published ${id}`);
  }

  private message(topic: string, payload: string, flags: number, id: number): void {
    const c = this.client;
    if (this.isQuiet && id > 0 && c.inboundCount === 0) {
      this.notes += 1;
      if (flags & Publish.Qos2) noteReceived(c, id, true);
      else this.held = id;
      this.told(flags, id, Buffer.from(topic), Buffer.from(payload));
    } else this.input(0x30 | flags, topic.length + payload.length + 4, 0, topic.length, ...Buffer.from(topic), 0, id, ...Buffer.from(payload));
  }

  private release(id: number): void {
    if (this.isQuiet && noteReleased(this.client, id)) this.sent(0x70, 2, 0, id);
    else this.input(0x62, 2, 0, id);
  }

  private handled(): void {
    const c = this.client;
    const id = c.settleHandle;
    const isPassing = this.takesNote && this.isHandling && isQuietOut(c) && isQuietIn(c) && this.unread.length === 0;
    this.isHandling = false;
    if (isPassing && this.held > 0) {
      this.sent(0x40, 2, 0, this.held);
      this.held = 0;
    } else if (isPassing && id > 0 && c.inboundCount === 1 && c.inbound[0] === (id | 0x10000)) {
      noteRecorded(c, id);
      this.sent(0x50, 2, 0, id);
    } else this.pump();
  }

  /** All that decides what comes next. */
  get standing(): unknown {
    const c = this.client;
    const fields = Object.entries(c).filter(([name]) => !passing.has(name));
    return {
      ...Object.fromEntries(fields), slots: this.rows(), inbound: c.inbound.slice(0, c.inboundCount),
      unread: this.unread.length, inCount: c.inTo - c.inFrom, outCount: c.outTo - c.outFrom, isHandling: this.isHandling,
    };
  }

  /** What the outbox holds, in its order and in the order of sending, wherever it stands: what passed by and is settled has left no gap. */
  private rows(): string[] {
    const { slots, slotsTo, arena } = this.client;
    const rows = [...Array(slotsTo / Slot.Size).keys()].map((row) => row * Slot.Size).filter((row) => slots[row] !== 0);
    const orders = rows.map((row) => slots[row + Slot.Extra]).sort((a, b) => a - b);
    return rows.map((row) => {
      const [state, handle, at, end, extra] = slots.subarray(row, row + Slot.Size);
      return `${state} ${handle} ${orders.indexOf(extra)} ${end > at ? Buffer.from(arena.subarray(at + 3, end)).toString('hex') : ''}`;
    });
  }
}

const topic = fc.constantFrom('t', 'plant/line', 'x'.repeat(30));
const payload = fc.constantFrom('', '21.5', 'y'.repeat(40), 'z'.repeat(125));
const id = fc.integer({ min: 0, max: 30 });
const flags = fc.constantFrom(0, Publish.Qos1, Publish.Qos1 | Publish.Retain, Publish.Qos2, Publish.Qos2 | Publish.Retain);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 9, arbitrary: fc.record({ name: fc.constant('publish' as const), topic, payload, flags }) },
  { weight: 12, arbitrary: fc.record({ name: fc.constant('answer' as const), which: fc.nat({ max: 2 }), packet: fc.constant('right' as const) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('answer' as const), which: fc.nat({ max: 4 }), packet: fc.constantFrom(Packet.Puback, Packet.Pubrec, Packet.Pubcomp) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      name: fc.constant('message' as const), topic, payload: fc.constantFrom('', 'on', 'w'.repeat(60)), id,
      flags: fc.constantFrom(Publish.Qos1, Publish.Qos2, Publish.Qos1 | Publish.Dup, Publish.Qos2 | Publish.Dup | Publish.Retain),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ name: 'release' as const }) },
  { weight: 6, arbitrary: fc.constant({ name: 'handled' as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ name: 'subscribe' as const }, { name: 'lose' as const }) },
  { weight: 2, arbitrary: fc.constant({ name: 'connect' as const }) },
);

test('a client that takes note stands where one that does everything itself stands', (t) => {
  const seed = seedOf('PROPERTY_SEED');
  t.log(`PROPERTY_SEED=${seed}`);
  const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 300);
  let notes = 0;
  fc.assert(fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
    const devices = [new Device(true), new Device(false)] as const;
    for (const one of [{ name: 'connect' } as const, { name: 'publish', topic: 'first', payload: '', flags: 2 } as const, { name: 'answer', which: 0, packet: 'right' } as const, ...steps]) {
      for (const device of devices) device.do(one);
      t.deepEqual(devices[0].log, devices[1].log);
      if (devices[0].isTold) t.deepEqual(devices[0].standing, devices[1].standing);
    }
    notes += devices[0].notes;
  }), { seed, numRuns });
  t.true(notes > numRuns * 3, `${notes} packets passed by`);
});
