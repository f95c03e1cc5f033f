// [[bridge]] tables of midge broker: what is said against wrong ones, and what SIGHUP does to bridges of a real process
// between two other brokers.

import test from 'ava';
import { type Broker, createBroker } from '../../src/broker/index.js';
import { newFolder } from '../config/files.js';
import { certificate, hangUp, portsOf, serve } from './brokerProcess.js';
import { linesOf, midge } from './process.js';

const folder = newFolder();
test.after.always(() => { folder.remove(); });

const out = '[[bridge.topic]]\nfilter = "a/#"\ndirection = "out"\n';
const cloud = `[[bridge]]\nname = "cloud"\nurl = "mqtt://cloud.example"\n`;

test('wrong values of a bridge: line, key and what is allowed', async (t) => {
  const [one, other] = [await certificate('one'), await certificate('other')];
  folder.write('one.pem', one.cert);
  folder.write('one.key', one.private);
  folder.write('other.key', other.private);
  folder.write('text', 'hello');
  const tls = '[[bridge]]\nname = "c"\nurl = "mqtts://cloud.example"\n';
  const rows: readonly (readonly [text: string, ...lines: string[]])[] = [
    [`[[bridge]]\nname = "a b"\nurl = "mqtt://h"\n${out}`, "2:1: bridge[1].name is 'a b'; it must be a name of 1 to 64 letters, digits, \"-\", \"_\" and \".\""],
    [`[[bridge]]\nname = "a"\nurl = "http://me:secret@h"\n${out}`, '3:1: bridge[1].url is not what it should be; it must be a URL that begins with mqtt:// or mqtts:// or ws:// or wss://'],
    [`[[bridge]]\nname = "a"\nurl = "mqtt://me:secret@h/path"\n${out}`, "3:1: bridge[1].url is 'mqtt://…@h/path'; it must be no path behind the host of mqtt:// (a path belongs to ws:// and wss://)"],
    [`[[bridge]]\nname = "a"\n${out}`, '1:1: bridge[1].url is missing; it must be a URL that begins with mqtt:// or mqtts:// or ws:// or wss://'],
    [cloud, '1:1: bridge[1].topic is missing; a bridge needs at least one [[bridge.topic]]'],
    [`${cloud}[[bridge.topic]]\nfilter = "a/#/b"\ndirection = "out"\n`, "5:1: bridge[1].topic[1].filter is 'a/#/b'; it must be with each prefix a topic filter: not empty, + alone in its level, # alone in the last, not shared"],
    [`${cloud}${out}[[bridge.topic]]\nfilter = "a"\ndirection = "up"\n`, '9:1: bridge[1].topic[2].direction is "up"; it must be one of "out", "in", "both" (did you mean "out"?)'],
    [`${cloud}${out}[[bridge.topic]]\nfilter = "a"\ndirection = "in"\nlocal-prefix = "+/"\n`, "10:1: bridge[1].topic[2].local-prefix is '+/'; it must be text without + and #, such as \"site1/\""],
    [`${cloud}protocol-version = "3.1.1"\n${out}[[bridge.topic]]\nfilter = "a/b"\ndirection = "in"\n`, '8:1: bridge[1].topic[2]: topic[1] takes out what topic[2] brings in: in MQTT 3.1.1 messages would go round for ever; give them prefixes that keep them apart, or use protocol-version 5, where the bridge knows its own messages'],
    [`${cloud}protocol-version = "3.1.1"\npassword = "x"\n${out}`, '1:1: bridge[1].username is missing; a password needs it in MQTT 3.1.1'],
    [`${cloud}in-flight-max = 0\npacket-bytes-max = 10\n${out}`, '4:1: bridge[1].in-flight-max is 0; it must be a whole number of messages from 1 to 10000', '5:1: bridge[1].packet-bytes-max is 10; it must be a whole number of bytes from 1024 to 268435456'],
    [`${cloud}retry-min-ms = 500\nretry-max-ms = 100\n${out}`, '5:1: bridge[1].retry-max-ms is 100; it must be at least retry-min-ms, which is 500'],
    [`${cloud}remote-state-topic = "a/#"\n${out}`, "4:1: bridge[1].remote-state-topic is 'a/#'; it must be a topic name, without + and #"],
    [`${cloud}${out}${cloud}${out}`, '8:1: bridge[2].name is "cloud" twice; each bridge must have its own'],
    [`${cloud}cafile = "one.pem"\n${out}`, '4:1: bridge[1].cafile is for TLS; give a url that begins with mqtts:// or wss:// too'],
    [`${tls}cert = "one.pem"\n${out}`, '4:1: bridge[1].cert needs key too'],
    [`${tls}cafile = "none.pem"\n${out}`, '4:1: bridge[1].cafile is "FOLDER/none.pem"; there is no such file'],
    [`${tls}cafile = "text"\n${out}`, '4:1: bridge[1].cafile: "FOLDER/text" holds no certificate: it is not PEM, which has a line -----BEGIN …-----'],
    [`${tls}cert = "one.pem"\nkey = "other.key"\n${out}[access]\nacl-file = "text"\n`, '5:1: bridge[1].key: "FOLDER/other.key" is not the key of the certificate in "FOLDER/one.pem"; give the key that it was made with', '10:1: access.acl-file: FOLDER/text:1: "hello" begins no line; lines begin with user, topic or pattern (or # for a comment)'],
    [`${tls}cert = "one.pem"\nkey = "one.key"\nqos = 1\n${out}`, '6:1: bridge[1].qos is unknown; qos belongs to [[bridge.topic]]'],
  ];
  for (const [text, ...lines] of rows) {
    const file = folder.write('wrong.toml', text);
    const { code, stderr } = await midge(['broker', '--config', file, '-p', '0']);
    t.is(code, 2, text);
    t.deepEqual(linesOf(stderr).map((line) => line.replace('midge broker: ', '').replace(`${file}:`, '').replaceAll(folder.path, 'FOLDER')), lines, text);
  }
});

async function remote(t: { teardown(end: () => unknown): void }): Promise<{ broker: Broker; port: number; connects: string[] }> {
  const broker = createBroker();
  t.teardown(() => broker.close());
  const { port } = await broker.listen();
  const connects: string[] = [];
  broker.on('clientConnected', ({ clientId }) => connects.push(clientId));
  return { broker, port, connects };
}

function table(name: string, port: number, more = ''): string {
  return `[[bridge]]\nname = "${name}"\nurl = "mqtt://127.0.0.1:${port}"\nclient-id = "${name}"\nretry-min-ms = 20\nretry-max-ms = 50\n${more}${out}`;
}

test('SIGHUP: a bridge that has changed begins anew, one that is gone ends, one that is new begins, the others go on; a wrong one changes nothing', async (t) => {
  const [near, far] = [await remote(t), await remote(t)];
  const head = '[[listener]]\nport = 0\n[log]\nlevel = "info"\n';
  const file = folder.write('a.toml', `${head}${table('same', near.port)}${table('changes', near.port)}${table('goes', 1)}`);
  const running = await serve(t, ['--config', file]);
  const at = ['-h', '127.0.0.1', '-p', portsOf(running)[0]];
  for (const name of ['same', 'changes']) await running.said(`bridge "${name}" is connected`, 'stdout');
  await running.said('bridge "goes" is not connected', 'stdout');
  await midge(['pub', ...at, '-t', 'a/waits', '-q', '1', '-m', 'x']);

  folder.write('a.toml', `${head}${table('same', near.port)}${table('changes', near.port)}[limits]\nreceive-maximum = 7\n[[bridge]]\nname = "broken"\nurl = "mqtt://h"\n`);
  await hangUp(running, ':25:1: bridge[3].topic is missing; a bridge needs at least one [[bridge.topic]]; what was read before stays in force\n');
  t.false(running.heard('stdout').includes('receive-maximum is changed'));
  t.deepEqual([...near.connects].sort(), ['changes-out', 'same-out']);

  folder.write('a.toml', `${head}${table('new', far.port)}${table('same', near.port)}${table('changes', near.port, 'keep-alive-seconds = 7\n')}`);
  await hangUp(running, 'bridge "changes" begins anew, as its settings have changed\n');
  await running.said('bridge is changed\n', 'stdout');
  await running.said('bridge "goes" has ended, and with it a message that waited for it\n', 'stdout');
  await running.said('bridge "new" begins\n', 'stdout');
  await running.said('bridge "new" is connected', 'stdout');
  const arrived = new Promise<string>((resolve) => far.broker.on('messageIn', ({ topic }) => { resolve(topic); }));
  await midge(['pub', ...at, '-t', 'a/now', '-q', '1', '-m', 'x']);
  t.is(await arrived, 'a/now');
  t.deepEqual([...near.connects].sort(), ['changes-out', 'changes-out', 'same-out']);
});
