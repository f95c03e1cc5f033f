// @ts-check
// How values are written: each kind of value that a source can declare.

/** @import { Cell, ValueKind } from '../source.js' */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const hundredths = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

/** @param {Cell | undefined} value @param {ValueKind} kind @returns {string} */
export function valueText(value, kind) {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return value;
  switch (kind) {
    case 'rate': return `${value >= 10 ? whole.format(value) : tenths.format(value)}/s`;
    case 'bytes': return bytesText(value);
    case 'byteRate': return `${bytesText(value)}/s`;
    case 'duration': return durationText(value);
    case 'time': return timeText(value);
    case 'milliseconds': return `${number(value)} ms`;
    case 'percent': return `${tenths.format(value)} %`;
    default: return number(value);
  }
}

/** @param {number} value */
function number(value) {
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return whole.format(value);
  return Math.abs(value) >= 10 ? tenths.format(value) : hundredths.format(value);
}

/** @param {number} bytes */
export function bytesText(bytes) {
  let value = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (Math.abs(value) < 1000 || unit === 'GB') return `${number(unit === 'B' ? Math.round(value) : value)} ${unit}`;
    value /= 1000;
  }
  return '';
}

/** @param {number} seconds */
function durationText(seconds) {
  const s = Math.floor(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}

/** @param {number} ms */
export function timeText(ms) {
  return clock.format(ms);
}

/** Whether values of a kind are numbers, which stand at the right and are sorted from the highest. @param {ValueKind} kind */
export function isNumeric(kind) {
  return kind !== 'text' && kind !== 'state' && kind !== 'code';
}
