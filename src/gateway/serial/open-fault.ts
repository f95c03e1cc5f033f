/**
 * Why a serial port cannot be opened, in words that say what to do. The bindings give the system's reason as text only.
 * Must not know: when the next attempt is made.
 */
const reasons: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/permission denied/i, 'permission denied; let the user who runs this join the group that owns it: sudo usermod -aG dialout $USER, then log in again'],
  [/cannot lock port|port is locked/i, 'it is in use by another program, which holds its lock; end that program, or give it another port'],
  [/device or resource busy/i, 'it is in use by another program; end that program, or give it another port'],
  [/no such file|port does not exist/i, 'there is no such device'],
  [/no such device|input\/output error/i, 'the device does not answer; it may just have been unplugged'],
  [/inappropriate ioctl|is a directory|not a typewriter/i, 'it is no serial port'],
  [/baud ?rate/i, 'it does not know this baud rate; choose one that the adapter and the board know, such as 115200'],
];

export function openFaultWords(path: string, error: Error): string {
  const found = reasons.find(([pattern]) => pattern.test(error.message));
  return `cannot open ${path}: ${found === undefined ? error.message.replace(/^error:?\s*/i, '') : found[1]}`;
}
