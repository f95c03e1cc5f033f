/** A board (client of the core over a link) and a gateway (link, with a model server behind it) for whole exchanges. Must not know: what a test breaks. */
import {
  type Client, clientConnect, clientNextEvent, clientPublish, createClient, createConfig, Event, State, type Status,
} from '../../src/core/index.js';
import {
  CloseReason, Connection, createLink, createLinkConfig, type Link, LinkChannel, linkClose, LinkEvent, linkHolds, linkInput, linkNextEvent, linkOpened,
  linkRead, linkTake, linkWrite,
} from '../../src/link/index.js';
import { portCarry, portEvent } from '../../targets/link/port.js';
import { type ModelServer } from '../unit/model-server.js';
import type { WorldSide } from './world.js';

function createOwnLink(seed: number): Link {
  const config = createLinkConfig();
  config.seed = seed;
  config.frameBytes = 64;
  const link = createLink(config);
  if (link === null) throw new Error('the configuration is refused');
  return link;
}

/** The board: its client outlives its link, as a program whose UART alone is started anew. */
export class Board implements WorldSide {
  link: Link;
  readonly client: Client;
  readonly messages: string[] = [];
  published = 0;
  dropped = 0;
  /** How each connection ended, or attempt at one. */
  readonly ends: Status[] = [];
  fault = '';

  constructor(seed: number) {
    this.link = createOwnLink(seed);
    const config = createConfig('board');
    Object.assign(config, { cleanStart: false, retryMinMs: 1, retryMaxMs: 2, keepAliveS: 10 });
    this.client = createClient(config)!;
    clientConnect(this.client, 0);
  }

  publish(payload: string, flags: number, now: number): boolean {
    const bytes = Buffer.from(payload);
    return clientPublish(this.client, 'from/board', bytes, 0, bytes.length, flags, now) >= 0;
  }

  input(bytes: Uint8Array, now: number): void {
    linkInput(this.link, bytes, 0, bytes.length, now);
  }

  turn(now: number): void {
    const { client, link } = this;
    let isBusy = true;
    while (isBusy) {
      isBusy = false;
      for (let event = clientNextEvent(client); event !== Event.None; event = clientNextEvent(client)) {
        if (event === Event.Message) this.messages.push(Buffer.from(client.input.subarray(client.payloadFrom, client.payloadTo)).toString());
        else if (event === Event.Published) this.published++;
        else if (event === Event.Dropped) this.dropped++;
        else if (event === Event.Disconnected) this.ends.push(client.status);
      }
      for (let event = linkNextEvent(link); event !== LinkEvent.None; event = linkNextEvent(link)) {
        portEvent(client, event, now);
        isBusy = true;
      }
      if (portCarry(client, link, now)) isBusy = true;
    }
    if (!linkHolds(link)) this.fault ||= 'board: the invariants do not hold';
  }

  get isConnected(): boolean {
    return this.client.state === State.Connected;
  }
}

/** The gateway: a connection of the link is one of the server, which keeps the session. */
export class Gateway implements WorldSide {
  link: Link;
  fault = '';
  /** What the server has said and the link not yet taken. */
  private toBoard: Buffer = Buffer.alloc(0);

  constructor(seed: number, readonly server: ModelServer) {
    this.link = createOwnLink(seed);
  }

  input(bytes: Uint8Array, now: number): void {
    linkInput(this.link, bytes, 0, bytes.length, now);
  }

  turn(): void {
    const { link, server } = this;
    this.readEvents();
    for (let count = linkRead(link, LinkChannel.Mqtt); count > 0; count = linkRead(link, LinkChannel.Mqtt)) {
      server.input(Buffer.from(link.pool.subarray(link.readFrom, link.readTo)));
      linkTake(link, LinkChannel.Mqtt, count);
    }
    this.readEvents();
    server.acknowledgeAll();
    this.toBoard = Buffer.concat([this.toBoard, server.output()]);
    if (link.connection === Connection.Open) {
      const taken = linkWrite(link, LinkChannel.Mqtt, this.toBoard, 0, this.toBoard.length);
      this.toBoard = this.toBoard.subarray(Math.max(0, taken));
    }
    if (!linkHolds(link)) this.fault ||= 'gateway: the invariants do not hold';
  }

  private readEvents(): void {
    const { link } = this;
    for (let event = linkNextEvent(link); event !== LinkEvent.None; event = linkNextEvent(link)) {
      if (event !== LinkEvent.OpenWanted) continue;
      this.server.open(false);
      this.toBoard = Buffer.alloc(0);
      linkOpened(link);
    }
  }

  /** The server's side of the connection is lost. */
  lose(): void {
    linkClose(this.link, CloseReason.Lost, false);
  }
}
