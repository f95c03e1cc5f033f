/**
 * A client of the core over a link, a gateway behind it and the least of a server, on a line that flips bytes: MQTT over the link, the same on
 * every engine, byte for byte, and without an allocation. In the device subset.
 */
import { createBytes, createInts } from '../../src/core/bytes.js';
import {
  type Client, clientConnect, clientNextEvent, clientPublish, createClient, createConfig, Event, State,
} from '../../src/core/index.js';
import {
  Connection, createLink, createLinkConfig, type Link, LinkChannel, LinkEvent, linkHolds, linkInput, linkNextEvent, linkOpened, linkOutput, linkRead,
  linkRestart, linkSent, linkTake, linkWrite,
} from '../../src/link/index.js';
import { portCarry, portEvent, portNextDeadline } from '../../targets/link/port.js';
import { createServer, type Server, serverLinkDown, serverTakes } from '../gates/server.js';
import { integerOf, wordAt } from '../parity/text.js';

const enum Pace {
  PerStep = 12,
  Begin = 0x3ffffe00,
  /** The core's queue of acknowledgements and the server's reply are far from full with so many messages unsettled. */
  Unsettled = 6,
}

export interface Exchange {
  client: Client;
  board: Link;
  gateway: Link;
  server: Server;
  line: Uint8Array;
  payload: Uint8Array;
  now: number;
  random: number;
  step: number;
  /** One of so many bytes is flipped; 0: none. Steps between two new starts of the gateway's link; 0: none. */
  flips: number;
  resets: number;
  accepted: number;
  published: number;
  faults: number;
  digest: number;
}

export function createExchange(seed: number): Exchange | null {
  const config = createConfig('board');
  config.cleanStart = false;
  config.retryMinMs = 1;
  config.retryMaxMs = 2;
  const client = createClient(config);
  const linkConfig = createLinkConfig();
  linkConfig.seed = seed;
  const board = createLink(linkConfig);
  const other = createLinkConfig();
  other.seed = seed + 1;
  const gateway = createLink(other);
  if (client === null || board === null || gateway === null) return null;
  const connack = createBytes(4);
  connack[0] = 0x20;
  connack[1] = 2;
  connack[2] = 1;
  clientConnect(client, Pace.Begin);
  return {
    client: client, board: board, gateway: gateway, server: createServer(connack, createInts(16)), line: createBytes(Pace.PerStep), payload: createBytes(20),
    now: Pace.Begin, random: seed, step: 0, flips: 0, resets: 0, accepted: 0, published: 0, faults: 0, digest: 1,
  };
}

function draw(x: Exchange, below: number): number {
  let next = x.random;
  next ^= (next << 13) & 0x3fffffff;
  next ^= next >>> 17;
  next ^= (next << 5) & 0x3fffffff;
  x.random = next === 0 ? 1 : next;
  return (((next >>> 8) & 0x7fff) * below) >>> 15;
}

function carry(x: Exchange, from: Link, to: Link): void {
  let put = 0;
  let count = linkOutput(from, x.now);
  while (count > 0 && put < Pace.PerStep) {
    if (count > Pace.PerStep - put) count = Pace.PerStep - put;
    for (let n = 0; n < count; n++) {
      const byte = from.out[from.outFrom + n];
      x.digest = (x.digest * 31 + byte) % 16777213;
      x.line[put] = x.flips > 0 && draw(x, x.flips) === 0 ? byte ^ 16 : byte;
      put++;
    }
    linkSent(from, count);
    count = linkOutput(from, x.now);
  }
  if (put > 0) linkInput(to, x.line, 0, put, x.now);
}

function boardTurn(x: Exchange): void {
  const c = x.client;
  let isBusy = true;
  while (isBusy) {
    isBusy = false;
    let told = clientNextEvent(c);
    while (told !== Event.None) {
      if (told === Event.Published) x.published += 1;
      told = clientNextEvent(c);
    }
    let event = linkNextEvent(x.board);
    while (event !== LinkEvent.None) {
      portEvent(c, event, x.now);
      event = linkNextEvent(x.board);
      isBusy = true;
    }
    if (portCarry(c, x.board, x.now)) isBusy = true;
  }
  if (portNextDeadline(c, x.board, x.now) < 0) x.faults += 1;
}

function gatewayTurn(x: Exchange): void {
  const l = x.gateway;
  const s = x.server;
  let event = linkNextEvent(l);
  while (event !== LinkEvent.None) {
    if (event === LinkEvent.OpenWanted) {
      serverLinkDown(s);
      linkOpened(l);
    }
    event = linkNextEvent(l);
  }
  let count = linkRead(l, LinkChannel.Mqtt);
  while (count > 0) {
    serverTakes(s, l.pool, l.readFrom, l.readTo);
    linkTake(l, LinkChannel.Mqtt, count);
    count = linkRead(l, LinkChannel.Mqtt);
  }
  // The server writes whole replies; what the link does not take at once would be lost, so its room is larger than they are.
  if (s.replyTo > 0 && l.connection === Connection.Open) {
    if (linkWrite(l, LinkChannel.Mqtt, s.reply, 0, s.replyTo) !== s.replyTo) x.faults += 1;
    s.replyTo = 0;
  }
}

/** A millisecond. */
export function exchangeStep(x: Exchange): void {
  x.now = (x.now + 1) & 0x3fffffff;
  x.step = (x.step + 1) & 0xffffff;
  if (x.resets > 0 && x.step % x.resets === 0) linkRestart(x.gateway, x.now);
  if (x.client.state === State.Connected && x.accepted - x.published < Pace.Unsettled && x.step % 5 === 0) {
    if (clientPublish(x.client, 'a/topic', x.payload, 0, 20, x.step % 2 === 0 ? 4 : 2, x.now) >= 0) x.accepted += 1;
  }
  boardTurn(x);
  carry(x, x.board, x.gateway);
  gatewayTurn(x);
  carry(x, x.gateway, x.board);
  boardTurn(x);
  if (!linkHolds(x.board) || !linkHolds(x.gateway)) x.faults += 1;
}

const hotExchange = createExchange(7);

/** Steps that must allocate nothing; the first time those that lead to everything that happens in them. */
export function hotExchangeSteps(): void {
  const x = hotExchange;
  if (x === null) return;
  let count = 30;
  if (x.flips === 0) {
    x.flips = 2000;
    x.resets = 397;
    count = 4000;
  }
  for (let n = 0; n < count; n++) exchangeStep(x);
}

/** `seed flips resets steps`: an exchange from its beginning, and its end in words. */
export function exchange(line: string): string {
  const x = createExchange(integerOf(wordAt(line, 0)));
  if (x === null) return 'refused';
  x.flips = integerOf(wordAt(line, 1));
  x.resets = integerOf(wordAt(line, 2));
  for (let n = integerOf(wordAt(line, 3)); n > 0; n--) exchangeStep(x);
  return 'faults ' + x.faults + ' accepted ' + x.accepted + ' published ' + x.published + ' digest ' + x.digest + ' damaged ' + x.gateway.framesDamaged;
}
