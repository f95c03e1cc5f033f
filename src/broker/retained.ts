/*
 * Retained messages by topic, and which of them a filter matches. A tree of topic levels, so that a filter visits only
 * the topics under it. Read first: MQTT 5.0, 3.3.1.3 and 4.7.
 */
import type { Message } from './message.js';
import { messageBytes } from './message.js';

interface Node {
  /** Made on first use: most nodes are leaves. */
  children: Map<string, Node> | undefined;
  message: Message | undefined;
}

export class RetainedMessages {
  count = 0;
  /** Of topics, properties and payloads. */
  bytes = 0;
  payloadBytes = 0;
  private readonly root: Node = { children: undefined, message: undefined };

  /** Replaces the topic's retained message and returns the earlier one. [MQTT-3.3.1-5] */
  set(message: Message): Message | undefined {
    let node = this.root;
    for (const level of message.topic.split('/')) {
      node.children ??= new Map();
      let child = node.children.get(level);
      if (child === undefined) {
        child = { children: undefined, message: undefined };
        node.children.set(level, child);
      }
      node = child;
    }
    const earlier = node.message;
    if (earlier === undefined) this.count++;
    else this.bytes -= messageBytes(earlier);
    this.bytes += messageBytes(message);
    this.payloadBytes += message.payload.length - (earlier?.payload.length ?? 0);
    node.message = message;
    return earlier;
  }

  /** Removes and returns the topic's retained message, if `only` is given just if it is still that one. [MQTT-3.3.1-6] */
  delete(topic: string, only?: Message): Message | undefined {
    const levels = topic.split('/');
    const path = [this.root];
    for (const level of levels) {
      const child = path[path.length - 1].children?.get(level);
      if (child === undefined) return undefined;
      path.push(child);
    }
    const node = path[path.length - 1];
    const earlier = node.message;
    if (earlier === undefined || (only !== undefined && earlier !== only)) return undefined;
    node.message = undefined;
    this.count--;
    this.bytes -= messageBytes(earlier);
    this.payloadBytes -= earlier.payload.length;
    for (let depth = levels.length; depth > 0; depth--) {
      if (path[depth].children?.size || path[depth].message !== undefined) break;
      path[depth - 1].children!.delete(levels[depth - 1]);
    }
    return earlier;
  }

  get(topic: string): Message | undefined {
    let node: Node | undefined = this.root;
    for (const level of topic.split('/')) node = node?.children?.get(level);
    return node?.message;
  }

  /** All retained messages a topic filter matches. */
  match(topicFilter: string): Message[] {
    const levels = topicFilter.split('/');
    const found: Message[] = [];
    const takeAll = (node: Node, hidden: boolean): void => {
      if (node.message !== undefined) found.push(node.message);
      for (const [level, child] of node.children ?? []) if (!hidden || !level.startsWith('$')) takeAll(child, false);
    };
    const walk = (node: Node, depth: number): void => {
      if (depth === levels.length) {
        if (node.message !== undefined) found.push(node.message);
        return;
      }
      const level = levels[depth];
      // A leading wildcard leaves topics that begin with '$' alone. [MQTT-4.7.2-1]
      if (level === '#') takeAll(node, depth === 0);
      else if (level === '+') {
        for (const [name, child] of node.children ?? []) if (depth > 0 || !name.startsWith('$')) walk(child, depth + 1);
      } else {
        const child = node.children?.get(level);
        if (child !== undefined) walk(child, depth + 1);
      }
    };
    walk(this.root, 0);
    return found;
  }

  all(): Message[] {
    const found: Message[] = [];
    const walk = (node: Node): void => {
      if (node.message !== undefined) found.push(node.message);
      for (const child of node.children?.values() ?? []) walk(child);
    };
    walk(this.root);
    return found;
  }
}
