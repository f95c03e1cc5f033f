/**
 * The ES5 target on its engines: allocations and heap in Duktape, the least heap in MicroQuickJS. Exact counts, so one round is enough.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBroker } from '../../src/broker/index.js';
import { start } from '../cli/process.js';
import { built, embedHost, scriptFolder } from '../targets/es5/host.js';
import { heapScript, leastHeap, microQuickJs } from '../targets/es5/mqjs.js';
import type { Row } from './measure.js';

function codeOf(minify = true): string {
  return String(built({ profile: 'mqtt311', minify }).find(({ path }) => path === 'midge.js')!.content);
}

function bytesText(bytes: number): string {
  return `${bytes.toLocaleString('en')} B`;
}

function printed(what: string, ours: string): Row {
  return { what, ours, peer: '–', ratio: '', bar: 'printed', held: null };
}

async function duktapeRows(): Promise<Row[]> {
  const host = embedHost();
  if ('reason' in host) return [printed('Duktape', `NOT RUN: ${host.reason}`)];
  const folder = mkdtempSync(join(tmpdir(), 'midge-bench-'));
  const broker = createBroker();
  try {
    const { port } = await broker.listen({ host: '127.0.0.1', port: 0 });
    writeFileSync(join(folder, 'before.js'), "print('before ' + heapBytes());");
    writeFileSync(join(folder, 'midge.js'), codeOf());
    const scripts = [join(folder, 'before.js'), join(folder, 'midge.js'), join(scriptFolder, 'rounds.js')];
    const running = start(host.path, ['--set', 'port', String(port), '--set', 'rounds', '2000', ...scripts]);
    const { stdout, stderr } = await running.ended;
    const figure = (name: string): number => {
      const found = new RegExp(`^${name} (\\d+)`, 'm').exec(stdout.toString());
      if (found === null) throw new Error(`the host did not say "${name}": ${stdout.toString()}${stderr}`);
      return Number(found[1]);
    };
    const [before, created, connected, allocations, messages] = [figure('before'), figure('created'), figure('connected'), figure('allocations'), figure('allocations \\d+ messages')];
    const each = allocations / messages;
    return [
      { what: 'Duktape: allocations per message', ours: `${each} (${allocations} in ${messages.toLocaleString('en')})`, peer: '–', ratio: '', bar: '0', held: each === 0 },
      printed('Duktape, 64 bit: heap of the engine alone', bytesText(before)),
      printed('  with code and client', bytesText(created)),
      printed('  after connect', bytesText(connected)),
    ];
  } finally {
    await broker.close();
    rmSync(folder, { recursive: true });
  }
}

function microQuickJsRows(): Row[] {
  const engine = microQuickJs();
  if ('reason' in engine) return [printed('MicroQuickJS', `NOT RUN: ${engine.reason}`)];
  const midge = codeOf();
  const least = (code: string): number => leastHeap(engine.path, code).heapBytes;
  const few = leastHeap(engine.path, heapScript(midge, 10));
  const many = least(heapScript(midge, 3000));
  const small = least(heapScript(midge, 10, '{ clientId: "heap", receiveBytes: 64, controlBytes: 64, outboxBytes: 128, outboxMessages: 2, subscriptions: 1, filterBytes: 32, textBytes: 32, receiveMaximum: 2 }'));
  const isMeant = engine.bits === 32;
  const name = `MicroQuickJS, ${engine.bits} bit`;
  return [
    { what: `${name}: least heap, connected, QoS 2 both ways`, ours: bytesText(few.heapBytes), peer: '–', ratio: '', bar: isMeant ? 'at most 16,384 B' : 'printed', held: isMeant ? few.heapBytes <= 16384 : null },
    { what: '  the same after 6,000 messages', ours: bytesText(many), peer: '–', ratio: '', bar: 'unchanged', held: many === few.heapBytes },
    printed('  with buffers of 64 + 64 + 128 bytes', bytesText(small)),
    printed('  of it: the engine alone', bytesText(least("print('DONE');"))),
    printed('  the engine, and the server that the script plays', bytesText(least(heapScript('', 0, '{}', 'var client')))),
    printed('  and the code loaded', bytesText(least(heapScript(midge, 0, '{}', 'var client')))),
    printed('  bytecode, in flash', bytesText(few.bytecodeBytes)),
  ];
}

export async function es5Rows(): Promise<Row[]> {
  return [...await duktapeRows(), ...microQuickJsRows()];
}
