/**
 * The least of a server that keeps a client busy: takes its bytes, answers each packet with prepared bytes whose packet identifier is
 * written in place. In the device subset, so that it allocates nothing either. Must not know the client, nor check it: it trusts every byte.
 */
import { copyBytes, createBytes, moveBytes } from '../../src/core/bytes.js';
import { Packet } from '../../src/core/index.js';

const enum Size {
  Input = 1024,
  Reply = 512,
}

export interface Server {
  input: Uint8Array;
  inputTo: number;
  /** What the link is to deliver to the client. */
  reply: Uint8Array;
  replyTo: number;
  /** CONNACK of this version, with the session present. */
  connack: Uint8Array;
  /** False: takes PUBLISH and answers nothing, as if the link were about to be lost. */
  answers: boolean;
  /** Packets taken, by type. */
  taken: Int32Array;
}

export function createServer(connack: Uint8Array, taken: Int32Array): Server {
  return { input: createBytes(Size.Input), inputTo: 0, reply: createBytes(Size.Reply), replyTo: 0, connack: connack, answers: true, taken: taken };
}

/** A new link: what was under way is gone. */
export function serverLinkDown(s: Server): void {
  s.inputTo = 0;
  s.replyTo = 0;
}

function answer(s: Server, first: number, identifierAt: number): void {
  const at = s.replyTo;
  s.reply[at] = first;
  s.reply[at + 1] = 2;
  s.reply[at + 2] = s.input[identifierAt];
  s.reply[at + 3] = s.input[identifierAt + 1];
  s.replyTo = at + 4;
}

function answerPacket(s: Server, at: number, body: number): void {
  const type = s.input[at] >>> 4;
  s.taken[type]++;
  switch (type) {
    case Packet.Connect:
      copyBytes(s.reply, s.replyTo, s.connack, 0, s.connack.length);
      s.replyTo += s.connack.length;
      break;
    case Packet.Publish: {
      const qos = s.input[at] & 6;
      const identifierAt = body + 2 + ((s.input[body] << 8) | s.input[body + 1]);
      if (qos === 2 && s.answers) answer(s, Packet.Puback << 4, identifierAt);
      if (qos === 4 && s.answers) answer(s, Packet.Pubrec << 4, identifierAt);
      break;
    }
    case Packet.Pubrec:
      answer(s, (Packet.Pubrel << 4) | 2, body);
      break;
    case Packet.Pubrel:
      answer(s, Packet.Pubcomp << 4, body);
      break;
    case Packet.Pingreq:
      s.reply[s.replyTo] = Packet.Pingresp << 4;
      s.reply[s.replyTo + 1] = 0;
      s.replyTo += 2;
      break;
    default:
  }
}

/** Takes `bytes[from … to)` and answers every packet that is whole. */
export function serverTakes(s: Server, bytes: Uint8Array, from: number, to: number): void {
  copyBytes(s.input, s.inputTo, bytes, from, to);
  s.inputTo += to - from;
  let at = 0;
  let isWhole = true;
  while (isWhole && at + 1 < s.inputTo) {
    // No packet here is longer than 16,383 bytes.
    let body = at + 2;
    let count = s.input[at + 1];
    if (count > 127) {
      count = (count & 127) | (s.input[at + 2] << 7);
      body++;
    }
    isWhole = body + count <= s.inputTo;
    if (isWhole) {
      answerPacket(s, at, body);
      at = body + count;
    }
  }
  moveBytes(s.input, 0, at, s.inputTo);
  s.inputTo -= at;
}
