/** The vectors of test/vectors: one packet each, how it comes about or what it leads to, as lines of a script. Must not know engines. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../targets/build/program.js';
import { createBytes } from '../../src/core/bytes.js';
import { bytesOf, digitsOf } from './text.js';

/** Packets and what they mean; those with `call` are sent by the client, the others by the server. */
export interface Vector {
  readonly name: string;
  readonly version: 4 | 5;
  /** Statements that the vector proves, `v3:[…]` or `v5:[…]`. */
  readonly statements: readonly string[];
  /** Lines of a script that lead to it. */
  readonly lines: readonly string[];
  /** The packet, as the scripts write bytes. */
  readonly bytes: string;
  /** Client: the call that makes the packet, and lines that let it out. */
  readonly call?: string;
  readonly then?: readonly string[];
  /** Client: the least size of this buffer that the call needs, and how it refuses with less. */
  readonly rooms?: Readonly<Record<string, number | string>> & { readonly status: string };
  /** Server: the trace of its arrival, without the state that follows. */
  readonly trace?: readonly string[];
}

export const vectorFiles: readonly string[] = [
  'connect', 'publish', 'subscribe', 'acknowledge', 'session', 'connack', 'receive', 'acknowledgements', 'malformed',
];

export function loadVectors(file: string): Vector[] {
  return JSON.parse(readFileSync(join(packageRoot, 'test/vectors', `${file}.json`), 'utf8')) as Vector[];
}

export function packetOf(vector: Vector): Uint8Array {
  const bytes = createBytes(20000);
  return bytes.subarray(0, bytesOf(bytes, vector.bytes));
}

/** The configuration's least size of a buffer. */
export const leastRoom: Readonly<Record<string, number>> = { outboxBytes: 16, controlBytes: 32, filterBytes: 0 };

function roomLine(vector: Vector, word: string): string[] {
  if (vector.rooms === undefined) return [];
  const [field] = Object.keys(vector.rooms);
  const need = Math.max(Number(vector.rooms[field]), leastRoom[field]);
  return [`rooms ${field} ${leastRoom[field]} ${need} ${vector.rooms.status} ${word}`];
}

/** The lines that try a vector, in every circumstance or in some of them. */
export function scriptOf(vector: Vector, isEvery: boolean): string[] {
  const word = isEvery ? 'every' : 'some';
  if (vector.call === undefined) return ['record 1', ...vector.lines, `in ${vector.bytes}`, 'record 0', `splits ${word}`];
  return ['record 1', ...vector.lines, vector.call, 'record 0', ...vector.then ?? [], ...roomLine(vector, word)];
}

/** Whether the traces of such a script are right: '' when they are, else what is wrong. */
export function faultOf(vector: Vector, traces: readonly string[]): string {
  const play = traces.slice(vector.lines.length + 1);
  if (vector.call === undefined) {
    const found = withoutState(play[0] ?? '');
    if (found !== (vector.trace ?? []).map((line) => `${line}\n`).join('')) return `trace:\n${found}`;
    return (play[2] ?? '').startsWith('same at') ? '' : play[2] ?? 'no trace';
  }
  const packet = packetOf(vector);
  const out = [play[0], ...play.slice(2, 2 + (vector.then?.length ?? 0))].flatMap((trace) => (trace ?? '').split('\n').filter((line) => line.startsWith('out ')));
  if (out.join('\n') !== `out ${digitsOf(packet, 0, packet.length)}`) return `bytes:\n${out.join('\n')}\n${play[0] ?? ''}`;
  if (vector.rooms === undefined) return '';
  const rooms = play.at(-1) ?? '';
  return rooms.startsWith('refused with') ? '' : rooms;
}

function withoutState(trace: string): string {
  return trace.split('\n').filter((line) => !line.startsWith('= ')).join('\n');
}
