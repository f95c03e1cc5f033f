// A client over a server that is a few lines of script, for engines whose heap is measured by running them with less and less: QoS 2 both ways.
// `ROUNDS` is replaced by their number, `OPTIONS` by the client's options.

var received = new Uint8Array(64), receivedTo = 0, link = 0, completed = 0, identifier = 1;
function hostOpen() { link = 2; }
function hostLink() { return link; }
function hostClose() { link = 0; }
function hostMillis() { return 0; }
function hostRandom() { return 7; }
function hostRead(bytes, from, to) {
  var count = receivedTo;
  for (var i = 0; i < count; i++) bytes[from + i] = received[i];
  receivedTo = 0;
  return count;
}
function say(first, length, high, low) {
  received[receivedTo++] = first;
  received[receivedTo++] = length;
  received[receivedTo++] = high;
  received[receivedTo++] = low;
}
function hostWrite(bytes, from, to) {
  for (var at = from; at < to; at += 2 + bytes[at + 1]) {
    var packet = bytes[at] >> 4, topicTo = at + 4 + bytes[at + 3];
    if (packet === 1) say(0x20, 2, 0, 0);
    if (packet === 3) say(0x50, 2, bytes[topicTo], bytes[topicTo + 1]);
    if (packet === 6) say(0x70, 2, bytes[at + 2], bytes[at + 3]);
    if (packet === 5) say(0x62, 2, bytes[at + 2], bytes[at + 3]);
    if (packet === 7) completed++;
    if (packet === 8) {
      say(0x90, 3, bytes[at + 2], bytes[at + 3]);
      received[receivedTo++] = 2;
    }
  }
  return to - from;
}

var client = midge.create(OPTIONS), heard = 0, ended = 0;
client.onMessage = function (m) { if (m.is('plant/line4/temp/01') && m.to - m.from === 20) heard++; };
client.onPublish = function () { ended++; };
client.connect('server');
function settle() { while (client.poll() === 0); }
settle();
client.subscribe('plant/#', 2);
settle();
for (var n = 0; n < ROUNDS; n++) {
  client.publish('plant/line4/temp/02', '01234567890123456789', 2);
  settle();
  say(0x34, 43, 0, 19);
  for (var i = 0; i < 19; i++) received[4 + i] = 'plant/line4/temp/01'.charCodeAt(i);
  received[23] = identifier >>> 8;
  received[24] = identifier & 255;
  identifier = (identifier & 0xfff) + 1;
  receivedTo = 45;
  settle();
}
if (heard !== ROUNDS || ended !== ROUNDS || completed !== ROUNDS) throw new Error(heard + ' ' + ended + ' ' + completed);
print('DONE');
