// What follows a handler that throws; setting `scenario`: see ../es5-throw.test.ts, and ../lua/raise.lua, which does and prints the same.

var scenario = hostSetting('scenario');
var qos = parseInt(hostSetting('qos'), 10);
var failAt = parseInt(hostSetting('failAt'), 10);
var client = midge.create({ clientId: 'device', version: 5, retryMinMs: 10, retryMaxMs: 10 });
var part = new Uint8Array(500);
var isBegun = false;
var hasThrown = false;
var isOver = false;

client.onConnect = function () {
  if (isBegun) return;
  isBegun = true;
  if (scenario === 'source') client.publishStream('big', 4000, qos);
  else client.subscribe('in/#', qos);
};
client.onSubscribe = function () { print('ready'); };
client.onMessage = function (m) {
  var topic = m.topic();
  if (topic === 'in/stream') client.publishStream('big', 500, 1);
  if (topic === 'in/stream' || topic === 'in/throw') {
    client.find('userProperty');
    hasThrown = true;
    throw new Error('thrown at ' + client.property('contentType'));
  }
  print(topic + ' ' + client.property('contentType') + ' ' + client.userProperty('n'));
  isOver = topic === 'in/end';
};
client.onStream = function (offset, left) {
  if (scenario === 'source') {
    if (offset >= failAt) throw new Error('no more');
  } else {
    if (!hasThrown) return;
    try {
      print('found ' + client.property('contentType'));
    } catch (e) {
      print('no packet');
    }
  }
  client.stream(part, 0, left < part.length ? left : part.length);
};
client.onDrop = function () {
  print('dropped');
  client.publish('after', 'x', 1);
};
client.onPublish = function () {
  print('published');
  isOver = true;
};

client.connect('127.0.0.1', parseInt(hostSetting('port'), 10));
function loop() {
  try {
    var wait = client.poll();
    return isOver ? -1 : wait;
  } catch (e) {
    print('caught ' + e.message);
    return 0;
  }
}
