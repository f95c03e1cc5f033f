/**
 * The vectors of the link in words, made into bytes by the reference. A side with nonce `own` is in a session with one whose nonce is `peer`;
 * a vector is a frame, and what comes of it: what the side tells (`trace`), or which lines of a script make it say the frame (`says`).
 */
import { join } from 'node:path';
import { packageRoot } from '../../targets/build/program.js';
import { type Acknowledgement, ackContent, type Bytes, dataContent, type Hello, helloContent, helloMask, maskOf, record, wireOf } from './reference.js';

export const vectorPath = join(packageRoot, 'test/vectors/link.json');

export interface LinkVector {
  readonly name: string;
  /** Content without check, and the frame on the wire with its delimiter; hexadecimal. */
  readonly content?: string;
  readonly wire: string;
  /** Received in the session: what it leads to; '' is nothing. */
  readonly trace?: string;
  /** Received by a side that is not up: the frames that it answers with. */
  readonly answer?: string;
  /** Sent: the lines that lead to it, in the session. */
  readonly says?: readonly string[];
}

const own: Bytes = [0x11, 0x22, 0x33, 0x44];
const peer: Bytes = [0x51, 0x00, 0x53, 0x54];
const other: Bytes = [0x61, 0x62, 0x63, 0x64];
const nobody: Bytes = [0, 0, 0, 0];

const fromPeer = maskOf(peer, own);
const fromOwn = maskOf(own, peer);

export function hexOf(bytes: Bytes): string {
  return Buffer.from(bytes).toString('hex');
}

const peerHello: Hello = { isUp: false, version: 1, nonce: peer, heard: own, frameBytes: 64, credits: [4, 1, 2, 2], ackDelayMs: 4, baudMax: 460_800 };
const ownHello: Hello = { isUp: true, version: 1, nonce: own, heard: peer, frameBytes: 64, credits: [4, 1, 2, 2], ackDelayMs: 4, baudMax: 921_600 };

/** A fresh side, and one that the peer's HELLO brought up, whose own answer has left. */
export const freshLine = `new 64 4 2 2 ${hexOf(own)}`;
export const sessionLines: readonly string[] = [freshLine, `in ${hexOf(wireOf(helloContent(peerHello), helloMask))}`, 'out'];

const credits: Bytes = [4, 1, 2, 2];
const nothingYet: Acknowledgement = { next: 0, credits };
const open = record([1, 1], [7, 1]);

function frame(name: string, content: Bytes, mask: Bytes, rest: Omit<LinkVector, 'name' | 'content' | 'wire'>): LinkVector {
  return { name, content: hexOf(content), wire: hexOf(wireOf(content, mask)), ...rest };
}

function received(): LinkVector[] {
  const got = (name: string, content: Bytes, trace: string): LinkVector => frame(name, content, fromPeer, { trace });
  return [
    got('log of three bytes', dataContent(2, 0, [1, 0, 255]), '2=0100ff'),
    got('log of zeros alone', dataContent(2, 0, [0, 0, 0, 0]), '2=00000000'),
    got('agent, the longest payload', dataContent(3, 0, Array.from({ length: 57 }, (_, n) => n)), `3=${hexOf(Array.from({ length: 57 }, (_, n) => n))}`),
    got('bytes of no connection are dropped', dataContent(0, 0, [0x10]), ''),
    got('beyond a gap: kept', dataContent(2, 1, [9]), ''),
    got('data with an acknowledgement', dataContent(2, 0, [7], nothingYet), '2=07'),
    got('data with all flags', dataContent(3, 0, [7], { ...nothingYet, bitmap: 0, poll: true, duplicate: true }), '3=07'),
    got('acknowledgement', ackContent(nothingYet), ''),
    got('acknowledgement with bitmap', ackContent({ ...nothingYet, bitmap: 0x7f }), ''),
    got('poll', ackContent({ ...nothingYet, poll: true }), ''),
    got('Open', dataContent(1, 0, open), 'OpenWanted'),
    got('Opened, though nobody asked', dataContent(1, 0, record([2, 1], [0, 1])), ''),
    got('Close, though there is nothing', dataContent(1, 0, record([3, 1], [0, 1], [4, 1])), ''),
    got('TimeRequest', dataContent(1, 0, record([4, 1], [200, 1])), 'TimeWanted'),
    got('Time, though nobody asked', dataContent(1, 0, record([5, 1], [3, 1], [20_000, 2], [1, 4])), ''),
    got('BaudPropose', dataContent(1, 0, record([6, 1], [4608, 2])), ''),
    got('BaudAccept, though nobody proposed', dataContent(1, 0, record([7, 1], [4608, 2])), ''),
    got('a control message that is not known', dataContent(1, 0, record([99, 1])), ''),
  ];
}

function handshakes(): LinkVector[] {
  const hello = (name: string, given: Hello, answer: Hello | undefined, trace: string): LinkVector =>
    frame(name, helloContent(given), helloMask, { trace, answer: answer === undefined ? '' : `00${hexOf(wireOf(helloContent(answer), helloMask))}` });
  return [
    hello('HELLO of one who knows nobody', { ...peerHello, heard: nobody }, { ...ownHello, isUp: false }, ''),
    hello('HELLO of one who knows another', { ...peerHello, heard: other }, { ...ownHello, isUp: false }, ''),
    hello('HELLO of one who knows us', peerHello, ownHello, 'Up'),
    hello('HELLO of one who is up', { ...peerHello, isUp: true }, ownHello, 'Up'),
    hello('HELLO with the smallest sizes', { ...peerHello, frameBytes: 32, credits: [1, 1, 0, 0], ackDelayMs: 0, baudMax: 0 }, ownHello, 'Up'),
    hello('HELLO with the largest sizes', { ...peerHello, frameBytes: 254, credits: [15, 15, 15, 15], ackDelayMs: 255, baudMax: 6_553_500 }, ownHello, 'Up'),
    hello('HELLO of another version', { ...peerHello, version: 2 }, undefined, 'Refused(2)'),
    hello('HELLO that came back', { ...peerHello, nonce: own }, undefined, ''),
  ];
}

function sent(): LinkVector[] {
  const says = (name: string, content: Bytes, lines: readonly string[]): LinkVector => frame(name, content, fromOwn, { says: [...lines, 'out'] });
  const arrives = (content: Bytes): string => `in ${hexOf(wireOf(content, fromPeer))}`;
  const toTheEnd = Array.from({ length: 57 }, (_, n) => 255 - n);
  return [
    says('log', dataContent(2, 0, [0, 65, 0]), ['write 2 004100']),
    says('agent, the longest payload', dataContent(3, 0, toTheEnd), [`write 3 ${hexOf(toTheEnd)}`]),
    says('log with an acknowledgement', dataContent(2, 0, [1], { next: 1, credits }), [arrives(dataContent(3, 0, [7])), 'write 2 01']),
    says('acknowledgement of a gap', ackContent({ next: 0, credits, bitmap: 0b10 }), [arrives(dataContent(2, 2, [7]))]),
    says('acknowledgement of a duplicate', ackContent({ next: 1, credits, duplicate: true }), [arrives(dataContent(2, 0, [7])), arrives(dataContent(2, 0, [7]))]),
    says('answer to a poll', ackContent(nothingYet), [arrives(ackContent({ ...nothingYet, poll: true }))]),
    says('credit that is used up', ackContent({ next: 2, credits: [4, 1, 0, 2] }), ['takes 0', arrives(dataContent(2, 0, [7])), arrives(dataContent(2, 1, [8]))]),
    says('Open', dataContent(1, 0, record([1, 1], [1, 1])), ['open']),
    says('Opened', dataContent(1, 0, record([2, 1], [7, 1]), { next: 1, credits }), [arrives(dataContent(1, 0, open)), 'opened']),
    says('Close', dataContent(1, 0, record([3, 1], [7, 1], [33, 1], [1, 1]), { next: 1, credits }), [arrives(dataContent(1, 0, open)), 'close 33 1']),
    says('TimeRequest', dataContent(1, 0, record([4, 1], [1, 1])), ['ask']),
    says('Time', dataContent(1, 0, record([5, 1], [200, 1], [20_000, 2], [86_399_999, 4]), { next: 1, credits }), [
      arrives(dataContent(1, 0, record([4, 1], [200, 1]))), 'tell 20000 86399999',
    ]),
    says('BaudPropose', dataContent(1, 0, record([6, 1], [4608, 2])), ['propose 460800']),
    says('BaudAccept', dataContent(1, 0, record([7, 1], [4608, 2]), { next: 1, credits }), [arrives(dataContent(1, 0, record([6, 1], [4608, 2])))]),
    says('BaudRefuse', dataContent(1, 0, record([8, 1]), { next: 1, credits }), [arrives(dataContent(1, 0, record([6, 1], [10_000, 2])))]),
  ];
}

function malformed(): LinkVector[] {
  const good = wireOf(dataContent(2, 0, [1, 2, 3]), fromPeer);
  const raw = (name: string, wire: Bytes, trace: string): LinkVector => ({ name, wire: hexOf(wire), trace });
  const wrong = (name: string, content: Bytes): LinkVector => frame(name, content, fromPeer, { trace: 'violation' });
  const hello = helloContent(peerHello);
  const changed = (at: number, value: number): Bytes => hello.map((byte, n) => (n === at ? value : byte));
  return [
    raw('delimiters alone', [0, 0, 0], ''),
    raw('shorter than a check', [3, 1, 2, 0], 'damaged'),
    raw('codes that lead past the end', [9, ...good.slice(1)], 'damaged'),
    raw('a bit flipped', good.map((byte, at) => (at === 4 ? byte ^ 16 : byte)), 'damaged'),
    raw('a byte lost', [...good.slice(0, 3), ...good.slice(4)], 'damaged'),
    raw('a byte too many', [...good.slice(0, 3), 77, ...good.slice(3)], 'damaged'),
    raw('two frames run together', [...good.slice(0, -1), ...good], 'damaged'),
    raw('longer than announced', [...Array.from({ length: 65 }, () => 1), 0], 'damaged'),
    raw('of another session', wireOf(dataContent(2, 0, [1, 2, 3]), maskOf(other, own)), 'damaged'),
    raw('our own frame, come back', wireOf(dataContent(2, 0, [1, 2, 3]), fromOwn), 'damaged'),
    raw('a session frame with the mask of HELLO', wireOf(dataContent(2, 0, [1, 2, 3]), helloMask), 'damaged'),
    wrong('reserved kind', [0xc0, 0, 0, 0]),
    wrong('no payload', dataContent(2, 0, [])),
    wrong('bitmap without acknowledgement', [0x0a, 0, 1]),
    wrong('duplicate without acknowledgement', [0x22, 0, 1]),
    wrong('acknowledgement alone without its flag', [0x40, 0, 0x14, 0x22]),
    wrong('acknowledgement cut short', [0x44, 0, 0x14]),
    wrong('acknowledgement with a byte too many', [...ackContent(nothingYet), 0]),
    wrong('acknowledgement with a channel', [0x45, 0, 0x14, 0x22]),
    wrong('acknowledgement of what was never sent', ackContent({ ...nothingYet, next: 1 })),
    wrong('data whose acknowledgement fills it', [0x06, 0, 0, 0x14, 0x22]),
    wrong('beyond the window', dataContent(2, 8, [1])),
    wrong('a control message of seven bytes', dataContent(1, 0, open.slice(1))),
    wrong('a control message of nine bytes', dataContent(1, 0, [...open, 0])),
    frame('HELLO cut short', hello.slice(0, 15), helloMask, { trace: 'violation' }),
    frame('HELLO with nonce 0', changed(2, 0).map((byte, at) => (at > 1 && at < 6 ? 0 : byte)), helloMask, { trace: 'violation' }),
    frame('HELLO with frames of 31', changed(10, 31), helloMask, { trace: 'violation' }),
    frame('HELLO with frames of 255', changed(10, 255), helloMask, { trace: 'violation' }),
    frame('HELLO without credit for MQTT', changed(11, 0x10), helloMask, { trace: 'violation' }),
    frame('HELLO without credit for control', changed(11, 0x01), helloMask, { trace: 'violation' }),
    raw('HELLO with the mask of a session', wireOf(hello, fromPeer), 'damaged'),
  ];
}

export interface LinkVectors {
  readonly about: Readonly<Record<string, string>>;
  readonly handshakes: readonly LinkVector[];
  readonly received: readonly LinkVector[];
  readonly sent: readonly LinkVector[];
  readonly malformed: readonly LinkVector[];
}

export function linkVectors(): LinkVectors {
  return {
    about: { own: hexOf(own), peer: hexOf(peer), maskOfOwn: hexOf(fromOwn), maskOfPeer: hexOf(fromPeer), session: sessionLines.join('; ') },
    handshakes: handshakes(), received: received(), sent: sent(), malformed: malformed(),
  };
}

/** The file, one vector a line. */
export function vectorText(): string {
  const { about, ...lists } = linkVectors();
  const parts = Object.entries(lists).map(([name, list]) =>
    `  ${JSON.stringify(name)}: [\n${(list).map((vector) => `    ${JSON.stringify(vector)}`).join(',\n')}\n  ]`);
  return `{\n  "about": ${JSON.stringify(about)},\n${parts.join(',\n')}\n}\n`;
}
