/**
 * One link moved by lines of a script, the same on every engine; what each line led to is its trace. Not device code (it builds strings).
 * Must not know: what is expected. The words of a line are told in test/vectors/README.md.
 */
import { createBytes } from '../../src/core/bytes.js';
import {
  createLink, createLinkConfig, type Link, LinkChannel, linkAskTime, linkBaudSet, linkClose, LinkEvent, linkHolds, linkInput, linkNextDeadline, linkNextEvent,
  linkOpen, linkOpened, linkOutput, linkProposeBaud, linkRead, linkRestart, linkRoom, linkSent, linkTake, linkTellTime, linkWrite,
} from '../../src/link/index.js';
import { bufferHolds, bytesOf, digitsOf, integerOf, wordAt } from '../parity/text.js';

interface Stage {
  link: Link | null;
  bytes: Uint8Array;
  now: number;
  /** Bytes that a program reads at a time; 0: it reads nothing. */
  takes: number;
  text: string;
  damaged: number;
  violations: number;
}

const s: Stage = { link: null, bytes: createBytes(4096), now: 0, takes: 4096, text: '', damaged: 0, violations: 0 };

function say(text: string): void {
  s.text += s.text === '' ? text : ' ' + text;
}

function poison(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at++) bytes[at] = 0xa5;
}

/** `new frameBytes mqttFrames logFrames agentFrames nonce`: a link whose nonce is that; the rest of its configuration is the default. */
function begin(line: string): void {
  const config = createLinkConfig();
  config.frameBytes = integerOf(wordAt(line, 1));
  config.mqttFrames = integerOf(wordAt(line, 2));
  config.logFrames = integerOf(wordAt(line, 3));
  config.agentFrames = integerOf(wordAt(line, 4));
  config.logSendBytes = 64;
  config.agentSendBytes = 64;
  config.baudMax = 921600;
  const l = createLink(config);
  s.link = l;
  s.now = 0;
  s.takes = 4096;
  s.damaged = 0;
  s.violations = 0;
  if (l === null) {
    say('refused');
    return;
  }
  poison(l.out);
  poison(l.pool);
  for (let n = 0; n < LinkChannel.Count; n++) poison(l.channels[n].ring);
  bytesOf(s.bytes, wordAt(line, 5));
  for (let n = 0; n < 4; n++) {
    l.nonces[n] = s.bytes[n];
    l.nonces[8 + n] = s.bytes[n];
  }
}

const eventNames: readonly string[] = [
  'None', 'Down', 'Up', 'Refused', 'Closed', 'OpenWanted', 'Opened', 'TimeWanted', 'Time', 'Baud', 'BaudSettled',
];

function sayEvent(l: Link, event: LinkEvent): void {
  const name = eventNames[event];
  if (event === LinkEvent.Down) say(name + '(' + l.downReason + ')');
  else if (event === LinkEvent.Refused) say(name + '(' + l.peerVersion + ')');
  else if (event === LinkEvent.Closed) say(name + '(' + l.closeReason + ')');
  else if (event === LinkEvent.Time) say(name + '(' + l.day + ',' + l.msOfDay + ',' + l.timeErrorMs + ')');
  else if (event === LinkEvent.Baud) say(name + '(' + l.baud + ')');
  else if (event === LinkEvent.BaudSettled) say(name + '(' + l.baud + ',' + (l.isBaudKept ? 'kept' : 'not kept') + ')');
  else say(name);
}

function readChannels(l: Link): void {
  for (let channel = 0; channel < LinkChannel.Count; channel++) {
    let count = linkRead(l, channel);
    while (count > 0 && s.takes > 0) {
      if (count > s.takes) count = s.takes;
      say(channel + '=' + digitsOf(l.pool, l.readFrom, l.readFrom + count));
      linkTake(l, channel, count);
      count = linkRead(l, channel);
    }
  }
}

/** Tells what there is to tell. */
function settle(l: Link): void {
  let event = linkNextEvent(l);
  readChannels(l);
  while (event !== LinkEvent.None) {
    sayEvent(l, event);
    event = linkNextEvent(l);
    readChannels(l);
    if (event === LinkEvent.None) event = linkNextEvent(l);
  }
  if (l.framesDamaged > s.damaged) say('damaged');
  if (l.violations > s.violations) say('violation');
  s.damaged = l.framesDamaged;
  s.violations = l.violations;
  if (!linkHolds(l)) say('BROKEN');
  if (!bufferHolds(l.out) || !bufferHolds(l.pool)) say('BUFFER BROKEN');
}

/** `out` all bytes that are to leave; `out n` at most so many. */
function output(l: Link, most: number): void {
  let left = most;
  let at = 0;
  let count = linkOutput(l, s.now);
  while (count > 0 && left > 0) {
    if (count > left) count = left;
    for (let n = 0; n < count; n++) s.bytes[at + n] = l.out[l.outFrom + n];
    at += count;
    left -= count;
    linkSent(l, count);
    count = linkOutput(l, s.now);
  }
  say('>' + digitsOf(s.bytes, 0, at));
}

/** Does a line that a program would do; the status, or how many bytes were taken. */
function call(l: Link, line: string): number {
  const command = wordAt(line, 0);
  const first = integerOf(wordAt(line, 1));
  const second = integerOf(wordAt(line, 2));
  if (command === 'write') return linkWrite(l, first, s.bytes, 0, bytesOf(s.bytes, wordAt(line, 2)));
  if (command === 'room') return linkRoom(l, first);
  if (command === 'open') return linkOpen(l);
  if (command === 'opened') return linkOpened(l);
  if (command === 'close') return linkClose(l, first, second !== 0);
  if (command === 'ask') return linkAskTime(l);
  if (command === 'tell') return linkTellTime(l, first, second, s.now);
  if (command === 'propose') return linkProposeBaud(l, first);
  if (command === 'deadline') return linkNextDeadline(l, s.now);
  say('no such line:');
  return 0;
}

/** The trace of one line. */
export function answer(line: string): string {
  s.text = '';
  const command = wordAt(line, 0);
  if (command === 'new') begin(line);
  const l = s.link;
  if (l === null || command === 'new') return s.text;
  if (command === 'in') linkInput(l, s.bytes, 0, bytesOf(s.bytes, wordAt(line, 1)), s.now);
  else if (command === 'out') output(l, wordAt(line, 1) === '' ? 4096 : integerOf(wordAt(line, 1)));
  else if (command === 'at') s.now = integerOf(wordAt(line, 1));
  else if (command === 'takes') s.takes = integerOf(wordAt(line, 1));
  else if (command === 'set') linkBaudSet(l, s.now);
  else if (command === 'restart') linkRestart(l, s.now);
  else say('' + call(l, line));
  settle(l);
  return s.text;
}
