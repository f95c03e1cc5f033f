/*
 * Subscriptions by topic filter, and which of them a topic matches. The tree has a node per topic level; what a topic
 * matched is remembered until a subscription changes, so that a busy topic costs one look-up.
 * Knows nothing of delivery. Read first: MQTT 5.0, 4.7 and 4.8.2.
 */
import type { QoS } from './protocol.js';
import type { Session } from './session.js';

export interface Subscription {
  readonly session: Session;
  /** As the client wrote it. */
  readonly filter: string;
  /** Empty if it is not shared. */
  readonly shareName: string;
  readonly topicFilter: string;
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  /** 0 for none. */
  readonly identifier: number;
  /** Its number in the store, 0 if it is not stored. */
  record: number;
}

/** The members of one share, in turn. */
export interface ShareGroup {
  readonly members: Subscription[];
  next: number;
}

/** One client that gets a message, once, whatever number of its subscriptions match. */
export interface Subscriber {
  readonly session: Session;
  /** The highest of the matching subscriptions. [MQTT-3.3.4-2] */
  qos: QoS;
  retainAsPublished: boolean;
  /** True if one of the subscriptions is not for the client's own messages. */
  noLocal: boolean;
  readonly subscriptionIds: number[];
  readonly subscriptions: Subscription[];
  /** The access rules and the user name under which the session's client may have a message on the topic that was matched. */
  allowedUnder: object | undefined;
  allowedAs: string | undefined;
}

export interface Match {
  readonly subscribers: readonly Subscriber[];
  readonly shares: readonly ShareGroup[];
}

/** Maps are made on first use: most nodes have only one of them. */
interface Node {
  children: Map<string, Node> | undefined;
  subscriptions: Map<Session, Subscription> | undefined;
  shares: Map<string, ShareGroup> | undefined;
}

/** Memory, roughly, that remembered matches may take: topics are chosen by publishers, and each may match many subscribers. */
const rememberedBytesMax = 16 * 1024 * 1024;
const matchBytes = 256;
const subscriberBytes = 320;

function rememberedBytesOf(topic: string, { subscribers, shares }: Match): number {
  return matchBytes + topic.length * 2 + subscribers.length * subscriberBytes + shares.length * 8;
}

export class SubscriptionTree {
  count = 0;
  /** Those of `count` that are members of a share. */
  sharedCount = 0;
  private readonly root = createNode();
  private readonly remembered = new Map<string, Match>();
  private rememberedBytes = 0;

  /** Adds a subscription, in place of an earlier one of the same session and filter. [MQTT-3.8.4-3] */
  add(subscription: Subscription): void {
    this.forgetMatches();
    let node = this.root;
    for (const level of subscription.topicFilter.split('/')) {
      node.children ??= new Map();
      let child = node.children.get(level);
      if (child === undefined) {
        child = createNode();
        node.children.set(level, child);
      }
      node = child;
    }
    if (subscription.shareName === '') {
      node.subscriptions ??= new Map();
      if (!node.subscriptions.has(subscription.session)) this.count++;
      node.subscriptions.set(subscription.session, subscription);
      return;
    }
    node.shares ??= new Map();
    let group = node.shares.get(subscription.shareName);
    if (group === undefined) {
      group = { members: [], next: 0 };
      node.shares.set(subscription.shareName, group);
    }
    const at = group.members.findIndex((member) => member.session === subscription.session);
    if (at >= 0) group.members[at] = subscription;
    else {
      group.members.push(subscription);
      this.count++;
      this.sharedCount++;
    }
  }

  remove(subscription: Subscription): void {
    this.forgetMatches();
    this.count--;
    if (subscription.shareName !== '') this.sharedCount--;
    this.removeBelow(this.root, subscription.topicFilter.split('/'), 0, subscription);
  }

  /** Everybody a message on this topic goes to. The answer is shared: do not change it. */
  match(topic: string): Match {
    let match = this.remembered.get(topic);
    if (match === undefined) {
      match = this.find(topic);
      this.rememberedBytes += rememberedBytesOf(topic, match);
      if (this.rememberedBytes > rememberedBytesMax) {
        this.forgetMatches();
        this.rememberedBytes = rememberedBytesOf(topic, match);
      }
      this.remembered.set(topic, match);
    }
    return match;
  }

  private forgetMatches(): void {
    this.remembered.clear();
    this.rememberedBytes = 0;
  }

  private find(topic: string): Match {
    const found: Subscription[] = [];
    const shares: ShareGroup[] = [];
    const take = (node: Node | undefined): void => {
      if (node === undefined) return;
      if (node.subscriptions !== undefined) for (const subscription of node.subscriptions.values()) found.push(subscription);
      if (node.shares !== undefined) shares.push(...node.shares.values());
    };
    const levels = topic.split('/');
    const walk = (node: Node, depth: number): void => {
      // A filter that begins with a wildcard does not match a topic that begins with '$'. [MQTT-4.7.2-1]
      const wildcards = depth > 0 || !topic.startsWith('$');
      // '#' also stands for its parent level.
      if (wildcards) take(node.children?.get('#'));
      if (depth === levels.length) {
        take(node);
        return;
      }
      const exact = node.children?.get(levels[depth]);
      if (exact !== undefined) walk(exact, depth + 1);
      const plus = wildcards ? node.children?.get('+') : undefined;
      if (plus !== undefined) walk(plus, depth + 1);
    };
    walk(this.root, 0);
    return { subscribers: mergeBySession(found), shares };
  }

  private removeBelow(node: Node, levels: string[], depth: number, subscription: Subscription): void {
    if (depth === levels.length) {
      if (subscription.shareName === '') node.subscriptions!.delete(subscription.session);
      else {
        const group = node.shares!.get(subscription.shareName)!;
        group.members.splice(group.members.findIndex((member) => member.session === subscription.session), 1);
        if (group.members.length === 0) node.shares!.delete(subscription.shareName);
      }
      return;
    }
    const child = node.children!.get(levels[depth])!;
    this.removeBelow(child, levels, depth + 1, subscription);
    if (!child.children?.size && !child.subscriptions?.size && !child.shares?.size) node.children!.delete(levels[depth]);
  }
}

/** One entry per session, so that overlapping subscriptions bring one copy. [MQTT-3.3.4-2] [MQTT-3.3.4-4] */
export function mergeBySession(subscriptions: Subscription[]): Subscriber[] {
  const bySession = new Map<Session, Subscriber>();
  for (const subscription of subscriptions) {
    let subscriber = bySession.get(subscription.session);
    if (subscriber === undefined) {
      subscriber = {
        session: subscription.session,
        qos: 0,
        retainAsPublished: false,
        noLocal: false,
        subscriptionIds: [],
        subscriptions: [],
        allowedUnder: undefined,
        allowedAs: undefined,
      };
      bySession.set(subscription.session, subscriber);
    }
    if (subscription.qos > subscriber.qos) subscriber.qos = subscription.qos;
    subscriber.retainAsPublished ||= subscription.retainAsPublished;
    subscriber.noLocal ||= subscription.noLocal;
    if (subscription.identifier > 0) subscriber.subscriptionIds.push(subscription.identifier);
    subscriber.subscriptions.push(subscription);
  }
  return [...bySession.values()];
}

function createNode(): Node {
  return { children: undefined, subscriptions: undefined, shares: undefined };
}
