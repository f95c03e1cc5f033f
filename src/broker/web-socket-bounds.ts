/*
 * What a WebSocket makes the broker hold below MQTT: the frames of a message that is not whole yet, and answers to pings.
 * Knows nothing of packets. Read first: RFC 6455, 5.4 and 5.5.
 */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Hub } from './hub.js';

/** What may gather even if the memory for all is used up: enough for everyday packets. */
const freeBytes = 4096;

/** Header and mask of a ping or pong. */
const controlFrameBytes = 6;

/** Answers to pings wait up to here; a peer that does not read them gets no more. */
const pongBytesMax = 16_384;

/** Call it before anybody else listens for messages. The server's own answers to pings must be off. */
export function boundWebSocket(hub: Hub, socket: Socket, webSocket: WebSocket): void {
  let gathered = 0;
  const count = (bytes: number): void => {
    hub.memory.inputBytes += bytes - gathered;
    gathered = bytes;
  };
  const controlFrame = (data: Buffer): void => count(Math.max(0, gathered - data.length - controlFrameBytes));
  // Ahead of the WebSocket's own handling, which tells of a message within it.
  socket.prependListener('data', (chunk: Buffer) => {
    count(gathered + chunk.length);
    if (gathered <= freeBytes || hub.memory.hasRoomFor(0)) return;
    hub.stats.closedMemoryFull++;
    hub.limits.reached('memoryBytesMax', hub.memory.maxBytes, '', socket.remoteAddress ?? '', 'the WebSocket is closed over a large message');
    webSocket.terminate();
  });
  socket.once('close', () => count(0));
  webSocket
    .on('message', () => count(0))
    .on('pong', controlFrame)
    .on('ping', (data: Buffer) => {
      controlFrame(data);
      // RFC 6455, 5.5.3: not each ping needs a pong of its own.
      if (webSocket.bufferedAmount <= pongBytesMax) webSocket.pong(data, false, () => undefined);
    });
}
