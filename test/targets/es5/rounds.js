// Messages at every QoS to the server and back, counted by the host's allocator: after the first rounds nothing may be allocated.
// Settings: port, rounds, planted (1: an object is made in each round, which must be seen).

var rounds = parseInt(hostSetting('rounds'), 10);
var isPlanted = hostSetting('planted') === '1';
var warmUp = 50;
var payload = new Uint8Array(20);
var kept = null;
var begun = 0;
var heard = 0;
var settled = 0;
var wrong = 0;
var allocatedBefore = 0;

var client = midge.create({ clientId: 'rounds', pingTimeoutMs: 5000 });
print('created ' + heapBytes());

client.onConnect = function () {
  client.subscribe('plant/line4/temp/01', 2, 7);
};
client.onSubscribe = function () {
  print('connected ' + heapBytes());
  next();
};
client.onMessage = function (m) {
  if (!m.is('plant/line4/temp/01') || m.route !== 7 || m.to - m.from !== 20 || m.bytes[m.from] !== (heard & 255)) wrong++;
  heard++;
  next();
};
client.onPublish = function () {
  settled++;
  next();
};
client.onClose = function (status) {
  print('closed ' + status);
};

// One message after the other: at QoS 1 and 2 the next one begins when this one has come back and is settled.
function next() {
  var qos = begun % 3;
  if (heard < begun || settled < begun - ((begun + 2) / 3 | 0)) return;
  if (begun === 3 * warmUp) allocatedBefore = allocations();
  if (begun === 3 * (warmUp + rounds)) {
    print('allocations ' + (allocations() - allocatedBefore) + ' messages ' + 6 * rounds + ' wrong ' + wrong);
    client.disconnect();
    begun++;
    return;
  }
  payload[0] = begun & 255;
  if (isPlanted) kept = { number: begun };
  begun++;
  if (client.publishBytes('plant/line4/temp/01', payload, 0, 20, qos) < 0) wrong++;
}

client.connect('127.0.0.1', parseInt(hostSetting('port'), 10));

function loop() {
  var wait = client.poll();
  return begun > 3 * (warmUp + rounds) && wait > 0 ? -1 : wait;
}
