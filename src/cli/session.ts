/**
 * A client's life in a command: the first connection succeeds or the command fails with the reason; later losses are
 * said and mended by the core; Ctrl-C ends it in good order. Must not know what is published or subscribed.
 */
import { type ClientOptions, createClient, type DisconnectInfo, type MidgeClient, MidgeError, scramSha256, Status } from '../../targets/node/index.js';
import { Exit, Failure, UsageError, wordsOf } from './fault.js';

export interface Talk {
  /** Lines for people on standard error, with `-d`. */
  debug(line: string): void;
  /** What went wrong but does not end the command; not with `--quiet`. */
  warn(line: string): void;
}

export function talkOf(place: string, values: { debug?: boolean; quiet?: boolean }): Talk {
  const say = (line: string): void => { process.stderr.write(`${place}: ${line}\n`); };
  return { debug: values.debug === true ? say : () => undefined, warn: values.quiet === true ? () => undefined : say };
}

/** Makes the client; what the Node port finds wrong with its options is a wrong command line. With a method the password stays here. */
export function makeClient(options: ClientOptions, authMethod: string | undefined): MidgeClient {
  try {
    return createClient(authMethod === undefined ? options : provingPassword(options));
  } catch (thrown) {
    if (thrown instanceof MidgeError) throw new UsageError(inOptionNames(thrown.message));
    throw thrown;
  }
}

function provingPassword({ username = '', password = '', ...rest }: ClientOptions): ClientOptions {
  return { ...rest, authentication: scramSha256({ userName: username, password: String(password) }) };
}

/** A connection that ends so soon has not ended for want of traffic. */
const earlyMs = 1000;

/**
 * Connects. The first failure is the end: whoever typed the command wants to know now. `givenId`: the client identifier,
 * if a person chose it, since then another client may have it too: in MQTT 3.1.1 the server does not say so. [MQTT-3.1.4-2]
 */
export async function connectOnce(client: MidgeClient, options: ClientOptions, talk: Talk, givenId?: string): Promise<void> {
  const server = options.host?.includes(':') === true ? `[${options.host}]:${options.port}` : `${options.host}:${options.port}`;
  const version = options.protocolVersion === 5 ? '5.0' : '3.1.1';
  talk.debug(`connecting to ${server} with MQTT ${version}, keep alive ${options.keepAliveS} s`);
  let words: string | undefined;
  let isConnected = false;
  let connectedAtMs = -Infinity;
  let earlyLosses = 0;
  client.on('disconnect', (info) => {
    if (!isConnected) {
      words ??= inOptionNames(info.words) + otherProtocolHint(info, options);
      void client.end({ timeoutMs: 0 });
      return;
    }
    if (info.status === Status.ByApplication) talk.debug('disconnected');
    else {
      if (info.status === Status.LinkLost && performance.now() - connectedAtMs < earlyMs) earlyLosses++;
      const hint = givenId !== undefined && earlyLosses >= 2 ? ` (perhaps another client with identifier ${givenId} connects in turn)` : '';
      talk.warn(info.willRetryInMs === null ? info.words : `${info.words}${hint}; trying again in ${info.willRetryInMs} ms`);
    }
  });
  client.on('connect', (result) => {
    connectedAtMs = performance.now();
    talk.debug(`connected as ${result.clientId}, ${result.sessionPresent ? 'session resumed' : 'new session'}`);
  });
  try {
    await client.connect();
    isConnected = true;
  } catch (thrown) {
    await client.end({ timeoutMs: 0 });
    throw new Failure(`cannot connect to ${server}: ${withoutAddress(words ?? wordsOf(thrown), server)}`);
  }
}

/** The Node port names its own options; here they are those of the command line. */
const optionNames: readonly (readonly [string, string])[] = [
  ['tls.ca', '--cafile'], ['tls.cert', '--cert'], ['tls.key', '--key'], ['protocolVersion 5 or 4', '-V 5 or 311'], ['protocolVersion 4', '-V 311'],
  ['scramSha256: userName', '-u'], ['scramSha256: password', '-P'], [' (iterationsMax)', ''],
  ['(tls.servername)', '(give -h a name that it has, or for tests --insecure)'], [' (connectTimeoutMs)', ''],
  ['(mqtts://, wss://)', '(perhaps --tls or --cafile)'], ['(ws://)', '(perhaps --ws)'],
];

/** A server that wants to hear something else closes the connection at the first packet, often without a word. */
function otherProtocolHint(info: DisconnectInfo, options: ClientOptions): string {
  if (options.tls !== undefined || options.ws !== undefined) {
    const cause: NodeJS.ErrnoException | null = info.cause;
    return cause?.code === 'ECONNRESET' && info.status === Status.LinkFailed ? '; perhaps it does not expect TLS or WebSocket there' : '';
  }
  return info.status === Status.LinkLost ? '; perhaps it expects TLS (--tls, --cafile) or WebSocket (--ws)' : '';
}

/** The Node port's words name the server, which has been named already. A server that this one referred to stays named. */
function withoutAddress(words: string, server: string): string {
  const url = /\b(?:mqtt|ws)s?:\/\/([^\s/]+?)(?:\/\S*?)?(?=:? )/.exec(words);
  if (url === null || url[1] !== server) return words;
  return words.replace(`${url[0]} could not be reached: `, '').replace(` to ${url[0]} was`, ' was').replace(`${url[0]}: `, '').replace(url[0], 'the server');
}

function inOptionNames(words: string): string {
  return optionNames.reduce((text, [from, to]) => text.replaceAll(from, to), words);
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. `release` stops listening. */
export function interruption(): { readonly happened: Promise<void>; release(): void } {
  let resolve: () => void = () => undefined;
  const happened = new Promise<void>((done) => { resolve = done; });
  let count = 0;
  const heard = (): void => {
    count++;
    if (count > 1) process.exit(Exit.Failed);
    resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, heard);
  return {
    happened,
    release: () => { for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, heard); },
  };
}
