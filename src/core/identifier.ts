/**
 * Packet identifiers: the next one that is not in use. [MQTT-2.2.1-3]
 * Must not know: what the identifier is for.
 *
 * Read first: MQTT 5.0 section 2.2.1.
 */
import { type Client, Slot, Sub } from './client.js';
import { Profile } from './profile.js';

/** Identifiers that can be given out before `used`, of which there are `free` so far. */
function freeBefore(c: Client, used: number, free: number): number {
  const ahead = (used - c.packetId - 1) & 0xffff;
  return ahead < free ? ahead : free;
}

/**
 * Looks ahead for identifiers that are free. Those given out lie behind, so one look is good up to the nearest one in
 * use ahead; 0 counts as in use, since no packet may carry it. A used handle keeps its generation, which moves on here.
 */
function findFree(c: Client): void {
  let free = freeBefore(c, 0, 0xffff);
  for (let i = 0; i < c.slotsTo; i += Slot.Size) {
    if (c.slots[i + Slot.State] !== 0 && c.slots[i + Slot.Handle] !== 0) free = freeBefore(c, c.slots[i + Slot.Handle] & 0xffff, free);
  }
  if (Profile.Routing > 0) {
    for (let i = 0; i < c.subs.length; i += Sub.Size) {
      if (c.subs[i + Sub.PacketId] !== 0) free = freeBefore(c, c.subs[i + Sub.PacketId], free);
    }
  }
  c.idsFree = free;
  c.generation = (c.generation + 1) & 0x3fff;
}

/** Takes the next free identifier, 1 to 65,535. */
export function takePacketId(c: Client): number {
  while (c.idsFree === 0) {
    findFree(c);
    // The next one is in use: step over it.
    if (c.idsFree === 0) c.packetId = (c.packetId + 1) & 0xffff;
  }
  c.idsFree -= 1;
  c.packetId += 1;
  return c.packetId;
}
