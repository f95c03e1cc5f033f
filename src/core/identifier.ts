/**
 * Packet identifiers: the next one that is not in use. [MQTT-2.2.1-3]
 * Must not know: what the identifier is for.
 *
 * Read first: MQTT 5.0 section 2.2.1.
 */
import { type Client, Slot, Sub } from './client.js';

const enum Identifier {
  Max = 65535,
  GenerationMax = 0x3fff,
}

/** Free identifiers between the last one given out and `used`; the smaller of that and `free`. */
function freeBefore(c: Client, used: number, free: number): number {
  if (used === 0) return free;
  const ahead = used > c.packetId ? used - c.packetId - 1 : used - c.packetId - 1 + Identifier.Max;
  return ahead < free ? ahead : free;
}

/**
 * Takes the next free identifier, 1 to 65,535. The tables are searched only when the identifiers known to be free
 * have run out: those given out since lie behind, so a search is good until the nearest one ahead.
 */
export function takePacketId(c: Client): number {
  while (c.idsFree === 0) {
    let free: number = Identifier.Max;
    for (let i = 0; i < c.slotsTo; i += Slot.Size) {
      if (c.slots[i + Slot.State] !== 0) free = freeBefore(c, c.slots[i + Slot.Handle] & 0xffff, free);
    }
    for (let i = 0; i < c.subs.length; i += Sub.Size) {
      if (c.subs[i + Sub.State] !== 0) free = freeBefore(c, c.subs[i + Sub.PacketId], free);
    }
    c.idsFree = free;
    if (free === 0) advance(c);
  }
  c.idsFree -= 1;
  advance(c);
  return c.packetId;
}

function advance(c: Client): void {
  if (c.packetId === Identifier.Max) {
    c.packetId = 1;
    c.generation = c.generation === Identifier.GenerationMax ? 1 : c.generation + 1;
  } else c.packetId += 1;
}
