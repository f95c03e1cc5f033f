// Commands and responses: a line on `devices/7/command` is obeyed, and answered on `devices/7/response`.
// Settings: host, port.

var isOn = false;
var startedAt = hostMillis();

var client = midge.create({ clientId: 'device-7', cleanStart: false });

function answerTo(line) {
  if (line === 'led on' || line === 'led off') {
    isOn = line === 'led on'; // a board would set a pin
    return line;
  }
  if (line === 'led') return isOn ? 'led on' : 'led off';
  if (line === 'uptime') return 'uptime ' + (((hostMillis() - startedAt) & 0x3fffffff) >>> 10);
  return 'no such command: led on, led off, led, uptime';
}

client.onConnect = function (sessionPresent) {
  print(sessionPresent ? 'connected, session resumed' : 'connected');
};
client.onSubscribe = function (handle, reason) {
  print(reason < 128 ? 'ready for commands' : 'the server refuses the subscription');
};
client.onMessage = function (message) {
  client.publish('devices/7/response', answerTo(message.text()), 1);
};
client.onClose = function (status, reason, willRetry) {
  print('connection closed: status ' + status + ', reason ' + reason + (willRetry ? ', trying again' : ''));
};

client.subscribe('devices/7/command', 1);
client.connect(hostSetting('host') || '127.0.0.1', parseInt(hostSetting('port') || '1883', 10));

function loop() {
  return client.poll();
}
