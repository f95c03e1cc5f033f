/*
 * The store of a broker with a data folder. Changes gather as numbered records; whenever the database is free, all that
 * gathered is one batch, one transaction, and the answers that waited for it leave together (group commit). A record
 * that comes and goes within a batch is never written. If a batch fails, its changes go back to those that gather and
 * are tried again, while memory stays ahead of the disk and nothing that depends on it is told to anybody.
 */
import type { BrokerClock } from '../api.js';
import type { Message } from '../message.js';
import { messageBytes } from '../message.js';
import type { Delivery, Session } from '../session.js';
import { DeliveryStage } from '../session.js';
import type { BrokerState } from '../state.js';
import type { Subscription } from '../subscription-tree.js';
import { ByteWriter } from './byte-writer.js';
import { damaged, DataFolder } from './folder.js';
import type { TimeShift } from './records.js';
import { RecordKind, removed, writeBody, writeDelivery, writeIdentifier, writeSession, writeSubscription } from './records.js';
import { StateReader } from './state-reader.js';
import type { Store, StoreError } from './store.js';
import { StoreThread } from './store-thread.js';

/** What is told to the hub. */
export interface StoreOwner {
  storeCommitted(): void;
  storeFailed(error: StoreError): void;
  storeRecovered(): void;
}

/** Writes a record as it is when its batch begins; undefined removes it. */
type Change = ((out: ByteWriter) => void) | undefined;

/** Waiting beyond which publishers are not read. */
const waitingBytesMax = 16 * 1024 * 1024;
const waitingChangesMax = 100_000;
const retryMs = 1000;

export class DurableStore implements Store {
  committedBatch = 0;
  failure: StoreError | undefined;
  private readonly folder: DataFolder;
  private readonly thread: StoreThread;
  private readonly time: TimeShift;
  private changes = new Map<number, Change>();
  private changesBytes = 0;
  /** Of the batch being written; undefined while none is. */
  private writing: Map<number, Change> | undefined;
  private batch = 1;
  /** How large the latest batch was: the next one is probably like it. */
  private batchBytes = 4096;
  private nextRecord = 1;
  /** Records from this one on were made within the batch that gathers, so that they are not in the database. */
  private firstUnwritten = 1;
  private writingFirstUnwritten = 1;
  private scheduled = false;
  private closed: (() => void) | undefined;
  private restored: StateReader | undefined;
  private retryTimer: NodeJS.Timeout | undefined;

  /** Opens the folder or throws a StoreError. */
  constructor(
    path: string,
    clock: BrokerClock,
    private readonly owner: StoreOwner,
  ) {
    this.folder = DataFolder.open(path);
    const wallMs = (): number => clock.wallMs?.() ?? Date.now();
    this.time = {
      toWallMs: (clockMs) => (clockMs === Infinity ? Infinity : clockMs - clock.nowMs() + wallMs()),
      toClockMs: (atMs) => atMs - wallMs() + clock.nowMs(),
    };
    this.thread = new StoreThread(this.folder.path, (reason) => this.answered(reason));
    this.restored = this.read(clock);
  }

  private read(clock: BrokerClock): StateReader {
    const reader = new StateReader(this.time, clock.nowMs());
    try {
      for (const chunk of this.thread.readAll()) reader.chunk(chunk);
      reader.finish();
    } catch (thrown) {
      this.thread.terminate();
      this.folder.release();
      throw damaged(this.folder.path, thrown instanceof Error ? thrown.message : String(thrown));
    }
    this.nextRecord = reader.lastRecord + 1;
    this.firstUnwritten = this.nextRecord;
    return reader;
  }

  /** What the folder holds. It is given once. */
  takeState(): BrokerState {
    const { state, wereConnected } = this.restored!;
    this.restored = undefined;
    // Their connections ended with the earlier broker; from now on their expiry runs.
    for (const session of wereConnected) this.sessionChanged(session);
    return state;
  }

  get isBehind(): boolean {
    return this.changesBytes > waitingBytesMax || this.changes.size > waitingChangesMax;
  }

  pendingBatch(): number {
    if (this.changes.size > 0) return this.batch;
    return this.writing === undefined ? 0 : this.batch - 1;
  }

  // --- what changes ---

  sessionChanged(session: Session): void {
    // A session that ends with its connection is stored only for its will. [MQTT-3.1.2-8]
    if (session.record === 0) {
      if (session.expirySeconds === 0 && session.will === undefined) return;
      session.record = this.nextRecord++;
    }
    this.change(session.record, (out) => writeSession(out, session, this.time));
  }

  sessionEnded(session: Session): void {
    if (session.record === 0) return;
    for (const subscription of session.subscriptions.values()) this.subscriptionEnded(subscription);
    for (let at = session.queueFrom; at < session.queue.length; at++) this.deliveryEnded(session.queue[at]);
    for (const delivery of session.inflight?.values() ?? []) this.deliveryEnded(delivery);
    for (const record of session.inboundQoS2?.values() ?? []) this.identifierReleased(record);
    this.change(session.record, undefined);
    session.record = 0;
  }

  subscriptionAdded(session: Session, subscription: Subscription, earlier: Subscription | undefined): void {
    if (session.expirySeconds === 0) return;
    subscription.record = earlier === undefined || earlier.record === 0 ? this.nextRecord++ : earlier.record;
    this.change(subscription.record, (out) => writeSubscription(out, subscription));
  }

  subscriptionEnded(subscription: Subscription): void {
    if (subscription.record !== 0) this.change(subscription.record, undefined);
    subscription.record = 0;
  }

  deliveryAdded(session: Session, delivery: Delivery): void {
    if (session.expirySeconds === 0) return;
    delivery.record = this.nextRecord++;
    delivery.message.references++;
    this.changesBytes += messageBytes(delivery.message);
    this.deliveryChanged(session, delivery);
  }

  deliveryChanged(session: Session, delivery: Delivery): void {
    if (delivery.record === 0) return;
    if (delivery.stage === DeliveryStage.AwaitPubcomp) this.bodyDropped(delivery.message);
    this.change(delivery.record, (out) => {
      const hasBody = delivery.stage !== DeliveryStage.AwaitPubcomp;
      if (hasBody) this.shareBody(delivery.message);
      writeDelivery(out, session, delivery, hasBody, this.time);
    });
  }

  deliveryEnded(delivery: Delivery): void {
    if (delivery.record === 0) return;
    if (delivery.stage !== DeliveryStage.AwaitPubcomp) this.bodyDropped(delivery.message);
    this.change(delivery.record, undefined);
    delivery.record = 0;
  }

  /** A message of several deliveries is written once, on its own; the map is being walked, and walks over this too. */
  private shareBody(message: Message): void {
    if (message.bodyRecord !== 0 || message.references < 2) return;
    message.bodyRecord = this.nextRecord++;
    this.writing!.set(message.bodyRecord, (out) => writeBody(out, RecordKind.Body, message, this.time));
  }

  private bodyDropped(message: Message): void {
    message.references--;
    if (message.references > 0 || message.bodyRecord === 0) return;
    this.change(message.bodyRecord, undefined);
    message.bodyRecord = 0;
  }

  identifierReceived(session: Session, packetId: number): number {
    if (session.expirySeconds === 0) return 0;
    const record = this.nextRecord++;
    this.change(record, (out) => writeIdentifier(out, session, packetId));
    return record;
  }

  identifierReleased(record: number): void {
    if (record !== 0) this.change(record, undefined);
  }

  retainedChanged(message: Message, earlier: Message | undefined): void {
    message.retainedRecord = earlier === undefined ? this.nextRecord++ : earlier.retainedRecord;
    this.changesBytes += messageBytes(message);
    this.change(message.retainedRecord, (out) => writeBody(out, RecordKind.Retained, message, this.time));
  }

  retainedEnded(message: Message): void {
    this.change(message.retainedRecord, undefined);
  }

  // --- batches ---

  private change(record: number, change: Change): void {
    if (change === undefined && record >= this.firstUnwritten) this.changes.delete(record);
    else this.changes.set(record, change);
    if (this.scheduled || this.writing !== undefined || this.failure !== undefined) return;
    this.scheduled = true;
    setImmediate(this.begin);
  }

  private begin = (): void => {
    this.scheduled = false;
    if (this.writing !== undefined) return;
    if (this.changes.size === 0) {
      // Everything came and went; whoever waited for it waits for nothing.
      this.batchDone();
      return;
    }
    const changes = this.changes;
    this.writing = changes;
    this.changes = new Map();
    this.changesBytes = 0;
    const out = new ByteWriter(this.batchBytes);
    for (const [record, write] of changes) {
      out.number(record);
      if (write === undefined) out.fourBytes(removed);
      else {
        const lengthAt = out.lengthLater();
        write(out);
        out.fillLength(lengthAt);
      }
    }
    this.writingFirstUnwritten = this.firstUnwritten;
    this.firstUnwritten = this.nextRecord;
    this.batch++;
    this.batchBytes = Math.max(4096, out.length);
    this.thread.write(out.take());
  };

  private answered(reason: string | undefined): void {
    const written = this.writing;
    if (written === undefined) {
      if (reason !== undefined) this.fail(reason);
      return;
    }
    this.writing = undefined;
    if (reason !== undefined) {
      for (const [record, change] of this.changes) written.set(record, change);
      this.changes = written;
      this.firstUnwritten = this.writingFirstUnwritten;
      this.fail(reason);
      return;
    }
    // If what gathered meanwhile came and went, whoever waits for that waits for nothing.
    this.committedBatch = this.changes.size === 0 ? this.batch++ : this.batch - 1;
    if (this.failure !== undefined) {
      this.failure = undefined;
      this.owner.storeRecovered();
    }
    this.owner.storeCommitted();
    if (this.changes.size > 0 || this.closed !== undefined) this.begin();
  }

  /** Nothing was left to write, so that the gathering batch is as good as stored. */
  private batchDone(): void {
    this.committedBatch = this.batch;
    this.batch++;
    this.owner.storeCommitted();
    this.closed?.();
  }

  private fail(reason: string): void {
    this.failure = this.folder.describeFailure(reason);
    this.owner.storeFailed(this.failure);
    if (this.closed !== undefined) this.closed();
    else this.retryTimer = setTimeout(this.begin, retryMs);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.closed = resolve;
      clearTimeout(this.retryTimer);
      this.begin();
    });
    await this.thread.close();
    this.folder.release();
    if (this.failure !== undefined) throw this.failure;
  }
}
