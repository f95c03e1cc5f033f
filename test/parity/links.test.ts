/**
 * What the link does with bytes must not show: a conversation over a link that takes one byte per write, and over one that delivers byte by byte,
 * leads to the same events and the same bytes. And a call refused for want of room changes no field of the client.
 */
import test from 'ava';
import { loadConversations } from './conversations.js';
import { step } from './driver.js';
import { createStage, type Stage } from './stage.js';
import { leastRoom, loadVectors, vectorFiles } from './vectors.js';

function replay(lines: readonly string[], circumstance: string): string[] {
  const stage = createStage();
  return lines.map((line) => {
    const trace = step(stage, line);
    if (line === 'create') step(stage, circumstance);
    return trace;
  });
}

const conversations = loadConversations().filter((c) => c.profiles.includes('full'));

for (const { name, lines } of conversations.filter((c) => !c.lines.some((line) => /^(?:writeMax|budget)/.test(line)))) {
  test(`${name} is the same where the link takes one byte at a time`, (t) => {
    t.deepEqual(replay(lines, 'writeMax 1'), replay(lines, 'writeMax -1'));
  });
}

/** Where in a trace the bytes go out between the events depends on what has arrived at once; all else does not. */
function eventsAndBytes(trace: string): { events: string[]; bytes: string } {
  const lines = trace.split('\n');
  return {
    events: lines.filter((line) => !line.startsWith('out ')),
    bytes: lines.filter((line) => line.startsWith('out ')).map((line) => line.slice(4)).join(''),
  };
}

/** Chunks are as large as what has arrived. */
for (const { name, lines } of conversations.filter((c) => !c.name.startsWith('streaming'))) {
  test(`${name} is the same where bytes arrive one by one`, (t) => {
    t.deepEqual(replay(lines, 'bytewise 1').map(eventsAndBytes), replay(lines, 'bytewise 0').map(eventsAndBytes));
  });
}

/** What a call may leave behind when it is refused: what it read of its own arguments, and the topic it has written as a start for the next. */
const scratch: readonly string[] = ['config', 'properties', 'methodFrom', 'methodTo', 'topicText', 'topicTextAt', 'topicTextTo', 'status'];

/** Every number and flag of a client and its tables; of its buffers' bytes only what is in use counts, which the vectors show. */
function fieldsOf(stage: Stage): string {
  return JSON.stringify(stage.client, (key, value: unknown) => {
    if (value instanceof Uint8Array) return value.length;
    return scratch.includes(key) ? undefined : value;
  });
}

for (const file of vectorFiles) {
  const vectors = loadVectors(file).filter((vector) => vector.rooms !== undefined);
  if (vectors.length === 0) continue;
  test(`a call of ${file} that is refused for want of room changes no field`, (t) => {
    for (const { name, lines, call, rooms } of vectors) {
      const [field] = Object.keys(rooms ?? {});
      const room = Number(rooms?.[field]) - 1;
      if (room < leastRoom[field]) continue;
      const stage = createStage();
      stage.roomField = field;
      stage.roomValue = room;
      for (const line of lines) step(stage, line);
      step(stage, 'wait 0');
      const before = fieldsOf(stage);
      t.true(step(stage, call ?? '').startsWith(rooms?.status ?? '?'), name);
      t.is(fieldsOf(stage), before, name);
    }
  });
}
