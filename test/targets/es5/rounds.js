// Messages at every QoS to the server and back, counted by the host's allocator: after the first rounds nothing may be allocated.
// Settings: port, rounds, planted (1: an object is made in each round, which must be seen), version (5: of a build with the profile full, messages have
// properties, which are looked at, and those of QoS 1 are streams).

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

var isV5 = hostSetting('version') === '5';
var client = midge.create(isV5 ? { clientId: 'rounds', pingTimeoutMs: 5000, version: 5 } : { clientId: 'rounds', pingTimeoutMs: 5000 });
var list = isV5 ? midge.properties(64) : null;
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
  if (isV5 && !holdsProperties()) wrong++;
  heard++;
  next();
};
client.onStream = function (offset, left) {
  client.stream(payload, offset, offset + (left < 7 ? left : 7));
};
client.onPublish = function () {
  settled++;
  next();
};
client.onClose = function (status) {
  print('closed ' + status);
};

// In place, as they were received.
function holdsProperties() {
  var p = client.properties;
  if (!client.find('correlationData') || p.valueTo - p.valueFrom !== 2 || p.bytes[p.valueFrom] !== (heard & 255)) return false;
  if (!client.find('payloadFormatIndicator') || p.value !== 1) return false;
  if (!client.find('userProperty') || p.nameTo - p.nameFrom !== 4 || !client.findNext() || client.findNext()) return false;
  return !client.find('contentType');
}

function publishWithProperties(qos) {
  list.clear();
  if (!list.set('payloadFormatIndicator', 1) || !list.set('correlationData', payload, 0, 2)) return -1;
  if (!list.user('unit', 'C') || !list.user('unit', 'F')) return -1;
  if (qos === 1) return client.publishStream('plant/line4/temp/01', 20, 1, false, list);
  return client.publishBytes('plant/line4/temp/01', payload, 0, 20, qos, false, list);
}

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
  if ((isV5 ? publishWithProperties(qos) : client.publishBytes('plant/line4/temp/01', payload, 0, 20, qos)) < 0) wrong++;
}

client.connect('127.0.0.1', parseInt(hostSetting('port'), 10));

function loop() {
  var wait = client.poll();
  return begun > 3 * (warmUp + rounds) && wait > 0 ? -1 : wait;
}
