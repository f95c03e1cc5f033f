/**
 * The floor under idle connections: a server of Node.js that answers any first packet with CONNACK and does nothing else. With
 * `small`, young objects are kept small as in `midge broker`. Prints its port.
 */
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { keepYoungHeapSmall } from '../../src/cli/youngHeap.js';

if (process.argv[2] === 'small') keepYoungHeapSmall();

const sockets = new Set<Socket>();
const connack = Buffer.from([0x20, 2, 0, 0]);
function onData(this: Socket): void {
  this.write(connack);
}
function onClose(this: Socket): void {
  sockets.delete(this);
}
function onError(): void {
  // 'close' follows.
}

const server = createServer({ noDelay: true }, (socket) => {
  sockets.add(socket);
  socket.on('data', onData).on('close', onClose).on('error', onError);
});
server.listen(0, '127.0.0.1', () => { console.log((server.address() as AddressInfo).port); });
