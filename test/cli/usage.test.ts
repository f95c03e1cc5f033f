// A wrong command line ends with exit code 2 and one line that says what, why and what is allowed; nothing is sent.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { generate } from 'selfsigned';
import { Exit } from '../../src/cli/fault.js';
import { run } from '../../src/cli/run.js';
import { linesOf, midge, midgeFile, start } from './process.js';

const folder = mkdtempSync(join(tmpdir(), 'midge-usage-'));
test.after.always(() => { rmSync(folder, { recursive: true }); });

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const noPem = fileWith('no.pem', 'no certificate');
const badPem = fileWith('bad.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
const [goodCert, otherKey] = [join(folder, 'good.pem'), join(folder, 'other.key')];
test.before(async () => {
  writeFileSync(goodCert, (await generate([{ name: 'commonName', value: 'a' }])).cert);
  writeFileSync(otherKey, (await generate([{ name: 'commonName', value: 'b' }])).private);
});
const noJson = fileWith('no.json', '{');
const configs = {
  unknown: fileWith('unknown.json', '{"recieveBytes": 4}'), type: fileWith('type.json', '{"receiveBytes": "4"}'),
  range: fileWith('range.json', '{"receiveBytes": 4}'), inner: fileWith('inner.json', '{"version": 5, "v5": {"topicAliasesOut": 70000}}'),
};

type Row = readonly [args: readonly string[], says: RegExp];
const topic = ['-t', 'a', '-m', 'b'];

const rows: Record<string, readonly Row[]> = {
  commands: [
    [['bogus'], /"bogus" is no command of midge; the commands are bench, board, broker, build, flash, gateway, passwd, ports, pub, size, sub/],
    [['benhc'], /did you mean bench\?/],
    [['--bogus'], /--bogus is no option of midge;/],
  ],
  options: [
    [['pub', '--mesage', 'x'], /--mesage is no option of midge pub \(did you mean --message\?\); see midge pub --help/],
    [['pub', '-Z'], /-Z is no option of midge pub/],
    [['pub', '-t'], /-t, --topic needs a value/],
    [['pub', ...topic, 'c'], /"c" belongs to no option/],
    [['sub', '-t', 'a', '-h'], /-h, --host needs a value/],
  ],
  'hosts and ports': [
    [['pub', ...topic, '-h', 'a b'], /-h, --host is "a b"; it must be a host name or an IP address/],
    [['pub', ...topic, '-h', 'mqtt://a'], /a URL goes with -L/],
    [['pub', ...topic, '-h', ''], /-h, --host is ""/],
    [['pub', ...topic, '-p', '0'], /-p, --port is "0"; it must be a whole number from 1 to 65535/],
    [['pub', ...topic, '-p', '65536'], /from 1 to 65535/],
    [['sub', '-t', 'a', '-p', 'mqtt'], /-p, --port is "mqtt"/],
    [['pub', '-m', 'b', '-L', 'http://h/t'], /mqtt\(s\):\/\/\[username/],
    [['pub', '-m', 'b', '-L', 'mqtt://h:99999/t'], /the port in -L, --url is "99999"/],
    [['pub', '-m', 'b', '-L', 'mqtt://h/t', '-p', '1'], /-L and -p both say where the server is/],
    [['pub', '-m', 'b', '-L', 'mqtt://h/t', '-t', 't'], /-L and -t both give a topic/],
    [['pub', ...topic, '--ws', 'mqtt'], /begins with \//],
  ],
  topics: [
    [['pub', '-t', 'a/#', '-m', 'b'], /holds no wildcard/],
    [['pub', '-t', '', '-m', 'b'], /-t, --topic is empty/],
    [['pub', '-t', 'x'.repeat(65536), '-m', 'b'], /has 65536 bytes; a topic has at most 65535/],
    [['pub', '-m', 'b'], /there is no topic to publish to/],
    [['pub', '-t', 'a', '-t', 'b', '-m', 'x'], /-t, --topic is given twice/],
    [['sub', '-t', 'a/#/b'], /# stands alone in the last level/],
    [['sub', '-t', 'a+/b'], /\+ stands alone in its level/],
    [['sub', '-t', '$share/+/a'], /\$share\/name\/filter/],
    [['sub', '-t', 'a', '-T', '#a'], /-T, --filter-out is "#a"/],
    [['sub'], /there is no topic filter/],
  ],
  messages: [
    [['pub', '-t', 'a'], /there is no message; give -m/],
    [['pub', '-t', 'a', '-m', 'x\uFFFDy'], /"x\uFFFDy" holds bytes that are no UTF-8.*-f or -s/],
    [['pub', '-t', 'a\uFFFD', '-m', 'x'], /no UTF-8/],
    [['pub', '-t', 'a', '-f', '-'], /standard input goes with -s/],
    [['pub', ...topic, '-n'], /-m and -n each give the message/],
    [['pub', '-t', 'a', '-f', join(folder, 'none')], /-f: cannot read ".*none": there is no such file/],
    [['pub', '-t', 'a', '-f', folder], /it is a folder/],
    [['pub', '-t', 'a', '-l', '--repeat', '2'], /--repeat goes with/],
    [['pub', ...topic, '--repeat-delay', '1'], /--repeat-delay needs --repeat/],
    [['pub', ...topic, '-q', '3'], /-q, --qos is "3"; it must be a whole number from 0 to 2/],
    [['sub', '-t', 'a', '-q', 'x'], /-q, --qos is "x"/],
    [['sub', '-t', 'a', '-C', '0'], /-C, --count is "0"/],
    [['sub', '-t', 'a', '-W', '0'], /-W, --timeout is "0"; it must be a whole number of seconds/],
    [['sub', '-t', 'a', '-F', '%z'], /there is no %z; the sequences are/],
    [['sub', '-t', 'a', '-F', 'a@'], /-F ends with @/],
    [['sub', '-t', 'a', '-R', '--retained-only'], /leave nothing to print/],
  ],
  connection: [
    [['pub', ...topic, '-V', 'mqttv31'], /it must be mqttv311/],
    [['pub', ...topic, '-V', '311', '-x', '5'], /-x is of MQTT 5.0/],
    [['pub', ...topic, '-V', '311', '-D', 'publish', 'content-type', 'x'], /-D is of MQTT 5.0/],
    [['pub', ...topic, '-c'], /give one with -i/],
    [['pub', ...topic, '-x', '-1'], /a session that never expires needs a client identifier/],
    [['pub', ...topic, '-i', 'a', '-I', 'b'], /-i and -I both name the client/],
    [['pub', ...topic, '-P', 'secret'], /-P without -u/],
    [['sub', '-t', 'a', '-k', '65536'], /-k, --keepalive is "65536"/],
    [['sub', '-t', 'a', '--will-qos', '1'], /--will-qos needs --will-topic/],
    [['sub', '-t', 'a', '--will-topic', 'a/+'], /--will-topic is "a\/\+"/],
    [['sub', '-t', 'a', '--retain-as-published'], /give -V 5 too/],
  ],
  properties: [
    [['pub', ...topic, '-D', 'publish', 'content-typ', 'x'], /did you mean content-type\?/],
    [['pub', ...topic, '-D', 'unsubscribe', 'user-property', 'a', 'b'], /the command must be one of connect, publish, will, subscribe, disconnect/],
    [['sub', ...topic, '-D', 'subscribe', 'content-type', 'a'], /subscribe allows user-property/],
    [['pub', ...topic, '-D', 'publish', 'user-property', 'x'], /needs a name and a value/],
    [['pub', ...topic, '-D', 'publish', 'payload-format-indicator', '2'], /from 0 to 1/],
    [['pub', ...topic, '-D', 'publish', 'response-topic', 'a/#'], /-D publish response-topic is "a\/#"; .* holds no wildcard/],
    [['pub', ...topic, '-D', 'connect', 'authentication-data', 'x'], /needs -D connect authentication-method/],
    [['sub', '-t', 'a', '-D', 'publish', 'content-type', 'x'], /for midge pub/],
    [['sub', '-t', 'a', '-D', 'disconnect', 'session-expiry-interval', '9'], /needs a session that outlives the connection; give -x too/],
  ],
  certificates: [
    [['pub', ...topic, '--cafile', join(folder, 'none')], /--cafile: cannot read ".*none": there is no such file/],
    [['pub', ...topic, '--cafile', noPem], /--cafile: ".*no\.pem" holds no certificate/],
    [['pub', ...topic, '--cafile', badPem], /--cafile: the certificate in ".*bad\.pem" is damaged/],
    [['pub', ...topic, '--cert', noPem, '--key', badPem], /--cert: ".*no\.pem" holds/],
    [['pub', ...topic, '--cert', goodCert, '--key', badPem], /--key: ".*bad\.pem" holds no private key/],
    [['pub', ...topic, '--cert', goodCert, '--key', otherKey], /--key: ".*other\.key" is not the key of the certificate in ".*good\.pem"/],
    [['pub', ...topic, '--cert', noPem], /give --key/],
    [['pub', ...topic, '--key', noPem], /give --cert/],
    [['pub', ...topic, '--insecure'], /--insecure is about TLS/],
    [['broker', '--tls-port', '0'], /--tls-port needs --cert and --key/],
    [['broker', '--cert', noPem], /give --tls-port too/],
    [['broker', '--tls-port', '0', '--cert', noPem, '--key', noPem], /^midge broker: --cert: ".*" holds no certificate: it is not PEM/m],
  ],
  'bench, size and broker': [
    [['bench', '--for', '10'], /--for is "10"; it must be a time with its unit/],
    [['bench', '--for', '-1s'], /--for is "-1s"/],
    [['bench', '--devices', '0'], /--devices is "0"/],
    [['bench', '--rate', 'max'], /--rate is "max"/],
    [['bench', '--mqtt', '4'], /--mqtt is "4"; it must be 3.1.1, 5 or auto/],
    [['bench', '--broker', 'localhost'], /--broker is "localhost"; allowed: mqtt:\/\/host:1883/],
    [['bench', '--broker', 'mqtt://h', '--port', '1'], /--port is about the broker that the bench starts/],
    [['bench', '--broker', 'mqtt://h', '--plant', 'loss'], /--plant is about the broker that the bench starts/],
    [['bench', '--port', '70000'], /-p, --port is "70000"/],
    [['broker', '--port', '-1'], /-p, --port is "-1"/],
    [['broker', '--maximum-packet-size', '1'], /from 16 to 268435460/],
    [['size', '--profile', 'tiny'], /--profile is "tiny"; it must be qos0, mqtt311, full/],
    [['size', '--config', join(folder, 'none')], /--config: cannot read/],
    [['size', '--config', noJson], /is not JSON/],
    [['size', '--config', configs.unknown], /there is no field recieveBytes \(did you mean receiveBytes\?\); the fields are/],
    [['size', '--config', configs.type], /receiveBytes is "4"; it must be a number/],
    [['size', '--config', configs.range], /receiveBytes is 4; allowed: whole bytes from 16/],
    [['size', '--config', configs.inner], /topicAliasesOut is 70000/],
  ],
};

for (const [group, cases] of Object.entries(rows)) {
  test(`wrong ${group}: exit code 2 and one line that says why`, async (t) => {
    for (const [args, says] of cases) {
      const complaints: string[] = [];
      const code = await run(args, (line) => complaints.push(line));
      const shown = `midge ${args.join(' ').slice(0, 100)}`;
      t.is(code, Exit.Usage, `${shown}: ${complaints.join('')}`);
      t.is(complaints.length, 1, shown);
      t.is(linesOf(complaints[0]).length, 1, `${shown}: ${complaints[0]}`);
      t.regex(complaints[0], says, shown);
      t.regex(complaints[0], /^midge( \w+)?: /, shown);
    }
  });
}

test('the process ends with that code, the line on standard error, nothing on standard output', async (t) => {
  const { code, stdout, stderr } = await midge(['pub', '-t', 'a/#', '-m', 'x']);
  t.is(code, 2);
  t.is(stdout.length, 0);
  t.is(stderr, 'midge pub: -t, --topic is "a/#"; a topic to publish to holds no wildcard (+ or #)\n');
});

test('standard input that is a folder, closed or the null device is no empty message', async (t) => {
  for (const option of ['-s', '-l']) {
    for (const input of [`< '${folder}'`, '<&-', '</dev/null']) {
      const { code, stderr } = await start('sh', ['-c', `"$0" "$@" ${input}`, process.execPath, midgeFile, 'pub', '-t', 'a', option]).ended;
      t.is(code, 1, input);
      t.regex(stderr, /^midge pub: -[sl]: cannot read standard input: it is (a folder|closed).*\n$/, input);
    }
  }
});

test('help that cannot be written: one line, exit code 1', async (t) => {
  // Where the system has no such device there is nothing to try.
  if (!existsSync('/dev/full')) return void t.pass();
  const { code, stderr } = await start('sh', ['-c', '"$0" "$@" >/dev/full', process.execPath, midgeFile, 'sub', '--help']).ended;
  t.is(code, 1);
  t.regex(stderr, /^midge: cannot write to standard output: ENOSPC.*\n$/);
});

test('help and version are readable, and -h is the host', async (t) => {
  const version = await midge(['--version']);
  t.is(version.code, 0);
  t.regex(version.stdout.toString(), /^\d+\.\d+\.\d+\n$/);
  for (const args of [[], ['--help'], ['-h'], ['help'], ['help', 'sub'], ['pub', '--help'], ['sub', '--help'], ['bench', '--help'], ['size', '--help'], ['broker', '--help']]) {
    const help = await midge(args);
    t.is(help.code, 0);
    t.is(help.stderr, '');
    t.regex(help.stdout.toString(), /^Usage: midge /);
    t.notRegex(help.stdout.toString(), /--plant/);
  }
});
