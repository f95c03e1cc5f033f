/**
 * The commands of a script that move a client, described in test/conversations/README.md.
 * Must not know engines, files or expected results.
 */
import {
  type Client, clientAcknowledge, clientAuthenticate, clientCancelStream, clientConnect, clientDisconnect, clientLinkDown, clientLinkUp, clientPublish,
  clientPublishStream, clientPublishWith, clientStream, clientSubscribe, clientUnsubscribe, type Properties,
} from '../../src/core/index.js';
import { configure } from './configure.js';
import { resultName } from './names.js';
import { arrive, sayState, say, settle, type Stage } from './stage.js';
import { bytesOf, integerOf, textOf, wordAt } from './text.js';

/** The script's list for one call, or null when it is empty. */
function listOrNull(s: Stage): Properties | null {
  return s.properties.limit > 0 ? s.properties : null;
}

function publish(s: Stage, c: Client, line: string): number {
  const command = wordAt(line, 0);
  const topic = textOf(wordAt(line, 1));
  const flags = integerOf(wordAt(line, 3));
  if (command === 'publishStream') return clientPublishStream(c, topic, integerOf(wordAt(line, 2)), flags, listOrNull(s), s.now);
  const count = bytesOf(s.bytes, wordAt(line, 2));
  if (command === 'publish') return clientPublish(c, topic, s.bytes, 0, count, flags, s.now);
  return clientPublishWith(c, topic, s.bytes, 0, count, flags, integerOf(wordAt(line, 4)), listOrNull(s), s.now);
}

/** Calls of the core that return a status or a handle; false when the line is another. */
function call(s: Stage, c: Client, line: string): boolean {
  const command = wordAt(line, 0);
  const word = wordAt(line, 1);
  const number = integerOf(wordAt(line, 2));
  let result = 0;
  let isHandle = false;
  if (command === 'connect') result = clientConnect(c, s.now);
  else if (command === 'linkUp') result = clientLinkUp(c, s.now);
  else if (command === 'disconnect') result = clientDisconnect(c, integerOf(word), listOrNull(s), s.now);
  else if (command === 'publish' || command === 'publishWith' || command === 'publishStream') result = publish(s, c, line);
  else if (command === 'stream') result = clientStream(c, s.bytes, 0, bytesOf(s.bytes, word));
  else if (command === 'cancelStream') result = clientCancelStream(c, s.now);
  else if (command === 'acknowledge') result = clientAcknowledge(c, integerOf(word), number);
  else if (command === 'authenticate') result = clientAuthenticate(c, integerOf(word), s.properties, s.now);
  else if (command === 'subscribe' || command === 'unsubscribe') {
    isHandle = true;
    if (command === 'subscribe') result = clientSubscribe(c, textOf(word), number, integerOf(wordAt(line, 3)));
    else result = clientUnsubscribe(c, textOf(word));
  } else return false;
  if (command !== 'publish') s.properties.limit = 0;
  say(s, isHandle && result >= 0 ? 'subscription ' + result : resultName(result));
  return true;
}

/** What the link and the clock do; false when the line is no such thing. */
function world(s: Stage, c: Client, line: string): boolean {
  const command = wordAt(line, 0);
  const word = wordAt(line, 1);
  const number = integerOf(word);
  if (command === 'in') arrive(s, c, bytesOf(s.bytes, word));
  else if (command === 'wait') s.now = (s.now + number) & 0x3fffffff;
  else if (command === 'at') s.now = number;
  else if (command === 'linkDown') clientLinkDown(c, s.now);
  else if (command === 'writeMax') s.writeMax = number;
  else if (command === 'budget') s.budget = number;
  else if (command === 'skip') s.skipReason = number;
  else return false;
  return true;
}

/** Plays one line and returns its trace, each line of it with its end. */
export function step(s: Stage, line: string): string {
  s.trace = '';
  const command = wordAt(line, 0);
  if (command === '' || command === '#') return '';
  if (command === 'cut') s.cutAt = integerOf(wordAt(line, 1));
  else if (command === 'bytewise') s.byteByByte = wordAt(line, 1) === '1';
  else if (!configure(s, line)) {
    const c = s.client;
    if (c === null) say(s, 'no client');
    else if (call(s, c, line) || world(s, c, line)) {
      settle(s);
      sayState(s);
    } else say(s, 'no such command');
  }
  return s.trace;
}
