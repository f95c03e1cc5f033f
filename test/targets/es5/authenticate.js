// Enhanced authentication with a method of its own: settings port, method (`challenge`: the server asks, the device answers; `proof`: both begin with numbers
// used once, and each proves that it knows the key), key, isDeaf (1: AUTH is not answered). Prints what happens; ../es5-authenticate.test.ts has the other end.

var method = hostSetting('method');
var key = parseInt(hostSetting('key'), 10);
var first = midge.properties(64, 'connect');
var answer = midge.properties(64, 'authenticate');
var nonce = new Uint8Array(4);
var data = new Uint8Array(12);
var expected = -1;
var connects = 0;
var isOver = false;

// No cipher: what matters is who can say which number.
function proofOf(bytes, from, to, secret) {
  var sum = secret;
  for (var i = from; i < to; i++) sum = (sum * 31 + bytes[i]) % 65521;
  return sum;
}

function put(sum, at) {
  data[at] = sum >>> 8;
  data[at + 1] = sum & 255;
}

// The data that a run begins with, in a list for CONNECT or for AUTH: as long as the run wants.
function begin(list) {
  list.clear();
  list.set('authenticationMethod', method);
  if (method === 'proof') {
    var random = hostRandom();
    for (var i = 0; i < 4; i++) nonce[i] = (random >>> (i * 7)) & 255;
    list.set('authenticationData', nonce, 0, connects % 2 === 0 ? 4 : 3);
  }
  return list;
}

// Whether the server, which has let the device in, knows the key too.
function isTrusted() {
  if (method !== 'proof') return true;
  var p = client.properties;
  return client.find('authenticationData') && p.valueTo - p.valueFrom === 2 && (p.bytes[p.valueFrom] << 8 | p.bytes[p.valueFrom + 1]) === expected;
}

var client = midge.create({ clientId: 'device', version: 5, retryMinMs: 10, retryMaxMs: 10, connectTimeoutMs: hostSetting('isDeaf') === '1' ? 1000 : 20000, v5: { connectProperties: begin(first) } });

function onAuthenticate(reason) {
  var p = client.properties;
  if (reason === 0) {
    print(isTrusted() ? 'again' : 'not trusted');
    print('changed ' + client.connectWith(first));
    isOver = connects > 1;
    return;
  }
  client.find('authenticationData');
  // The server's number is for this run alone.
  expected = proofOf(p.bytes, p.valueFrom, p.valueTo, key + 1);
  put(proofOf(p.bytes, p.valueFrom, p.valueTo, key), 0);
  answer.clear();
  answer.set('authenticationMethod', method);
  answer.set('authenticationData', data, 0, 2);
  print('answered ' + client.authenticate(answer));
}
if (hostSetting('isDeaf') !== '1') client.onAuthenticate = onAuthenticate;

client.onConnect = function () {
  connects++;
  if (!isTrusted()) {
    print('not trusted');
    client.disconnect();
    return;
  }
  print('connected');
  client.publish('a', 'b', 1);
};
client.onPublish = function () {
  print('published');
  expected = -1;
  print('began ' + client.reauthenticate(begin(answer)));
};
client.onClose = function (status, reason, willRetry) {
  print('closed ' + status + ' ' + reason);
  if (willRetry && hostSetting('isDeaf') !== '1') client.connectWith(begin(first));
  else isOver = true;
};

client.connect('127.0.0.1', parseInt(hostSetting('port'), 10));
// Whoever waits for it may be gone.
var began = hostMillis();
function loop() {
  if (((hostMillis() - began) & 0x3fffffff) > 60000) return -1;
  var wait = client.poll();
  return isOver ? -1 : wait;
}
