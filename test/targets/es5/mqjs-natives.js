// Natives for midge.js in the program `mqjs`, which has none but print and load: what the script does is told by lines that begin with `#`, and what
// happens outside comes as a script, loaded again and again, that calls `take`. `MAILBOX` is replaced by its path.

var received = '', state = 0, opened = 0, taken = 0, lines = [], isOver = false, hexDigits = '0123456789abcdef';

// What came in since `number - 1`. State and bytes of a connection that has been replaced meanwhile are not this one's.
function take(number, connection, newState, hex, newLines, isLast) {
  if (number === taken) return;
  taken = number;
  if (connection === opened) {
    state = newState;
    received += hex;
  }
  for (var i = 0; i < newLines.length; i++) lines.push(newLines[i]);
  isOver = isLast;
  print('#took ' + number);
}

function hostOpen(host, port) {
  opened++;
  state = 1;
  received = '';
  print('#open ' + host + ' ' + port);
}
function hostLink() { return state === 0 && received !== '' ? 2 : state; }
function hostClose() {
  opened++;
  state = 0;
  received = '';
  print('#close');
}
function hostRead(bytes, from, to) {
  var count = received.length >>> 1;
  if (count > to - from) count = to - from;
  for (var i = 0; i < count; i++) bytes[from + i] = parseInt(received.substring(2 * i, 2 * i + 2), 16);
  received = received.substring(2 * count);
  return count;
}
function hostWrite(bytes, from, to) {
  var hex = '';
  for (var i = from; i < to; i++) hex += hexDigits.charAt(bytes[i] >>> 4) + hexDigits.charAt(bytes[i] & 15);
  print('#write ' + hex);
  return to - from;
}
function hostMillis() { return performance.now() & 0x3fffffff; }
function hostRandom() { return performance.now() & 0x3fffffff; }
function readLine() {
  if (lines.length > 0) return lines.shift();
  return isOver ? false : null;
}
function turn() {
  load('MAILBOX');
  var wait = loop();
  if (wait >= 0) setTimeout(turn, wait > 2 ? 2 : wait);
}
setTimeout(turn, 0);
