/**
 * A publish whose payload a program gives part by part, as it is asked: what the source returns is lent to the core until the link has it.
 * In the profile `full` alone. Must not know: events, links.
 *
 * Read first: `clientPublishStream` and `clientStream` in the core.
 */
import { type Client, clientCancelStream, clientStream } from '../../../src/core/index.js';
import { error, tostring } from '../lua.js';
import { createText, setText, type TextBytes } from '../text.js';

/** Returns the next bytes of the payload from `offset` on, at most `most` of them; '' where there are none yet, nil where there will be none. */
export type Source = (this: void, offset: number, most: number) => string | undefined;

const enum Part {
  /** What one send of the engine can hold. */
  Bytes = 1400,
}

export interface Outflow {
  source: Source | undefined;
  part: TextBytes;
  /** The core waits for bytes that the source has not given yet. */
  isOwing: boolean;
}

export function createOutflow(): Outflow {
  return { source: undefined, part: createText(), isOwing: false };
}

/** The core's stream wants bytes: asks the source. A source that fails, here or by raising an error, is asked no more. */
export function giveStream(o: Outflow, c: Client, now: number): void {
  const source = o.source;
  const left = c.streamTotal - c.streamAt;
  const most = left < Part.Bytes ? left : Part.Bytes;
  // Owed while the source runs: where it raises an error, the next step finds no source and gives the stream up.
  o.isOwing = true;
  o.source = undefined;
  const text = source === undefined ? undefined : source(c.streamAt, most);
  o.isOwing = false;
  if (typeof text === 'string' && text.length <= most) {
    o.source = source;
    if (text === '') o.isOwing = true;
    else {
      setText(o.part, text);
      clientStream(c, o.part, 0, text.length);
    }
    return;
  }
  clientCancelStream(c, now);
  if (text !== undefined) {
    error('midge: publish_stream: the source must return nil or a string of at most ' + most + ' bytes, not ' + (typeof text === 'string' ? text.length + ' bytes' : tostring(text)), 0);
  }
}
