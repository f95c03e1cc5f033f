/**
 * One client in a process of its own: `client-worker midge|mqttjs|raw publish0|publish1|receive PORT COUNT`. Prints one line of JSON:
 * CPU time and bytes allocated on the heap from the first message to the last, start-up and connecting left out.
 * `raw` is a bare socket that writes ready-made packets: the floor for allocation.
 */
import { connect as connectSocket } from 'node:net';
import { PerformanceObserver } from 'node:perf_hooks';
import mqtt from 'mqtt';
import mqttPacket from 'mqtt-packet';
import { createClient, Publish } from '../../targets/node/index.js';

const [kind = '', mode = '', portText = '', countText = ''] = process.argv.slice(2);
const port = Number(portText);
const total = Number(countText);
const warmUp = Math.floor(total / 5);
const topic = 'bench/room12/temp123';
const payload = Buffer.alloc(32, 65);
const window = 100;

let collections = 0;
new PerformanceObserver((list) => { collections += list.getEntries().length; }).observe({ entryTypes: ['gc'] });

interface Start {
  cpu: NodeJS.CpuUsage;
  heap: number;
  wall: number;
}
let start: Start | null = null;

function begin(): void {
  start = { cpu: process.cpuUsage(), heap: process.memoryUsage().heapUsed, wall: performance.now() };
}

function finish(): void {
  if (start === null) throw new Error('the measurement never began');
  const heap = process.memoryUsage().heapUsed - start.heap;
  const cpu = process.cpuUsage(start.cpu);
  const wall = performance.now() - start.wall;
  // The observer reports in a later turn of the loop.
  setTimeout(() => {
    console.log(JSON.stringify({ cpuMs: (cpu.user + cpu.system) / 1000, heapBytes: heap, messages: total, collections, wallMs: wall }));
    process.exit(0);
  }, 50);
}

async function midge(): Promise<void> {
  const client = createClient({ host: '127.0.0.1', port, keepAliveS: 0 });
  await client.connect();
  if (mode === 'receive') {
    let seen = 0;
    client.handlers.message = () => {
      seen++;
      if (seen === warmUp) begin();
      if (seen === warmUp + total) finish();
    };
    await client.subscribe(topic, { qos: 0 });
    console.log('ready');
  } else if (mode === 'publish0') {
    let sent = 0;
    const pump = (): void => {
      // A burst a turn, as a program that forwards readings does; refused for lack of room, it waits until there is some.
      let isFull = false;
      for (let n = 0; n < window && sent < warmUp + total && !isFull; n++) {
        if (client.publishNow(topic, payload, 0) < 0) isFull = true;
        else if (++sent === warmUp) begin();
      }
      if (sent >= warmUp + total) finish();
      else if (isFull) void client.ready().then(pump);
      else setImmediate(pump);
    };
    pump();
  } else {
    let sent = 0;
    let done = 0;
    const fill = (): void => {
      while (sent - done < window && sent < warmUp + total && client.publishNow(topic, payload, Publish.Qos1) >= 0) sent++;
    };
    client.handlers.published = () => {
      done++;
      if (done === warmUp) begin();
      if (done === warmUp + total) finish();
      else fill();
    };
    fill();
  }
}

async function mqttJs(): Promise<void> {
  const client = await mqtt.connectAsync({ host: '127.0.0.1', port, keepalive: 0, protocolVersion: 4 });
  if (mode === 'receive') {
    let seen = 0;
    client.on('message', () => {
      seen++;
      if (seen === warmUp) begin();
      if (seen === warmUp + total) finish();
    });
    await client.subscribeAsync(topic, { qos: 0 });
    console.log('ready');
  } else if (mode === 'publish0') {
    let sent = 0;
    const pump = (): void => {
      for (let n = 0; n < window && sent < warmUp + total; n++) {
        client.publish(topic, payload);
        sent++;
        if (sent === warmUp) begin();
      }
      if (sent < warmUp + total) setImmediate(pump);
      else finish();
    };
    pump();
  } else {
    let sent = 0;
    let done = 0;
    const fill = (): void => {
      while (sent - done < window && sent < warmUp + total) {
        sent++;
        client.publish(topic, payload, { qos: 1 }, () => {
          done++;
          if (done === warmUp) begin();
          if (done === warmUp + total) finish();
          else fill();
        });
      }
    };
    fill();
  }
}

/** Ready-made packets, a burst a turn in one write, like the clients above. */
function raw(): void {
  const socket = connectSocket(port, '127.0.0.1');
  const packet = mqttPacket.generate({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false });
  const burst = Buffer.concat(Array.from({ length: window }, () => packet));
  socket.once('connect', () => {
    socket.write(mqttPacket.generate({ cmd: 'connect', clientId: 'raw', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 0 }));
    socket.once('data', () => {
      let sent = 0;
      const pump = (): void => {
        socket.write(burst);
        const before = sent;
        sent += window;
        if (before < warmUp && sent >= warmUp) begin();
        if (sent < warmUp + total) setImmediate(pump);
        else finish();
      };
      pump();
    });
  });
}

if (kind === 'midge') await midge();
else if (kind === 'mqttjs') await mqttJs();
else raw();
