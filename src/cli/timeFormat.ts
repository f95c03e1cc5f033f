/**
 * The letters of strftime that formats of `midge sub` may use, in local time and English.
 * Must not know messages.
 */
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

function two(value: number, pad = '0'): string {
  return String(value).padStart(2, pad);
}

/** +0100 for an hour east of Greenwich. */
export function timeZone(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
}

function dayOfYear(at: Date): number {
  return Math.round((Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) - Date.UTC(at.getFullYear(), 0, 1)) / 86_400_000) + 1;
}

const clock12 = (at: Date): number => at.getHours() % 12 === 0 ? 12 : at.getHours() % 12;
const date = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
const time = (at: Date): string => `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;

const letters: Readonly<Record<string, (at: Date) => string>> = {
  '@': () => '@',
  A: (at) => days[at.getDay()],
  B: (at) => months[at.getMonth()],
  D: (at) => `${two(at.getMonth() + 1)}/${two(at.getDate())}/${two(at.getFullYear() % 100)}`,
  F: date,
  H: (at) => two(at.getHours()),
  I: (at) => two(clock12(at)),
  M: (at) => two(at.getMinutes()),
  R: (at) => time(at).slice(0, 5),
  S: (at) => two(at.getSeconds()),
  T: time,
  Y: (at) => String(at.getFullYear()),
  a: (at) => days[at.getDay()].slice(0, 3),
  b: (at) => months[at.getMonth()].slice(0, 3),
  d: (at) => two(at.getDate()),
  e: (at) => two(at.getDate(), ' '),
  j: (at) => String(dayOfYear(at)).padStart(3, '0'),
  k: (at) => two(at.getHours(), ' '),
  l: (at) => two(clock12(at), ' '),
  m: (at) => two(at.getMonth() + 1),
  n: () => '\n',
  p: (at) => at.getHours() < 12 ? 'AM' : 'PM',
  s: (at) => String(Math.floor(at.getTime() / 1000)),
  t: () => '\t',
  u: (at) => String(at.getDay() === 0 ? 7 : at.getDay()),
  w: (at) => String(at.getDay()),
  y: (at) => two(at.getFullYear() % 100),
  z: timeZone,
};

/** What a letter stands for, or undefined. */
export function timeValue(letter: string): ((at: Date) => string) | undefined {
  return letters[letter];
}
