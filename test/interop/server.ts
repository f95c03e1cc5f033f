/**
 * What the interoperability suite knows of a server: how to find, start and restart it, and which versions it speaks.
 * Every server lets clients in without credentials, and knows one user, so that a wrong password can be tried.
 * Must not know scenarios. Changes together with servers/, one file for each.
 */
export type Version = 4 | 5;

export interface RunningServer {
  /** Of its MQTT listener on 127.0.0.1; the same after a restart. */
  readonly port: number;
  /** Ends it in good order and starts it again with what it has stored. */
  restart(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

export interface InteropServer {
  /** As in expected.ts and in the table. */
  readonly name: 'midge broker' | 'Mosquitto' | 'NATS' | 'RabbitMQ';
  /** Versions whose scenarios are played. That others are refused is a scenario too. */
  readonly versions: readonly Version[];
  readonly qosMax: 1 | 2;
  /** True, or what is missing and how to get it. */
  available(): true | string;
  /** The version of the program, in words. */
  release(): string;
  start(): Promise<RunningServer>;
}

export const user = { name: 'device', password: 'secret' } as const;
