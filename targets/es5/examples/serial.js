// A board without a network, behind `midge gateway` at the other end of its serial port: the same client, and connect() without an address.
// Settings: periodMs.

var periodMs = parseInt(hostSetting('periodMs') || '10000', 10);
var count = 0;
var nextAt = hostMillis();

var client = midge.create({ clientId: 'board-7' });

client.onConnect = function () { print('connected'); };
client.onMessage = function (message) { print(message.topic() + ' ' + message.text()); };
client.onPublish = function () { print('reading ' + count + ' is with the server'); };

client.subscribe('boards/7/command', 1);
client.connect();

function loop() {
  var early = (nextAt - hostMillis()) & 0x3fffffff;
  if (early === 0 || early > 0x20000000) {
    nextAt = (nextAt + periodMs) & 0x3fffffff;
    count++;
    client.publish('boards/7/reading', 'reading ' + count, 1);
    early = periodMs;
  }
  var wait = client.poll();
  return wait < early ? wait : early;
}
