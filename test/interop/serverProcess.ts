/**
 * A server as a child process in a temporary folder: started until its port answers, ended by its own process id, its
 * folder removed. Must not know which server.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function makeFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `midge-${name}-`));
  // A server started by root may change to a user of its own.
  await chmod(folder, 0o777);
  return folder;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Ports of loopback on which nothing listens, all different. */
export async function unusedPorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

async function answers(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  const opened = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => { resolve(true); });
    socket.once('error', () => { resolve(false); });
  });
  socket.destroy();
  return opened;
}

export interface ProcessDescription {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The process is up when this port answers. */
  readonly port: number;
}

/** How much of a server's output is kept for the message when it fails to start. */
const outputKeptMax = 4000;

export class ServerProcess {
  private child: ChildProcess | undefined;
  private output = '';
  /** A test run that is broken off ends its servers too. */
  private readonly onExit = (): void => { this.child?.kill('SIGTERM'); };

  constructor(private readonly description: ProcessDescription) {}

  /** Resolves when the port answers; rejects with the server's own words when it ends before. */
  async start(): Promise<void> {
    const { command, args, environment, port } = this.description;
    const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    process.once('exit', this.onExit);
    let end: string | undefined;
    child.once('error', (error) => { end = error.message; });
    child.once('exit', (code, signal) => { end ??= `it ended with ${code ?? signal}`; });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => { this.output = (this.output + chunk.toString()).slice(-outputKeptMax); });
    }
    while (!await answers(port)) {
      if (end !== undefined) throw new Error(`${command} did not start: ${end}\n${this.output}`);
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
  }

  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    process.off('exit', this.onExit);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }
}
