/*
 * A text file read line by line, and what is said against it: file, line, reason. Knows nothing of what the lines mean.
 */
import { readFileSync, statSync } from 'node:fs';

/** A file that cannot be used. The message is one line: `file:line: reason`, without a line if it is about the file. */
export class FileFault extends Error {
  constructor(
    readonly file: string,
    /** Counted from 1; 0 for the file as a whole. */
    readonly line: number,
    readonly reason: string,
  ) {
    super(line === 0 ? `${file}: ${reason}` : `${file}:${line}: ${reason}`);
  }
}

export interface TextLine {
  readonly number: number;
  /** Without white space around it. */
  readonly text: string;
}

/** Larger files are a mistake of whoever named them. */
const fileBytesMax = 64 * 1024 * 1024;

const causes: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'reading it is not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
};

/** The lines that say something: without empty ones and comments, which begin with `#`. Throws a FileFault. */
export function readLines(file: string): TextLine[] {
  let bytes: Buffer;
  try {
    const { size } = statSync(file);
    if (size > fileBytesMax) throw new FileFault(file, 0, `it has ${size} bytes, at most ${fileBytesMax} are read`);
    bytes = readFileSync(file);
  } catch (thrown) {
    if (thrown instanceof FileFault) throw thrown;
    const error = thrown as NodeJS.ErrnoException;
    throw new FileFault(file, 0, `cannot be read: ${causes[error.code ?? ''] ?? error.message}`);
  }
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const lines: TextLine[] = [];
  let number = 0;
  for (let from = 0; from < bytes.length; ) {
    const feed = bytes.indexOf(10, from);
    const end = feed < 0 ? bytes.length : feed;
    number++;
    let text: string;
    try {
      text = decoder.decode(bytes.subarray(from, end));
    } catch {
      throw new FileFault(file, number, 'the line is not UTF-8');
    }
    if (text.includes('\0')) throw new FileFault(file, number, 'the line holds the character U+0000');
    // A comment is known by its first character, before white space is taken away, as Mosquitto does.
    if (!text.startsWith('#') && text.trim() !== '') lines.push({ number, text: text.trim() });
    from = end + 1;
  }
  return lines;
}
