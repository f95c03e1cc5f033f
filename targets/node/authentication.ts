/**
 * Enhanced authentication: the application's answers to the server's AUTH, and starting over while connected.
 * Must not know: the method; connections beyond being told of their end.
 *
 * Read first: MQTT 5.0 section 4.12.
 */
import { type Client, clientAuthenticate, createProperties, Packet, type Properties, Reason, Status } from '../../src/core/index.js';
import type { PacketProperties } from './api-options.js';
import { MidgeError } from './error.js';
import { firstDataOf, type Settings } from './options.js';
import { writeProperties } from './packet-properties.js';
import type { Deferred } from './pending.js';
import type { Port } from './port.js';
import { statusWords } from './words.js';

export class Authentication {
  /** What made the application give up; the connection's error says so. */
  error: Error | null = null;
  /** What could not be done then. */
  errorWords = 'CONNECT or AUTH could not be made';
  private waiting: Deferred<void> | null = null;
  private readonly list: Properties;

  constructor(
    private readonly core: Client, private readonly port: Port, private readonly settings: Settings, private readonly giveUp: () => void,
  ) {
    this.list = createProperties(settings.authentication === null ? 0 : settings.propertyBytes);
  }

  /** AUTH from the server. */
  received(reason: Reason, properties: PacketProperties): void {
    if (reason === Reason.Success) {
      if (!this.isTrusted(properties.authenticationData ?? null)) {
        // Whoever waits is told when the connection has ended.
        this.giveUp();
        return;
      }
      this.waiting?.resolve();
      this.waiting = null;
      return;
    }
    const epoch = this.port.epoch;
    void this.answer(properties.authenticationData ?? null, epoch).catch((error: unknown) => {
      if (epoch !== this.port.epoch) return;
      this.fail(error, 'CONNECT or AUTH could not be made');
      this.giveUp();
    });
  }

  /** Whether the application trusts a server that has let it in; it leaves if not. */
  isTrusted(data: Uint8Array | null): boolean {
    try {
      this.settings.authentication?.verify?.(data);
      return true;
    } catch (error) {
      this.fail(error, 'the server is not trusted');
      return false;
    }
  }

  /** `words`: what could not be done, for the connection's error. */
  fail(error: unknown, words: string): void {
    this.error = error instanceof Error ? error : new Error(String(error));
    this.errorWords = words;
  }

  private async answer(data: Uint8Array | null, epoch: number): Promise<void> {
    const respond = this.settings.authentication?.respond;
    if (respond === undefined) {
      throw new MidgeError('the server sent AUTH, but authentication.respond is not given', { field: 'authentication.respond' });
    }
    const next = await respond(data);
    if (epoch === this.port.epoch) this.send(Reason.ContinueAuthentication, next);
  }

  private send(reason: Reason, data: Uint8Array | null): void {
    const properties: PacketProperties = { authenticationMethod: this.settings.authentication?.method };
    if (data !== null) properties.authenticationData = data;
    writeProperties(this.list, properties, Packet.Auth, 'authentication');
    const status = clientAuthenticate(this.core, reason, this.list, this.port.touch());
    if (status !== Status.Ok) throw new MidgeError(`AUTH was refused: ${statusWords(status)}`, { status });
  }

  reauthenticate(data?: Uint8Array): Promise<void> {
    if (this.settings.authentication === null) {
      return Promise.reject(new MidgeError('reauthenticate needs the option authentication', { field: 'authentication', status: Status.BadState }));
    }
    if (this.waiting !== null) return Promise.reject(new MidgeError('reauthenticate: one is under way', { status: Status.BadState }));
    try {
      this.send(Reason.Reauthenticate, data ?? firstDataOf(this.settings.authentication) ?? null);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  connectionEnded(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = null;
  }
}
