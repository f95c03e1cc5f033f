/**
 * Mutated packets through the inbound side of the core: it may not throw, hang, touch what is outside its buffers, report
 * what was not said, or name another fault than the second opinion (server-packets.ts) finds.
 * Must not know: how the core reads.
 */
import {
  type Client, clientConnect, clientInput, clientLinkUp, clientNextEvent, clientOutput, clientPublish, clientSent,
  clientSubscribe, clientUnsubscribe, type ClientConfig, createClient, createConfig, createConfigV5, Event, State, Status,
} from '../../src/core/index.js';
import { guardClient } from '../conformance/guarded.js';
import { clientHolds, poisonUnused } from '../conformance/invariants.js';
import { connectedPackets, connectingPackets, mutate } from './fuzz-packets.js';
import { Random } from './random.js';
import { frameAt, judge, type Message, type Situation } from './server-packets.js';

type Level = 4 | 5;

export interface FuzzFigures {
  cases: number;
  /** Mutated streams that ended the connection, and packets that were read without complaint. */
  ended: number;
  passed: number;
  /** How often each reason code was sent. */
  codes: Map<number, number>;
}

const method = new Uint8Array([21, 0, 1, 109]);
const stepsMax = 100000;

function configOf(level: Level, receiveBytes: number): ClientConfig {
  // 5.0: the server assigns the identifier.
  const config = createConfig(level === 5 ? '' : 'dev1');
  config.version = level;
  config.receiveBytes = receiveBytes;
  config.receiveMaximum = 100;
  config.outboxBytes = 256;
  if (level === 5) config.v5 = { ...createConfigV5(), topicAliasMaximum: 3, maximumPacketBytes: 300, connectProperties: method };
  return config;
}

/** What the client did with a stream. */
interface Outcome {
  messages: Message[];
  /** The message that came in parts and had not ended. */
  isPartial: boolean;
  hasEnded: boolean;
  status: Status;
  reason: number;
  /** The code of the DISCONNECT that left the client; -1: none. */
  told: number;
}

class Subject {
  readonly c: Client;
  readonly outcome: Outcome = { messages: [], isPartial: false, hasEnded: false, status: Status.Ok, reason: 0, told: -1 };

  constructor(private readonly level: Level, receiveBytes: number, private readonly isGuarded: boolean) {
    const c = createClient(configOf(level, receiveBytes));
    if (c === null) throw new Error('configuration refused');
    this.c = c;
    if (isGuarded) guardClient(c);
    clientConnect(c, 0);
    clientLinkUp(c, 0);
    this.output();
  }

  /** The conversation that `connectedPackets` answers. */
  converse(): void {
    const nothing = new Uint8Array(0);
    this.input(connectingPackets(this.level)[0]);
    if (this.c.state !== State.Connected) throw new Error('not connected');
    clientSubscribe(this.c, 'sensors/#', 1, 0);
    this.output();
    clientUnsubscribe(this.c, 'old');
    this.output();
    for (const flags of [2, 4, 4]) clientPublish(this.c, 'a', nothing, 0, 0, flags, 0);
    this.output();
    const publish = connectedPackets(this.level).find((packet) => packet[0] === 0x3c);
    if (publish === undefined) throw new Error('no packet of identifier 40');
    this.input(Buffer.from([0x50, 2, 0, 5]));
    this.input(publish);
    this.outcome.messages = [];
  }

  private check(): void {
    if (!this.isGuarded) return;
    clientHolds(this.c);
    poisonUnused(this.c);
  }

  output(): void {
    for (let step = 0; step < stepsMax; step++) {
      const count = clientOutput(this.c, 0);
      if (count === 0) return;
      // The last packet out is the DISCONNECT, three bytes of it.
      if (this.outcome.hasEnded && count >= 3 && this.c.out[this.c.outTo - 3] === 0xe0) this.outcome.told = this.c.out[this.c.outTo - 1];
      clientSent(this.c, count);
      this.check();
    }
    throw new Error('output without end');
  }

  private events(): void {
    const { c, outcome } = this;
    for (let step = 0; step < stepsMax; step++) {
      const event = clientNextEvent(c);
      this.note(event);
      this.check();
      if (event === Event.None) return;
    }
    throw new Error(`events without end, state ${c.state}, ${outcome.messages.length} messages`);
  }

  private note(event: Event): void {
    const { c, outcome } = this;
    if (event === Event.Disconnected) {
      outcome.hasEnded = true;
      outcome.status = c.status;
      outcome.reason = c.reason;
    }
    if (event !== Event.Message && event !== Event.Chunk) return;
    const payload = Buffer.from(Array.from({ length: c.payloadTo - c.payloadFrom }, (_, n) => c.input[c.payloadFrom + n]));
    const topic = Buffer.from(Array.from({ length: c.topicTo - c.topicFrom }, (_, n) => c.topic[c.topicFrom + n])).toString();
    if (event === Event.Message || c.offset === 0) outcome.messages.push({ topic, payload });
    else {
      const last = outcome.messages[outcome.messages.length - 1];
      last.payload = Buffer.concat([last.payload, payload]);
    }
    outcome.isPartial = event === Event.Chunk && c.offset + payload.length < c.total;
  }

  /** Feeds bytes, as far as the client takes them. */
  input(bytes: Buffer): void {
    let from = 0;
    for (let step = 0; from < bytes.length; step++) {
      if (step > stepsMax) throw new Error('input without end');
      from += clientInput(this.c, bytes, from, bytes.length, 0);
      this.check();
      this.events();
      this.output();
    }
  }
}

function situationOf(level: Level, isConnected: boolean, receiveBytes: number): Situation {
  return {
    level, isConnected, method: level === 5 ? 'm' : '', aliasMaximum: 3, aliasTopicBytes: 64, assignedBytes: 64, maximumPacketBytes: 300, receiveBytes, serverPacketBytes: Infinity,
    aliases: new Map(), awaited: new Map(isConnected ? [[3, 4], [4, 5], [5, 7]] : []), recorded: new Set(isConnected ? [40] : []),
  };
}

function wrong(stream: Buffer, outcome: Outcome, what: string): Error {
  return new Error(`${what}; stream ${stream.toString('hex')}; status ${outcome.status}, reason ${outcome.reason.toString(16)}, sent ${outcome.told.toString(16)}`);
}

/** Compares what the client did with what the second opinion says of the stream. Returns the packets that passed. */
function compare(s: Situation, stream: Buffer, outcome: Outcome): number {
  const expected: Message[] = [];
  let passed = 0;
  let at = 0;
  for (let frame = frameAt(stream, at); frame !== null; frame = frameAt(stream, at)) {
    const judgement = judge(s, frame);
    if (judgement.message !== null) expected.push(judgement.message);
    if (judgement.faults.size > 0) {
      const isNamed = outcome.hasEnded && judgement.faults.has(outcome.reason);
      // What may pass and did not end it: the fault lies further on.
      const isFurther = judgement.isLenient && wordsOf(expected) !== wordsOf(wholeMessages(outcome));
      if (isNamed && !isFurther) return sameMessages(stream, expected, outcome, passed);
      if (!judgement.isLenient) throw wrong(stream, outcome, `at ${at}: one of ${[...judgement.faults].map((code) => code.toString(16)).join()} was to be found`);
    }
    if (judgement.isEnd) {
      if (!outcome.hasEnded || (outcome.status !== Status.ServerClosed && outcome.status !== Status.Refused)) throw wrong(stream, outcome, `at ${at}: the server has ended it`);
      return sameMessages(stream, expected, outcome, passed);
    }
    if (!frame.isWhole) break;
    passed += 1;
    at += frame.size;
  }
  if (outcome.hasEnded) throw wrong(stream, outcome, 'nothing was wrong');
  return sameMessages(stream, expected, outcome, passed);
}

function wordsOf(list: readonly Message[]): string {
  return list.map((one) => `${one.topic} ${one.payload.toString('hex')}`).join('; ');
}

function wholeMessages(outcome: Outcome): readonly Message[] {
  return outcome.isPartial ? outcome.messages.slice(0, -1) : outcome.messages;
}

function sameMessages(stream: Buffer, expected: readonly Message[], outcome: Outcome, passed: number): number {
  const seen = wordsOf(wholeMessages(outcome));
  if (seen !== wordsOf(expected)) throw wrong(stream, outcome, `messages "${seen}" where "${wordsOf(expected)}" were sent`);
  return passed;
}

/** A fault found here is told to a 5.0 server by the same code, if it takes the three bytes of it, and to nobody in 3.1.1. */
function isTold(s: Situation, outcome: Outcome): boolean {
  const { level } = s;
  if (s.serverPacketBytes < 3) return outcome.told === -1;
  const isOwn = outcome.hasEnded && outcome.status !== Status.ServerClosed && outcome.status !== Status.Refused;
  return outcome.told === (isOwn && level === 5 ? outcome.reason : -1);
}

function runCase(level: Level, random: Random, isGuarded: boolean, figures: FuzzFigures): void {
  const isConnected = random.below(4) > 0;
  const seeds = isConnected ? connected[level] : connecting[level];
  let stream: Buffer = Buffer.concat(Array.from({ length: 1 + random.below(3) }, () => random.pick(seeds)));
  for (let n = 1 + random.below(3); n > 0; n--) stream = mutate(random, stream);
  const receiveBytes = random.pick([256, 90]);
  const subject = new Subject(level, receiveBytes, isGuarded);
  if (isConnected) subject.converse();
  let at = 0;
  try {
    while (at < stream.length) {
      const part = random.below(3) === 0 ? stream.length - at : 1 + random.below(12);
      subject.input(stream.subarray(at, at + part));
      at += part;
    }
  } catch (error) {
    throw new Error(`stream ${stream.toString('hex')} (${isConnected ? 'connected' : 'connecting'})`, { cause: error });
  }
  const { outcome } = subject;
  const situation = situationOf(level, isConnected, receiveBytes);
  figures.passed += compare(situation, stream, outcome);
  if (!isTold(situation, outcome)) throw wrong(stream, outcome, 'the server is told another reason');
  if (outcome.hasEnded) figures.ended += 1;
  if (outcome.told >= 0) figures.codes.set(outcome.told, (figures.codes.get(outcome.told) ?? 0) + 1);
  figures.cases += 1;
}

const connected: Record<Level, Buffer[]> = { 4: connectedPackets(4), 5: connectedPackets(5) };
const connecting: Record<Level, Buffer[]> = { 4: connectingPackets(4), 5: connectingPackets(5) };

/** Runs `cases` mutated streams; one in `guardEvery` on guarded, poisoned buffers. Throws at the first that goes wrong. */
export function runFuzz(level: Level, seed: number, cases: number, guardEvery: number): FuzzFigures {
  const figures: FuzzFigures = { cases: 0, ended: 0, passed: 0, codes: new Map() };
  for (let n = 0; n < cases; n++) {
    // Each case has a seed of its own, so that one alone can be run again.
    const random = new Random((seed + n * 0x9e3779b1) | 0);
    try {
      runCase(level, random, n % guardEvery === 0, figures);
    } catch (error) {
      throw new Error(`MQTT level ${level}, seed ${seed}, case ${n}`, { cause: error });
    }
  }
  return figures;
}
