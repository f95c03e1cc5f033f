// midge broker as a process for a test, ended with it, and what a test asks of it. Must not know what is tested.

import { connect as connectTls } from 'node:tls';
import type { ExecutionContext } from 'ava';
import selfsigned from 'selfsigned';
import { type Running, startMidge } from './process.js';

export async function serve(t: ExecutionContext, args: readonly string[]): Promise<Running> {
  const running = startMidge(['broker', ...args]);
  t.teardown(async () => {
    running.child.kill('SIGTERM');
    await running.ended;
  });
  await running.said('sessions and retained messages', 'stdout');
  return running;
}

export function portsOf(running: Running): string[] {
  return [...running.heard('stdout').matchAll(/listening on 127\.0\.0\.1:(\d+)/g)].map((found) => found[1]);
}

export async function hangUp(running: Running, says: string): Promise<void> {
  running.child.kill('SIGHUP');
  await running.said(says, 'stdout');
}

export async function certificate(name: string): Promise<{ cert: string; private: string }> {
  return selfsigned.generate([{ name: 'commonName', value: name }], { keySize: 2048 });
}

export function servedName(port: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
