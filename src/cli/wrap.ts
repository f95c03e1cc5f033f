/**
 * Text for people, broken between words so that it fits the terminal: 80 columns where there is none to ask.
 * Must not know what the text says.
 */

/** Columns of the terminal that standard output goes to; 80 for files and pipes. */
export function outputColumns(): number {
  return process.stdout.isTTY && process.stdout.columns > 0 ? process.stdout.columns : 80;
}

/** The lines of `text`, each at most `columns` wide unless a single word is wider; lines after the first begin with `indent` spaces. */
export function wrap(text: string, columns: number, indent = 0): string[] {
  const lines: string[] = [];
  let line = /^ */.exec(text)![0];
  let isEmpty = true;
  for (const word of text.trim().split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = ' '.repeat(indent);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

/** Paragraphs and examples: each line that is not indented is wrapped, those that are stay as they are. */
export function wrapProse(text: string, columns: number): string {
  return text.split('\n').flatMap((line) => line.startsWith(' ') ? [line] : wrap(line, columns)).join('\n');
}
