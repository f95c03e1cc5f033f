/**
 * Where the messages of `midge pub` come from: the command line, a file, standard input whole or line by line.
 * Must not know how they are published.
 */
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { devNull } from 'node:os';
import { isatty } from 'node:tty';
import { Failure, UsageError, wordsOf } from './fault.js';
import { unreadable } from './values.js';

/** A payload: bytes at hand, or a file that is read as it is sent. */
export type Payload = { readonly bytes: Buffer } | { readonly file: OpenFile };

/** An open file of known size, read at any place. */
export class OpenFile {
  private readonly piece = Buffer.alloc(64 * 1024);

  constructor(private readonly descriptor: number, readonly path: string, readonly size: number) {}

  /** The bytes from `offset` on, at least one and at most `most`; valid until the next call. */
  read(offset: number, most: number): Buffer {
    const count = readSync(this.descriptor, this.piece, 0, Math.min(most, this.piece.length, this.size - offset), offset);
    if (count === 0) throw new Error(`"${this.path}" became shorter while it was sent`);
    return this.piece.subarray(0, count);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** Payloads up to this many bytes are sent whole; larger ones are streamed, files as they are read. */
export const wholeMax = 1024 * 1024;

/** Remaining Length holds at most this much, of which topic and properties take their part. [MQTT-2.2.3] */
export const payloadBytesMax = 268_435_455 - 2 - 65535 - 2;

export function fileSource(path: string): Payload {
  let descriptor: number;
  let size: number;
  try {
    descriptor = openSync(path, 'r');
    const facts = fstatSync(descriptor);
    if (facts.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    // A pipe has no size: it is read to its end.
    size = facts.isFile() ? facts.size : -1;
  } catch (thrown) {
    throw new UsageError(`-f: ${unreadable(path, thrown)}${path === '-' ? ' (standard input goes with -s)' : ''}`);
  }
  const file = new OpenFile(descriptor, path, size);
  if (size > payloadBytesMax) throw new UsageError(`-f: "${path}" has ${size} bytes; a message has at most ${payloadBytesMax}`);
  if (size > wholeMax) return { file };
  const bytes = size >= 0 ? wholeFile(file) : toItsEnd(descriptor);
  file.close();
  return { bytes };
}

function wholeFile(file: OpenFile): Buffer {
  const bytes = Buffer.alloc(file.size);
  for (let at = 0; at < bytes.length;) at += file.read(at, bytes.length - at).copy(bytes, at);
  return bytes;
}

function toItsEnd(descriptor: number): Buffer {
  const parts: Buffer[] = [];
  for (;;) {
    const part = Buffer.alloc(64 * 1024);
    const count = readSync(descriptor, part, 0, part.length, null);
    if (count === 0) return Buffer.concat(parts);
    parts.push(part.subarray(0, count));
  }
}

/**
 * Standard input must be something to read: Node.js reads a folder as nothing, and a closed standard input as /dev/null,
 * so that an empty message would go out where a message was meant.
 */
export function checkInput(option: '-l' | '-s'): void {
  const wrong = (why: string): Failure => new Failure(`${option}: cannot read standard input: ${why}`);
  let facts: Stats;
  try {
    facts = fstatSync(0);
  } catch (thrown) {
    throw wrong(wordsOf(thrown));
  }
  if (facts.isDirectory()) throw wrong('it is a folder');
  if (facts.isCharacterDevice() && !isatty(0) && facts.rdev === statSync(devNull, { throwIfNoEntry: false })?.rdev) throw wrong('it is closed, or the null device; an empty message goes with -n');
}

/** What arrives on standard input. */
async function* inputPieces(option: '-l' | '-s'): AsyncGenerator<Buffer> {
  try {
    yield* process.stdin as AsyncIterable<Buffer>;
  } catch (thrown) {
    throw new Failure(`${option}: cannot read standard input: ${wordsOf(thrown)}`);
  }
}

/** All of standard input as one message. */
export async function wholeInput(): Promise<Buffer> {
  const parts: Buffer[] = [];
  let count = 0;
  for await (const part of inputPieces('-s')) {
    parts.push(part);
    count += part.length;
    if (count > payloadBytesMax) throw new UsageError(`-s: standard input has more than ${payloadBytesMax} bytes, the most of a message`);
  }
  return Buffer.concat(parts, count);
}

/** Standard input line by line, bytes as they are, without the line feed; also a last line that has none. */
export async function* inputLines(): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  for await (const part of inputPieces('-l')) {
    let from = 0;
    for (let end = part.indexOf(10); end >= 0; end = part.indexOf(10, from)) {
      const rest = part.subarray(from, end);
      yield begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
      begun = [];
      from = end + 1;
    }
    if (from < part.length) begun.push(part.subarray(from));
  }
  if (begun.length > 0) yield Buffer.concat(begun);
}
