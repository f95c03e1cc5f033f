/**
 * `midge broker`: serves with the reference broker until Ctrl-C.
 * Must not know the protocol.
 */
import { createSecureContext } from 'node:tls';
import type { Command } from 'commander';
import type { Broker, BrokerOptions, ListenAddress, ListenOptions } from '../broker/index.js';
import { addCommand, option } from './command.js';
import { Failure, UsageError, wordsOf } from './fault.js';
import { fileValue, hostValue, integerValue } from './values.js';

interface BrokerValues extends BrokerOptions {
  port: number;
  host: string;
  wsPort?: number;
  tlsPort?: number;
  cert?: Buffer;
  key?: Buffer;
  cafile?: Buffer;
  verbose?: boolean;
}

const listenPort = integerValue(0, 65535);

/** Options that go to the broker as they are, by its own names. */
const limits = [
  ['--maximum-packet-size <bytes>', 'largest packet to accept (default: 16777216)', 16, 268_435_460],
  ['--receive-maximum <count>', 'unfinished QoS 1 and 2 messages accepted of a client (default: 1024)', 1, 65535],
  ['--server-keep-alive-seconds <s>', 'keep alive that MQTT 5.0 clients are told to use', 0, 65535],
  ['--session-expiry-max-seconds <s>', 'longest a session outlives its connection (default: for ever)', 0, 4_294_967_295],
  ['--session-queue-messages-max <count>', 'QoS 1 and 2 messages kept for a client that is away (default: 10000)', 1, 10_000_000],
  ['--connect-timeout-ms <ms>', 'time from connection to CONNECT (default: 10000)', 1, 3_600_000],
] as const;

const limitNames = [
  'maximumPacketSize', 'receiveMaximum', 'serverKeepAliveSeconds', 'sessionExpiryMaxSeconds', 'sessionQueueMessagesMax', 'connectTimeoutMs',
] as const satisfies readonly (keyof BrokerOptions)[];

export function addBroker(program: Command): void {
  const command = addCommand(program, 'broker', 'serve MQTT 3.1.1 and 5.0 with the reference broker', '[options]', `Everybody is let in. With --data, sessions and retained messages outlive the process, killed or not; without, they are kept in memory
and end with it.

Examples:
  midge broker
  midge broker --port 1884 --ws-port 8080 -v
  midge broker --data ./broker-data
  midge broker --tls-port 8883 --cert server.pem --key server.key`)
    .addOption(option('-p, --port <port>', 'port for TCP, 0: a free one', listenPort).default(1883))
    .addOption(option('-h, --host <host>', 'address to listen on; 0.0.0.0: all', hostValue).default('127.0.0.1'))
    .option('--data <folder>', 'keep sessions and retained messages in this folder; made if it is missing')
    .addOption(option('--ws-port <port>', 'also WebSocket, on this port', listenPort))
    .addOption(option('--tls-port <port>', 'also TLS, on this port; needs --cert and --key', listenPort))
    .addOption(option('--cert <file>', "the server's certificate, PEM", fileValue))
    .addOption(option('--key <file>', "the server's private key, PEM", fileValue))
    .addOption(option('--cafile <file>', 'demand client certificates of these authorities, PEM', fileValue))
    .option('-v, --verbose', 'a line for each client that comes and goes, and for each breach of the specification');
  for (const [flags, description, least, most] of limits) command.addOption(option(flags, description, integerValue(least, most)));
  command.action((values: BrokerValues) => serve(values));
}

async function serve(values: BrokerValues): Promise<void> {
  const listeners = listenersOf(values);
  const [{ createBroker }, { interruption }] = await Promise.all([import('../broker/index.js'), import('./session.js')]);
  const broker = opened(createBroker, { ...Object.fromEntries(limitNames.map((name) => [name, values[name]])), data: values.data });
  const interrupted = interruption();
  try {
    for (const listener of listeners) {
      const address = await listen(broker, listener);
      say(`listening on ${address.host}:${address.port} (${transportNames[address.transport]})`);
      if (address.transport === 'tcp') sayHowToTry(address);
    }
    sayWhatIsKept(broker, values.data);
    if (values.verbose === true) report(broker);
    await interrupted.happened;
    const { messagesIn, messagesOut, violations } = broker.stats;
    say(`ended: ${messagesIn} messages in, ${messagesOut} out, ${violations} breaches of the specification`);
  } finally {
    interrupted.release();
    await broker.close();
  }
}

function opened(createBroker: (options: BrokerOptions) => Broker, options: BrokerOptions): Broker {
  try {
    return createBroker(options);
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'StoreError') throw new Failure(thrown.message);
    throw thrown;
  }
}

function sayWhatIsKept(broker: Broker, folder: string | undefined): void {
  if (folder === undefined) {
    say('sessions and retained messages are in memory only and end with this process; --data <folder> keeps them');
    return;
  }
  say(`sessions and retained messages are kept in ${folder}: ${broker.stats.sessions} sessions, ${broker.stats.retainedMessages} retained messages`);
  let failing = false;
  broker.on('storeFailed', (error) => {
    if (!failing) process.stderr.write(`${error.message}. Publishes of QoS 1 and 2 and new connections are refused until it can be written again\n`);
    failing = true;
  });
  broker.on('storeRecovered', () => {
    failing = false;
    say(`the data folder "${folder}" can be written again`);
  });
}

const transportNames = { tcp: 'TCP', tls: 'TLS', ws: 'WebSocket', wss: 'WebSocket over TLS' } as const;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function sayHowToTry({ host, port }: ListenAddress): void {
  const at = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  say(`try:  npx midge sub -h ${at} -p ${port} -t '#' -v     and     npx midge pub -h ${at} -p ${port} -t hello -m world`);
}

function listenersOf(values: BrokerValues): ListenOptions[] {
  const { host, port, cert, key, cafile } = values;
  const listeners: ListenOptions[] = [{ transport: 'tcp', host, port }];
  if (values.wsPort !== undefined) listeners.push({ transport: 'ws', host, port: values.wsPort });
  if (values.tlsPort === undefined) {
    const given = ([['--cert', cert], ['--key', key], ['--cafile', cafile]] as const).find(([, file]) => file !== undefined);
    if (given !== undefined) throw new UsageError(`${given[0]} is for TLS; give --tls-port too`);
    return listeners;
  }
  if (cert === undefined || key === undefined) throw new UsageError('--tls-port needs --cert and --key');
  const tls = { cert, key, ...(cafile === undefined ? {} : { ca: cafile, requestCert: true, rejectUnauthorized: true }) };
  try {
    createSecureContext(tls);
  } catch (thrown) {
    throw new UsageError(`--cert and --key: they are no PEM certificate and key that belong together (${wordsOf(thrown)})`);
  }
  listeners.push({ transport: 'tls', host, port: values.tlsPort, tls });
  return listeners;
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; choose another, or 0 for a free one',
  EACCES: 'ports below 1024 need more rights; choose a higher one',
  EADDRNOTAVAIL: 'this machine has no such address; 0.0.0.0 stands for all it has',
  ENOTFOUND: 'there is no host of that name',
};

/** Opens a listener; what the system says against it, in words. */
export async function listen(broker: Broker, options: ListenOptions): Promise<ListenAddress> {
  try {
    return await broker.listen(options);
  } catch (thrown) {
    const why = reasons[(thrown as NodeJS.ErrnoException).code ?? ''] ?? wordsOf(thrown);
    throw new Failure(`cannot listen on ${options.host}:${options.port}: ${why}`);
  }
}

function report(broker: Broker): void {
  broker.on('clientConnected', (client, isPresent) => {
    say(`${client.clientId} connected from ${client.remoteAddress}, MQTT ${client.version === 5 ? '5.0' : '3.1.1'}${isPresent ? ', session resumed' : ''}`);
  });
  broker.on('clientRefused', (clientId, refusal) => { say(`${clientId} refused, reason code 0x${refusal.reasonCode.toString(16)}`); });
  broker.on('clientDisconnected', (info) => { say(`${info.clientId} gone (${info.by}): ${info.reason}`); });
  broker.on('violation', (violation) => {
    say(`${violation.clientId === '' ? 'a client' : violation.clientId} broke ${violation.statement}: ${violation.reason}`);
  });
}
