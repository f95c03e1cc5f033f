/**
 * Writes the golden traces of all conversations anew, on V8: `node dist/test/parity/record.js`. Review the difference
 * before it is committed: a golden trace is a promise, not a photograph.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { goldenPath, loadConversations, transcript } from './conversations.js';
import { playHere } from './programs.js';

for (const conversation of loadConversations()) {
  const path = goldenPath(conversation.name);
  const now = transcript(conversation.lines, await playHere(conversation.profiles[0], conversation.lines));
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (now !== before) {
    writeFileSync(path, now);
    console.log(`${before === '' ? 'new' : 'changed'}: ${conversation.name}`);
  }
}
