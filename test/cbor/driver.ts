/**
 * The CBOR writer and reader as one program for every engine. Each line is a command letter and data; the answer is text:
 * `r<hex>` what the reader finds; `s<hex>` where each skipped item ends; `w<hex>` the same items written anew; `t<room>:<text>` a text string.
 */
import { createBytes } from '../../src/core/bytes.js';
import {
  cborClose, cborEnd, cborFloat, cborInt, cborNext, cborOpenArray, cborPutArray, cborPutBoolean, cborPutBytes, cborPutFloat, cborPutInt, cborPutMap, cborPutNull, cborPutText,
  cborPutTextBytes, cborPutUnsigned, cborReadFrom, cborSkip, CborStatus, CborType, cborWriteTo, createCborReader, createCborWriter,
} from '../../src/cbor/index.js';
import { bytesFromHex, codeAt, hexFromBytes, textFrom } from '../engines/hex.js';
import { rewriteItem } from './rewrite-item.js';

const sizeMax = 400;
const input = createBytes(sizeMax);
const output = createBytes(sizeMax);
const reader = createCborReader(6);
const writer = createCborWriter(6);

/** The letters r, s and t. */
const enum Command {
  Read = 114,
  Skip = 115,
  Text = 116,
}

/** The answer to one line. */
export function answer(line: string): string {
  const command = codeAt(line, 0);
  if (command === Command.Text) return putLineText(line);
  const count = bytesFromHex(input, line, 1);
  if (command === Command.Read) return trace(count);
  return command === Command.Skip ? skips(count) : rewrite(count);
}

/** Every event of the reader with its fields. */
function trace(count: number): string {
  let text = '';
  cborReadFrom(reader, input, 0, count);
  let type = cborNext(reader);
  while (type !== CborType.End && type !== CborType.Fault) {
    text += type + fields(type) + ' ';
    type = cborNext(reader);
  }
  return text + type + '/' + reader.status + '@' + reader.at;
}

function fields(type: CborType): string {
  if (type === CborType.Unsigned || type === CborType.Negative) {
    return cborInt(reader) === CborStatus.Ok ? '=' + reader.value : ':' + reader.high + ':' + reader.low;
  }
  if (type === CborType.Tag) return ':' + reader.high + ':' + reader.low;
  if (type === CborType.Simple) return '=' + reader.low;
  if (type === CborType.Bytes || type === CborType.Text || type === CborType.Float) return '=' + hexFromBytes(input, reader.from, reader.to);
  return type === CborType.Array || type === CborType.Map ? '=' + reader.count : '';
}

function skips(count: number): string {
  let text = '';
  cborReadFrom(reader, input, 0, count);
  while (cborNext(reader) !== CborType.End && cborSkip(reader) === CborStatus.Ok) text += reader.at + ' ';
  return text + reader.status;
}

function rewrite(count: number): string {
  cborReadFrom(reader, input, 0, count);
  cborWriteTo(writer, output, 0, sizeMax);
  let type = cborNext(reader);
  while (type !== CborType.End && type !== CborType.Fault) {
    rewriteItem(reader, writer, type);
    type = cborNext(reader);
  }
  return hexFromBytes(output, 0, writer.at) + '/' + cborEnd(writer) + '/' + reader.status;
}

/** `t<room as two hexadecimal digits>:<text>` */
function putLineText(line: string): string {
  bytesFromHex(input, line, 1);
  const room = input[0];
  for (let at = 0; at < sizeMax; at++) output[at] = 0xa5;
  cborWriteTo(writer, output, 1, 1 + room);
  const status = cborPutText(writer, textFrom(line, 4));
  return status + ' ' + hexFromBytes(output, 1, writer.at) + ' ' + output[0] + ' ' + output[room + 1];
}

/** One message written and read back, as an application would: for the allocation gates. Its key stands in memory made at the start. */
const message = createBytes(128);
const key = createBytes(4);

export function telegram(): void {
  cborWriteTo(writer, message, 0, 127);
  cborPutMap(writer, 4);
  cborPutText(writer, 'temperature');
  cborPutInt(writer, 215);
  cborPutText(writer, 'at');
  cborPutUnsigned(writer, 1, -5);
  cborPutTextBytes(writer, key, 0, 4);
  cborOpenArray(writer);
  cborPutInt(writer, -1000);
  cborPutBoolean(writer, true);
  cborPutNull(writer);
  cborClose(writer);
  cborPutText(writer, 'raw');
  cborPutBytes(writer, key, 0, 4);
  const ended = cborEnd(writer);
  cborReadFrom(reader, message, 0, writer.at);
  let sum = 0;
  let type = cborNext(reader);
  while (type !== CborType.End && type !== CborType.Fault) {
    if (cborInt(reader) === CborStatus.Ok) sum += reader.value;
    type = cborNext(reader);
  }
  // A wrong result must not pass for a cheap one: `telegramHolds` tells it.
  message[127] = ended === CborStatus.Ok && sum === -785 && type === CborType.End ? 1 : 0;
}

/** Floats in each size, there and back. */
export function floatTelegram(): void {
  cborWriteTo(writer, message, 0, 127);
  cborPutArray(writer, 3);
  cborPutFloat(writer, 21.5);
  cborPutFloat(writer, 100000.5);
  cborPutFloat(writer, 1.1);
  const ended = cborEnd(writer);
  cborReadFrom(reader, message, 0, writer.at);
  let right = 0;
  while (cborNext(reader) !== CborType.End) {
    if (cborFloat(reader) === 21.5 || cborFloat(reader) === 100000.5 || cborFloat(reader) === 1.1) right++;
  }
  message[127] = ended === CborStatus.Ok && right === 3 && writer.at === 18 ? 1 : 0;
}

/** Whether the telegrams read back what they wrote. */
export function telegramHolds(line: string): string {
  telegram();
  const plain = message[127];
  floatTelegram();
  return line + plain + message[127];
}
