/**
 * A client of the core on a transport: moves bytes, reads events, and sleeps.
 * Both APIs of this target stand on it. Must not know: either API's options and callbacks.
 *
 * Read first: DESIGN section 3, "Push in, pull out"; src/core/README.md.
 */
import {
  type Client, clientConnect, clientDisconnect, clientIsPinging, clientLinkDown, clientLinkUp, clientNextDeadline, clientNextEvent, clientNextTick, clientOutput, clientSent,
  clientReceived, clientUnread, clientWantsLink, Event, Reason, State, Status,
} from './core.js';
import { Received, Sent } from './forms.js';
import { Alarm, clock } from './platform.js';
import { Requests } from './requests.js';
import type { SessionOwner } from './session-owner.js';
import type { Store } from './store.js';
import type { Transport, TransportOwner } from './transport.js';

export class Session implements TransportOwner {
  readonly transport: Transport;
  readonly sent: Sent;
  readonly #received: Received;
  readonly core: Client;
  readonly requests: Requests;
  readonly #store: Store | undefined;
  readonly #owner: SessionOwner;
  readonly #alarm: Alarm;
  /** The application has not read all of a message: no event is read and no byte taken until it has. */
  isHeld = false;
  /** PINGRESP is awaited, whoever asked for it. */
  isPinging = false;
  /** What the transport said when the last connection ended; empty: nothing. */
  linkReason = '';
  #isPumping = false;
  #isAgain = false;
  isEnded = false;
  /** What the alarm was last set by. */
  #deadline = -1;
  /** The application is to be told that it may write. */
  #isRoomNew = false;
  /** The application has ended the pause before the next attempt: there is no link whose end would tell that it is over. */
  #isDownOwed = false;

  /** What `store` has kept is the client's again before anything is done with it; throws where it cannot be. */
  constructor(core: Client, transport: Transport, owner: SessionOwner, store: Store | undefined) {
    this.#store = store;
    this.core = core;
    this.transport = transport;
    transport.attach(core);
    this.sent = new Sent(core, transport);
    this.#received = new Received(core, transport);
    this.#owner = owner;
    this.requests = new Requests(core);
    this.#alarm = new Alarm(() => {
      this.#deadline = -1;
      this.pump();
    });
    // Last: where anything throws, the store is to be had by the next client.
    store?.attach(core);
  }

  connect(): Status {
    this.#isDownOwed = false;
    const status = clientConnect(this.core, clock());
    this.pump();
    return status;
  }

  disconnect(): Status {
    const core = this.core;
    if (core.state === State.Waiting) this.#isDownOwed = true;
    // A message that is not read is not settled: the server has it still.
    const settleHandle = core.settleHandle;
    if (this.isHeld) core.settleHandle = -1;
    const status = clientDisconnect(core, Reason.Success, null, clock());
    if (this.isHeld) core.settleHandle = settleHandle;
    this.pump();
    return status;
  }

  /** Closes the link without a word to the server, which publishes the will. Nothing is called back after this. */
  end(): void {
    this.forget();
    this.isEnded = true;
    this.isHeld = true;
    this.#alarm.clear();
    this.transport.end();
    this.#store?.save();
    this.#store?.detach();
  }

  linkUp(): void {
    this.linkReason = '';
    clientLinkUp(this.core, clock());
    this.pump();
  }

  linkDown(reason: string): void {
    const core = this.core;
    this.forget();
    this.linkReason = reason;
    // What had arrived is read before it is forgotten, whatever a handler throws; but not what is behind a message that is not read, and comes again.
    try {
      this.#readAll();
    } finally {
      if (this.isHeld) clientUnread(core);
      this.isHeld = this.isEnded;
      clientLinkDown(core, clock());
      this.requests.linkLost();
      // What handlers wish for now is seen to when all are told.
      const wasPumping = this.#isPumping;
      this.#isPumping = true;
      try {
        this.#readAll();
        this.#isDownOwed = false;
        if (!this.isEnded) this.#owner.sessionDown();
      } finally {
        this.#isPumping = wasPumping;
        this.pump();
      }
    }
  }

  /** Reads all events there are; what a handler throws, the first time, is thrown after the last. */
  #readAll(): void {
    try {
      this.#readEvents();
    } catch (error) {
      try {
        this.#readAll();
      } catch { /* One that throws again and again is told of once. */ }
      throw error;
    }
  }

  linkReadable(): void {
    const received = this.#received;
    const count = received.text === undefined ? 0 : received.read();
    if (count > 0) {
      this.#receiveAgain(count);
      return;
    }
    const core = this.core;
    if (this.#isPumping || this.isHeld || core.state !== State.Connected || this.isPinging || core.slotsUsed > 0) {
      this.pump();
      return;
    }
    // The usual case, as few steps as it takes: messages came, and nothing is to be sent.
    const now = clock();
    let isThrown = true;
    this.#isPumping = true;
    try {
      while (this.transport.receive(now)) {
        this.#readEvents();
        if (this.isHeld) break;
      }
      isThrown = false;
    } finally {
      this.#endRun(isThrown);
    }
    if (core.slotsUsed + core.controlTo !== 0 || core.deadline !== this.#deadline || core.state !== State.Connected || this.#isAgain || this.requests.waiting > 0) this.pump();
    else if (!this.isHeld) received.note();
  }

  /** A packet as long as the last has been read over that one: the same message but for its payload, or something else. */
  #receiveAgain(count: number): void {
    const received = this.#received;
    const core = this.core;
    let isSame = false;
    this.#isPumping = true;
    core.now = clock();
    core.receivedAt = core.now;
    try {
      // Throws where the bytes are no text: then they are not the same.
      if (received.isAgain()) {
        isSame = true;
        this.#owner.sessionAgain();
      }
    } catch (error) {
      if (isSame) {
        this.#endRun(true);
        throw error;
      }
    }
    this.#isPumping = false;
    if (!isSame) clientReceived(core, count, core.now);
    if (!isSame || this.isHeld || received.text === undefined) this.pump();
  }

  /** Something happens other than messages of one form. */
  forget(): void {
    this.sent.length = -1;
    this.#received.text = undefined;
  }

  /** The application has read all of a message. */
  release(): void {
    this.isHeld = false;
    if (!this.#isPumping) this.pump();
  }

  linkWritable(): void {
    this.#isRoomNew = true;
    this.pump();
  }

  /** The application is told when it may write, at the end of this run. */
  wantRoom(): void {
    this.#isRoomNew = true;
  }

  /** The same, though nothing else may happen. */
  wantRoomSoon(): void {
    this.#isRoomNew = true;
    this.#alarm.within(0, clock());
  }

  /** Moves everything that can move. Safe to call at any time; a call from a handler is caught up with after it. */
  pump(): void {
    const core = this.core;
    this.forget();
    if (this.#isPumping) {
      this.#isAgain = true;
      return;
    }
    if (this.isEnded) return;
    this.#isPumping = true;
    const now = clock();
    let isThrown = true;
    try {
      do {
        this.#isAgain = false;
        this.#readEvents();
        while (!this.isHeld && this.transport.receive(now)) this.#readEvents();
        if (this.requests.waiting > 0) this.requests.send();
        if (this.isPinging && !clientIsPinging(core)) this.#endPing();
        this.flush(now);
        if (!this.isPinging) this.isPinging = clientIsPinging(core);
        // What sending and time brought about: the end of the connection, a message given up, a stream that wants its next bytes.
        if (core.endStatus !== Status.Ok || core.reports > 0 || core.streamSlot >= 0) this.#readEvents();
        if (core.state !== State.Connected) this.#followWish(now);
      } while (this.#isAgain && !this.isEnded);
      isThrown = false;
    } finally {
      this.#endRun(isThrown);
    }
    if (this.isEnded) return;
    this.#setAlarm(now);
    if (this.#isRoomNew && core.state === State.Connected && this.room() > 0) {
      this.#isRoomNew = false;
      this.#owner.sessionWritable();
    }
  }

  /**
   * A publish was accepted: when this returns it is kept, also where a handler made it, and sent if it can be. No handler is called before: what one throws is no
   * answer to a publish.
   */
  accepted(now: number): void {
    const core = this.core;
    if (this.isEnded) return;
    this.flush(now);
    if (this.#isPumping) this.#isAgain = true;
    else if (core.endStatus !== Status.Ok || core.reports > 0 || (core.state !== State.Connected && core.deadline !== this.#deadline)) this.#alarm.within(0, now);
    else this.#setAlarm(now);
  }

  /** A run is over. Where a handler has thrown, what that run left is caught up with at once. */
  #endRun(isThrown: boolean): void {
    this.#isPumping = false;
    if (isThrown && !this.isEnded) this.#alarm.within(0, clock());
  }

  #endPing(): void {
    this.isPinging = false;
    if (this.core.state === State.Connected) this.#owner.sessionPinged();
  }

  #readEvents(): void {
    const core = this.core;
    this.forget();
    while (!this.isHeld) {
      const event = clientNextEvent(core);
      if (event === Event.None) return;
      if (event !== Event.Message) this.#note(event);
      this.#owner.sessionEvent(event);
      // What a call would find, found with less than a call.
      if (core.inFrom === core.inTo && !core.attention) return;
    }
  }

  #note(event: Event): void {
    const core = this.core;
    if (event === Event.Subscribed || event === Event.Unsubscribed) this.requests.answered(core.handle, core.reason);
    else if (event === Event.Connected) {
      this.requests.connected(core.sessionPresent);
      this.#isRoomNew = true;
    }
  }

  /** Hands the core's output to the link. */
  flush(now: number): void {
    const core = this.core;
    const transport = this.transport;
    const store = this.#store;
    this.forget();
    let count = clientOutput(core, now);
    if (store !== undefined) store.save();
    while (count > 0) {
      const taken = transport.send(core.out, core.outFrom, core.outTo);
      if (taken === 0) return;
      clientSent(core, taken);
      // Most messages are alone: then there is nothing to ask for. A call costs more than to see that.
      if (core.slotsUsed + core.controlTo + core.subsPending === 0 && taken === count) return;
      count = clientOutput(core, now);
      if (store !== undefined) store.save();
    }
  }

  /** How many bytes the link takes at once: none while the client's own wait for it. */
  room(): number {
    return this.core.outFrom < this.core.outTo ? 0 : this.transport.writable;
  }

  /** Opens or closes the link as the core wishes. */
  #followWish(now: number): void {
    const { core, transport } = this;
    const isWanted = clientWantsLink(core);
    if (isWanted && !transport.isOpen) transport.open(this);
    else if (!isWanted && (transport.isOpen || core.state >= State.Retiring)) {
      this.#readEvents();
      if (this.isHeld) return;
      transport.close();
      clientLinkDown(core, now);
      this.requests.linkLost();
      this.#owner.sessionDown();
      this.#isAgain = true;
    } else if (this.#isDownOwed) {
      this.#isDownOwed = false;
      this.#owner.sessionDown();
    }
  }

  #setAlarm(now: number): void {
    const core = this.core;
    if (core.deadline === this.#deadline) return;
    this.#deadline = core.deadline;
    if (core.state === State.Idle) this.#alarm.clear();
    else this.#alarm.within(this.isHeld ? clientNextTick(core, now) : clientNextDeadline(core, now), now);
  }
}
