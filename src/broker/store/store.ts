/*
 * What the broker tells its store, and the store that keeps nothing: a broker without a data folder runs on it.
 * Handlers report each change of what must outlive the process; answers that depend on it leave when it is stored.
 * Knows nothing of files. Read first: MQTT 5.0, 4.1 and 4.3.
 */
import type { Message } from '../message.js';
import type { Delivery, Session } from '../session.js';
import type { Subscription } from '../subscription-tree.js';

/** What is wrong with a data folder, in words for whoever runs the broker. */
export class StoreError extends Error {
  override name = 'StoreError';
}

export interface Store {
  /** The last batch that is stored. */
  readonly committedBatch: number;
  /** Set while changes cannot be stored. */
  readonly failure: StoreError | undefined;
  /** More is waiting to be stored than is good for memory: publishers are not read for a while. */
  readonly isBehind: boolean;
  /** The batch that stores everything changed so far; 0 if all of it is stored already. */
  pendingBatch(): number;
  /** Expiry, will, or whether it is connected. */
  sessionChanged(session: Session): void;
  /** Everything about the session goes, its subscriptions and deliveries included. */
  sessionEnded(session: Session): void;
  subscriptionAdded(session: Session, subscription: Subscription, earlier: Subscription | undefined): void;
  subscriptionEnded(subscription: Subscription): void;
  deliveryAdded(session: Session, delivery: Delivery): void;
  /** It has moved on to another stage, once. */
  deliveryChanged(session: Session, delivery: Delivery): void;
  deliveryEnded(delivery: Delivery): void;
  /** A QoS 2 identifier came; the answer is what to give to `identifierReleased`. */
  identifierReceived(session: Session, packetId: number): number;
  identifierReleased(record: number): void;
  retainedChanged(message: Message, earlier: Message | undefined): void;
  retainedEnded(message: Message): void;
  /** Stores what is waiting, then lets go of the folder. */
  close(): Promise<void>;
}

function nothing(): void {
  // Memory is all there is.
}

export const memoryStore: Store = {
  committedBatch: 0,
  failure: undefined,
  isBehind: false,
  pendingBatch: () => 0,
  sessionChanged: nothing,
  sessionEnded: nothing,
  subscriptionAdded: nothing,
  subscriptionEnded: nothing,
  deliveryAdded: nothing,
  deliveryChanged: nothing,
  deliveryEnded: nothing,
  identifierReceived: () => 0,
  identifierReleased: nothing,
  retainedChanged: nothing,
  retainedEnded: nothing,
  close: () => Promise.resolve(),
};
