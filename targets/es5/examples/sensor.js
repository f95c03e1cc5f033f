// A sensor on a battery: wakes, publishes a reading, waits until the server has it, and sleeps till its next deadline.
// Settings: host, port, periodMs, awakeMaxMs, readings (how many; endless without).

var periodMs = parseInt(hostSetting('periodMs') || '60000', 10);
var left = parseInt(hostSetting('readings') || '-1', 10);
// A server that does not answer shall not keep the radio on: the reading stays in the outbox till the next time.
var awakeMaxMs = parseInt(hostSetting('awakeMaxMs') || '10000', 10);
var wokeAt = 0;
var isDone = true;
// Readings that the server has not got yet: after an outage there are some from before.
var waiting = 0;

// The number of the reading outlives a restart.
var number = 0;
var kept = new Uint8Array(2);
if (hostLoad('reading', 0, kept, 0, 2) === 2) number = (kept[0] << 8) | kept[1];

var client = midge.create({ clientId: 'sensor-7', cleanStart: false, receiveBytes: 64, outboxBytes: 256, subscriptions: 0, filterBytes: 0 });

// Leaves when nothing waits: what is left behind would be sent again the next time, and the time after.
client.onPublish = function () {
  waiting--;
  if (waiting === 0) client.disconnect();
};
client.onDrop = function (handle, status) {
  print('a reading is lost, status ' + status);
  client.onPublish();
};
client.onClose = function (status, reason, willRetry) {
  if (!willRetry) isDone = true;
};

function millisSince(time) {
  return (hostMillis() - time) & 0x3fffffff;
}

function wake() {
  wokeAt = hostMillis();
  isDone = false;
  number = (number + 1) & 65535;
  kept[0] = number >>> 8;
  kept[1] = number & 255;
  hostStore('reading', 0, kept, 0, 2);
  var handle = client.publish('sensors/7/temperature', number + ' ' + (20 + number % 5), 1);
  if (handle > 0) waiting++;
  else print('reading ' + number + ' is lost, status ' + handle);
  client.connect(hostSetting('host') || '127.0.0.1', parseInt(hostSetting('port') || '1883', 10));
}

function loop() {
  var wait;
  if (!isDone) {
    if (millisSince(wokeAt) > awakeMaxMs) client.disconnect();
    wait = client.poll();
    return wait < 1000 ? wait : 1000;
  }
  if (left === 0) return -1;
  left--;
  if (wokeAt > 0 && millisSince(wokeAt) < periodMs) hostSleep(periodMs - millisSince(wokeAt));
  wake();
  return 0;
}
