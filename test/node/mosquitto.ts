/** A real Mosquitto on loopback for a test, where one is installed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Certificate } from './support.js';
import { unusedPort } from './support.js';

export interface Mosquitto {
  port: number;
  tlsPort: number;
  /** Ends the process and starts it again with the same persistence. */
  restart(): Promise<void>;
}

async function waitForPort(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`Mosquitto ended with ${child.exitCode ?? child.signalCode} before port ${port} answered`);
    const socket = net.connect(port, '127.0.0.1');
    const opened = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (opened) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Starts Mosquitto with persistence in a folder of its own; both are gone at the end of the test. */
export async function startMosquitto(t: ExecutionContext, binary: string, certificate: Certificate): Promise<Mosquitto> {
  const folder = await mkdtemp(path.join(tmpdir(), 'midge-mosquitto-'));
  // Mosquitto started by root works as a user of its own.
  await chmod(folder, 0o777);
  const [port, tlsPort] = [await unusedPort(), await unusedPort()];
  const inFolder = (name: string): string => path.join(folder, name);
  await writeFile(inFolder('cert.pem'), certificate.cert);
  await writeFile(inFolder('key.pem'), certificate.key, { mode: 0o644 });
  // Without limits on queues: Mosquitto 2.0 acknowledges a publish that it drops for lack of room in a restored session.
  await writeFile(inFolder('mosquitto.conf'), [
    'per_listener_settings false', 'allow_anonymous true', 'max_queued_messages 0', 'max_inflight_messages 0', 'persistence true', `persistence_location ${folder}/`,
    'log_type error', `listener ${port} 127.0.0.1`, `listener ${tlsPort} 127.0.0.1`, `certfile ${inFolder('cert.pem')}`,
    `keyfile ${inFolder('key.pem')}`, '',
  ].join('\n'));
  let child: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    child = spawn(binary, ['-c', inFolder('mosquitto.conf')], { stdio: 'ignore' });
    await Promise.all([waitForPort(port, child), waitForPort(tlsPort, child)]);
  };
  const stop = async (): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    child = null;
  };
  t.teardown(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });
  await start();
  return {
    port, tlsPort,
    restart: async () => {
      await stop();
      await start();
    },
  };
}
