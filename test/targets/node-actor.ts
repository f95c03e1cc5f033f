/** The actor of the Node port: commands and events as README.md of this folder has them. */
import { createInterface } from 'node:readline';
import { createClient, type MidgeClient, MidgeError, type Qos, Status } from '../../targets/node/index.js';
import { hexOf, textOf } from './actor.js';

function tell(...words: (string | number)[]): void {
  process.stdout.write(`${words.join(' ')}\n`);
}

let client: MidgeClient | undefined;
let isLeaving = false;
let largeSum = 0;

function connect([host, port, clientId, clean, keepAliveS, user, password, willTopic, willPayload, willQos, willRetain]: string[]): void {
  const mine = client = createClient({
    host: textOf(host), port: Number(port), clientId: textOf(clientId), cleanStart: clean === '1', keepAliveS: Number(keepAliveS), protocolVersion: 4,
    ...(user === '-' ? {} : { username: textOf(user), password: textOf(password) }),
    ...(willTopic === '-' ? {} : { will: { topic: textOf(willTopic), payload: textOf(willPayload), qos: Number(willQos) as Qos, retain: willRetain === '1' } }),
    reconnect: { minMs: 20, maxMs: 500 },
    buffers: { receiveBytes: 512, outboxBytes: 2048, controlBytes: 512, transmitBytes: 1024 },
  });
  isLeaving = false;
  mine.on('connect', ({ sessionPresent }) => { tell('connected', sessionPresent ? 1 : 0); });
  mine.on('disconnect', ({ status, willRetryInMs }) => {
    if (isLeaving || status === Status.Refused) return;
    tell('lost');
    // After a violation the port gives up; a device goes on.
    if (willRetryInMs === null) setTimeout(() => { mine.connect().catch(() => undefined); }, 20);
  });
  mine.on('message', (topic, payload, { qos, retain }) => { tell('message', hexOf(topic), payload.length === 0 ? '-' : payload.toString('hex'), qos, retain ? 1 : 0); });
  mine.handlers.chunk = ({ topic, payload, offset, total }): void => {
    if (offset === 0) largeSum = 0;
    for (const byte of payload) largeSum = (largeSum + byte) % 65536;
    if (offset + payload.length === total) tell('large', hexOf(topic), total, largeSum);
  };
  mine.connect().catch((error: unknown) => { if (error instanceof MidgeError && error.status === Status.Refused) tell('refused', 0); });
}

async function obey([command, ...words]: string[]): Promise<void> {
  if (command === 'connect') connect(words);
  else if (command === 'publish') {
    const [topic, payload, qos, retain] = words;
    await client!.publish(textOf(topic), textOf(payload), { qos: Number(qos) as Qos, retain: retain === '1' }).then(() => { tell('published', topic); }, () => { tell('dropped', topic); });
  } else if (command === 'subscribe') {
    await client!.subscribe(textOf(words[0]), { qos: Number(words[1]) as Qos }).then(({ reason }) => { tell('subscribed', words[0], reason); }, () => { tell('subscribed', words[0], 128); });
  } else if (command === 'unsubscribe') {
    await client!.unsubscribe(textOf(words[0]));
    tell('unsubscribed', words[0]);
  } else if (command === 'disconnect') {
    isLeaving = true;
    await client!.end();
    tell('disconnected');
  } else if (command === 'quit') {
    isLeaving = true;
    await client?.end({ timeoutMs: 100 });
    process.exit(0);
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  obey(line.split(' ')).catch((error: unknown) => { tell('error', hexOf(String(error))); });
});
tell('ready');
