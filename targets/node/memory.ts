/**
 * The memory map of a client in bytes, from its configuration. Must not know: how the buffers are used.
 *
 * Read first: DESIGN section 3, "Memory". Changes together with `createClient` of the core.
 */
import { type Client, Slot, Sub } from '../../src/core/index.js';
import type { MemoryMap } from './api.js';
import type { Settings } from './options.js';

const enum Int {
  Bytes = 4,
}

export function memoryMap(core: Client, settings: Settings): MemoryMap {
  const config = settings.config;
  const v5 = core.v5;
  const parts = {
    receiveBuffer: config.receiveBytes,
    controlBuffer: config.controlBytes,
    outboxArena: config.outboxBytes,
    outboxTable: (config.outboxMessages + 1) * Slot.Size * Int.Bytes,
    inboundTable: config.receiveMaximum * Int.Bytes,
    subscriptionTable: config.subscriptions * Sub.Size * Int.Bytes,
    filters: config.filterBytes,
    topicAliases: v5 === null ? 0 : v5.aliasesIn.length + v5.aliasesOut.length + v5.assignedClientId.length,
    transmitBuffers: 2 * settings.transmitBytes,
    linkReadBuffer: settings.endpoint.isTls || settings.endpoint.wsPath !== null ? 0 : settings.linkReadBytes,
    propertyBuffer: settings.propertyBytes,
  };
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}
