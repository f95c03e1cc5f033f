/**
 * The declared settings as a TOML file with every key, its default and what it is for. A key without a default, or of a
 * table that is there only if wanted, is behind a `#`: taking that away leaves a file that is right.
 * Must not know any program's settings.
 */
import type { PlainSetting, ListSetting, Setting, TableSetting } from './settings.js';
import { allowedText } from './words.js';

const columns = 110;

export function exampleFile(declared: TableSetting, heading: string): string {
  return [...comment(heading), '', ...tableLines(declared, [], '')].join('\n').replace(/\n*$/, '\n');
}

/** `off` is `#` inside a table that is itself left out. */
function tableLines(table: TableSetting, path: readonly string[], off: '' | '#'): string[] {
  const lines: string[] = [];
  const inner: string[] = [];
  for (const [key, setting] of Object.entries(table.keys)) {
    const here = [...path, key];
    switch (setting.kind) {
      case 'table': {
        const isOff = setting.optional ? '#' : off;
        inner.push('', ...comment(setting.description), `${isOff}[${here.join('.')}]`, ...tableLines(setting, here, isOff));
        break;
      }
      case 'tables':
        inner.push('', ...comment(setting.description), `#[[${here.join('.')}]]`, ...tableLines(setting.of, here, '#'));
        break;
      case 'named tables':
        inner.push('', ...comment(setting.description), `#[${here.join('.')}.${setting.example ?? 'name'}]`, ...tableLines(setting.of, [...here, setting.example ?? 'name'], '#'));
        break;
      default:
        lines.push(...comment(describe(setting)), `${hasDefault(setting) ? off : '#'}${key} = ${exampleValue(setting)}`);
    }
  }
  return [...lines, ...inner];
}

function describe(setting: PlainSetting | ListSetting): string {
  const marks = [
    ...(setting.kind === 'boolean' ? [] : [allowedText(setting)]),
    ...(setting.required ? ['required'] : []),
    ...(setting.restart ? ['a change needs a restart'] : []),
  ];
  return `${setting.description}${marks.length === 0 ? '' : ` (${marks.join('; ')})`}`;
}

function hasDefault(setting: Setting): boolean {
  return 'default' in setting && setting.default !== undefined;
}

function exampleValue(setting: PlainSetting | ListSetting): string {
  if ('default' in setting && setting.default !== undefined) return JSON.stringify(setting.default);
  if (setting.example !== undefined) return setting.example;
  switch (setting.kind) {
    case 'integer':
      return String(setting.min);
    case 'boolean':
      return 'false';
    case 'choice':
      return JSON.stringify(setting.of[0]);
    case 'list':
      return `[${setting.min === undefined || setting.min === 0 ? '' : exampleValue(setting.of)}]`;
    default:
      return '""';
  }
}

/** Text broken between words into lines of a comment. */
function comment(text: string): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '#';
    for (const word of paragraph.split(' ')) {
      if (line.length + 1 + word.length > columns) {
        lines.push(line);
        line = '#';
      }
      line += ` ${word}`;
    }
    return [...lines, line.trimEnd()];
  });
}
