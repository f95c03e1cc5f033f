/**
 * Load on a broker from a process of its own: `load-worker fanout|fanin|qos1|slow|idle PORT COUNT`. One line of JSON at the
 * end: messages per second as delivered (acknowledged, at QoS 1). `idle` holds COUNT connections until its input ends.
 */
import { connect, type Socket } from 'node:net';
import { connectPacket, publishPacket, publishQos1Packet, subscribePacket } from './load-packets.js';

const [mode = '', portText = '', countText = ''] = process.argv.slice(2);
const port = Number(portText);
const count = Number(countText);
const topic = 'load/room12/temp1234';
/** Messages under way at most: less than any broker's queue, so that none has to be dropped. */
const window = 1000;
const burst = 50;

function opened(clientId: string, filter?: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let left = filter === undefined ? 4 : 9;
    socket.once('error', reject);
    socket.write(connectPacket(clientId));
    if (filter !== undefined) socket.write(subscribePacket(filter));
    const onData = (chunk: Buffer): void => {
      left -= chunk.length;
      if (left > 0) return;
      socket.off('data', onData);
      resolve(socket);
    };
    socket.on('data', onData);
  });
}

/** Publishers keep the window full as the slowest counted subscriber delivers; returns messages delivered per second. */
async function flow(publishers: number, subscribers: number, hasSlow: boolean): Promise<number> {
  const packet = publishPacket(topic);
  const several = Buffer.concat(Array.from({ length: burst }, () => packet));
  const readers = await Promise.all(Array.from({ length: subscribers }, (_, n) => opened(`sub${n}`, topic)));
  if (hasSlow) (await opened('slow', topic)).pause();
  const writers = await Promise.all(Array.from({ length: publishers }, (_, n) => opened(`pub${n}`)));
  const bytes = new Float64Array(subscribers);
  let sent = 0;
  let turn = 0;
  let warm = 0;
  let start = 0;
  return await new Promise((resolve, reject) => {
    // A broker that drops leaves the window open for ever.
    let seen = -1;
    const watch = setInterval(() => {
      const now = Math.min(...bytes);
      if (now === seen) reject(new Error(`nothing was delivered for 5 s: ${now / packet.length} of ${sent}`));
      seen = now;
    }, 5000);
    const pump = (): void => {
      const delivered = Math.floor(Math.min(...bytes) / packet.length);
      if (start === 0 && delivered >= count / 5) {
        start = performance.now();
        warm = delivered;
      }
      if (delivered >= count) {
        clearInterval(watch);
        resolve(((delivered - warm) * subscribers * 1000) / (performance.now() - start));
        return;
      }
      while (sent - delivered <= window - burst) {
        writers[turn % publishers].write(several);
        turn++;
        sent += burst;
      }
    };
    readers.forEach((reader, n) => reader.on('data', (chunk: Buffer) => {
      bytes[n] += chunk.length;
      pump();
    }));
    pump();
  });
}

async function roundTrips(): Promise<number> {
  const { packet, idAt } = publishQos1Packet(topic);
  const socket = await opened('qos1');
  const several = Buffer.concat(Array.from({ length: burst }, () => packet));
  let sent = 0;
  let bytes = 0;
  let start = 0;
  let warm = 0;
  return await new Promise((resolve) => {
    const pump = (): void => {
      const done = bytes / 4;
      if (start === 0 && done >= count / 5) {
        start = performance.now();
        warm = done;
      }
      if (done >= count) {
        resolve(((done - warm) * 1000) / (performance.now() - start));
        return;
      }
      while (sent - done <= 100 - burst) {
        const block = Buffer.from(several);
        for (let n = 0; n < burst; n++) block.writeUInt16BE(((sent + n) % 65535) + 1, n * packet.length + idAt);
        socket.write(block);
        sent += burst;
      }
    };
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      pump();
    });
    pump();
  });
}

async function idle(): Promise<void> {
  for (let n = 0; n < count; n += 50) await Promise.all(Array.from({ length: Math.min(50, count - n) }, (_, i) => opened(`idle${n + i}`)));
  console.log('ready');
  process.stdin.resume();
  process.stdin.once('end', () => process.exit(0));
}

if (mode === 'idle') await idle();
else {
  const rate = mode === 'fanout' ? await flow(1, 10, false) : mode === 'fanin' ? await flow(10, 1, false) : mode === 'slow' ? await flow(1, 10, true) : await roundTrips();
  console.log(JSON.stringify({ rate }));
  process.exit(0);
}
