/**
 * What `midge broker` says: lines for people, or one JSON object a line (pino) for a log collector, of the broker's
 * events by level. Must not know how the broker is set up.
 */
import type { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { Broker, BrokerEvents } from '../broker/index.js';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'silent';
export type LogFormat = 'text' | 'json';

type Fields = Readonly<Record<string, unknown>>;

export interface BrokerLog {
  /** For whoever started the broker: said at any level but silent. */
  tell(fields: Fields, line: string): void;
  error(fields: Fields, line: string): void;
  debug(fields: Fields, line: string): void;
  /** Logs what happens at the broker from now on. */
  follow(broker: Broker): void;
  setLevel(level: LogLevel): void;
}

/** A client chooses its identifier: it must not be able to write lines or colours into a terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const textLines = {
  write: (line: string): void => {
    process.stdout.write(`${printable((JSON.parse(line) as { msg: string }).msg)}\n`);
  },
};

/** A collector of JSON lines wants more than a person at a terminal. */
export function levelOf({ level, format }: { readonly level?: LogLevel; readonly format: LogFormat }): LogLevel {
  return level ?? (format === 'json' ? 'info' : 'warn');
}

/** On standard output: the words alone, or with all fields as JSON. `linePrefix` stands in front of the words. */
export async function createLogger(format: LogFormat, level: LogLevel, linePrefix?: string): Promise<Logger> {
  // The other commands need not load it.
  const { pino } = await import('pino');
  return pino(
    { level, base: null, ...(linePrefix === undefined ? {} : { msgPrefix: linePrefix }), timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    format === 'json' ? process.stdout : textLines,
  );
}

export async function createLog(format: LogFormat, level: LogLevel, linePrefix?: string): Promise<BrokerLog> {
  const logger = await createLogger(format, level, linePrefix);
  let teller = tellerOf(logger);
  let followed: Broker | undefined;
  let unfollow = (): void => undefined;
  return {
    tell: (fields, line) => teller.info(fields, line),
    error: (fields, line) => logger.error(fields, line),
    debug: (fields, line) => logger.debug(fields, line),
    follow: (broker) => {
      followed = broker;
      unfollow = follow(broker, logger);
    },
    setLevel: (asked) => {
      if (asked === logger.level || followed === undefined) return;
      unfollow();
      logger.level = asked;
      teller = tellerOf(logger);
      unfollow = follow(followed, logger);
    },
  };
}

/** Says what is for whoever started the broker at any level but silent. */
function tellerOf(logger: Logger): Logger {
  return logger.level === 'silent' ? logger : logger.child({}, { level: 'info' });
}

/** Returns how to stop. */
function follow(broker: Broker, logger: Logger): () => void {
  const listened: (() => void)[] = [];
  const on = <Name extends keyof BrokerEvents>(name: Name, listener: (...args: BrokerEvents[Name]) => void): void => {
    // Node's types cannot follow the arguments through a generic name.
    const emitter = broker as EventEmitter;
    emitter.on(name, listener as (...args: unknown[]) => void);
    listened.push(() => emitter.off(name, listener as (...args: unknown[]) => void));
  };
  const unfollow = (): void => { for (const off of listened) off(); };
  on('violation', ({ clientId, version, statement, reasonCode, reason, packetHex, packetLength, closed }) => {
    const fields = { event: 'violation', clientId, version, statement, reasonCode, packetHex, packetLength, closed };
    logger.warn(fields, `${clientId === '' ? 'a client' : clientId} broke ${statement}: ${reason}`);
  });
  on('restarted', () => logger.warn({ event: 'restarted' }, 'restarted: all connections were cut'));
  if (!logger.isLevelEnabled('info')) return unfollow;
  on('clientConnected', (client, sessionPresent) => {
    const version = client.version === 5 ? '5.0' : '3.1.1';
    const { clientId, userName, transport, remoteAddress, keepAliveSeconds } = client;
    logger.info(
      { event: 'clientConnected', clientId, userName, version, transport, remoteAddress, keepAliveSeconds, sessionPresent },
      `${clientId} connected ${transport === 'internal' ? 'in this process' : `from ${remoteAddress}`}, MQTT ${version}${sessionPresent ? ', session resumed' : ''}`,
    );
  });
  on('clientRefused', (clientId, { reasonCode, reasonString }) => {
    logger.info({ event: 'clientRefused', clientId, reasonCode, reasonString }, `${clientId} refused, reason code 0x${reasonCode.toString(16)}`);
  });
  on('clientDisconnected', ({ clientId, by, reasonCode, reason }) => {
    logger.info({ event: 'clientDisconnected', clientId, by, reasonCode, reason }, `${clientId} gone (${by}): ${reason}`);
  });
  on('accessDenied', ({ clientId, action, topic }) => {
    const what = action === 'publish' ? 'publish to' : 'subscribe to';
    logger.info({ event: 'accessDenied', clientId, action, topic }, `${clientId} may not ${what} ${topic}`);
  });
  // A listener for messages costs every message: only where they are logged.
  if (!logger.isLevelEnabled('debug')) return unfollow;
  on('messageIn', ({ clientId, topic, payload, qos, retain, duplicate }) => {
    const fields = { event: 'messageIn', clientId, topic, bytes: payload.length, qos, retain, duplicate };
    logger.debug(fields, `${clientId} published ${payload.length} bytes to ${topic}, QoS ${qos}`);
  });
  on('messageDropped', ({ clientId, topic, payload, qos }, reason) => {
    const fields = { event: 'messageDropped', clientId, topic, bytes: payload.length, qos, reason };
    logger.debug(fields, `${clientId} does not get a message of ${topic}: ${reason}`);
  });
  return unfollow;
}
