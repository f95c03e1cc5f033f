/** The conversations beside this folder: scripts with a head, and their golden traces. Must not know engines or commands. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProfileName } from '../../targets/build/profiles.js';
import { packageRoot } from '../../targets/build/program.js';

export const conversationFolder = join(packageRoot, 'test/conversations');

export interface Conversation {
  readonly name: string;
  readonly title: string;
  /** Statements that the conversation proves. */
  readonly statements: readonly string[];
  /** Builds that must give the trace. */
  readonly profiles: readonly ProfileName[];
  readonly lines: readonly string[];
}

/** The value of a head line such as `# title: …`. */
function headOf(text: string, key: string): string {
  const found = new RegExp(`^# ${key}: (.+)$`, 'm').exec(text);
  return found?.[1] ?? '';
}

export function loadConversations(): Conversation[] {
  return readdirSync(conversationFolder).filter((file) => file.endsWith('.txt')).sort().map((file) => {
    const text = readFileSync(join(conversationFolder, file), 'utf8');
    return {
      name: file.slice(0, -4),
      title: headOf(text, 'title'),
      statements: headOf(text, 'statements').split(' ').filter((id) => id !== ''),
      profiles: (headOf(text, 'profiles') || 'full').split(' ') as ProfileName[],
      lines: text.trimEnd().split('\n'),
    };
  });
}

export function goldenPath(name: string): string {
  return join(conversationFolder, `${name}.trace`);
}

/** Script and trace as they are stored: each line of the script, and beneath it what it led to. */
export function transcript(lines: readonly string[], traces: readonly string[]): string {
  return lines.map((line, n) => `${line === '' || line.startsWith('#') ? line : `> ${line}`}\n${traces[n] ?? 'NO TRACE\n'}`).join('');
}
