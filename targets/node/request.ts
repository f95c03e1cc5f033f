/**
 * Options of one publish or subscription, checked, as the core's integers. Must not know: clients, links.
 *
 * Read first: MQTT 5.0 sections 3.3.1 and 3.8.3.1.
 */
import { type Client, Packet, type Properties, Publish, Status } from '../../src/core/index.js';
import type { PublishOptions, SubscribeOptions } from './api.js';
import type { PacketProperties } from './api-options.js';
import { writeProperties } from './packet-properties.js';
import { fieldError } from './words.js';

/** The flags of a publish; a QoS that does not exist is the caller's error. */
export function flagsOf(options: PublishOptions): number {
  const qos = options.qos ?? 0;
  if (qos !== 0 && qos !== 1 && qos !== 2) throw fieldError('qos', qos, '0, 1 or 2', Status.BadFlags);
  let flags = qos * Publish.Qos1;
  if (options.retain === true) flags |= Publish.Retain;
  if (options.priority === true) flags |= Publish.Priority;
  if (options.keepLatest === true) flags |= Publish.KeepLatest;
  return flags;
}

export function expiryOf(options: PublishOptions): number {
  const expiryS = options.expiryS ?? 0;
  if (!Number.isInteger(expiryS) || expiryS < 0 || expiryS > 536870) throw fieldError('expiryS', expiryS, 'whole seconds from 0 (never) to 536,870');
  return expiryS;
}

/** SUBSCRIBE's options byte. [MQTT 5.0 section 3.8.3.1] */
export function subscribeBits(options: SubscribeOptions, isV5: boolean): number {
  const qos = options.qos ?? 0;
  if (qos !== 0 && qos !== 1 && qos !== 2) throw fieldError('qos', qos, '0, 1 or 2', Status.BadFlags);
  const handling = options.retainHandling ?? 0;
  if (handling !== 0 && handling !== 1 && handling !== 2) throw fieldError('retainHandling', handling, '0, 1 or 2', Status.BadFlags);
  for (const name of ['noLocal', 'retainAsPublished', 'retainHandling'] as const) {
    if (!isV5 && options[name] !== undefined) throw fieldError(name, options[name], 'none: it needs protocolVersion 5', Status.BadFlags);
  }
  return qos | (options.noLocal === true ? 4 : 0) | (options.retainAsPublished === true ? 8 : 0) | (handling << 4);
}

/** What the client writes by itself, and what to use instead. */
const ownProperties: readonly (readonly [keyof PacketProperties, string])[] = [
  ['messageExpiryInterval', 'none: use expiryS'], ['topicAlias', 'none: see topicAliasesOut'],
  ['subscriptionIdentifier', 'none: the server sends it'],
];

/** The properties of a publish in the list `writer`, or null. */
export function publishProperties(core: Client, writer: Properties, properties: PacketProperties | undefined): Properties | null {
  if (properties === undefined) return null;
  if (core.v5 === null) throw fieldError('properties', properties, 'none: they need protocolVersion 5', Status.BadProperties);
  for (const [name, allowed] of ownProperties) {
    if (properties[name] !== undefined) throw fieldError(`properties.${name}`, properties[name], allowed, Status.BadProperties);
  }
  writeProperties(writer, properties, Packet.OwnPublish, 'properties');
  return writer;
}
