// The actor of the ES5 client: commands and events as README.md of the folder above has them. Runs behind midge.js in every host that has
// print(text) and readLine(), which gives null where there is no line now, and false after the last one.

var client = null;
var host = '';
var port = 0;
var isStopped = false;
var handles = [];
var names = [];
var payload = new Uint8Array(4096);
var largeSum = 0;

function textOf(hex) {
  var text = '';
  if (hex === '-') return text;
  for (var i = 0; i < hex.length; i += 2) text += String.fromCharCode(parseInt(hex.substring(i, i + 2), 16));
  return text;
}

function bytesOf(hex, into) {
  if (hex === '-') return 0;
  for (var i = 0; i < hex.length; i += 2) into[i >>> 1] = parseInt(hex.substring(i, i + 2), 16);
  return hex.length >>> 1;
}

var digits = '0123456789abcdef';
function hexOf(bytes, from, to) {
  var hex = '';
  for (var i = from; i < to; i++) hex += digits.charAt(bytes[i] >>> 4) + digits.charAt(bytes[i] & 15);
  return hex === '' ? '-' : hex;
}

// Handles of publishes, subscriptions and withdrawals may be equal, so each kind has a letter.
function remember(kind, handle, name) {
  handles.push(kind + handle);
  names.push(name);
}

function nameOf(kind, handle) {
  for (var i = 0; i < handles.length; i++) {
    if (handles[i] === kind + handle) {
      var name = names[i];
      handles.splice(i, 1);
      names.splice(i, 1);
      return name;
    }
  }
  return '-';
}

function connect(words) {
  var options = {
    clientId: textOf(words[3]), cleanStart: words[4] === '1', keepAliveS: parseInt(words[5], 10), retryMinMs: 20, retryMaxMs: 500,
    connectTimeoutMs: 3000, pingTimeoutMs: 1000,
    receiveBytes: 512, outboxBytes: 2048, controlBytes: 256, filterBytes: 256,
    // In 3.1.1 a server sends as many unacknowledged messages as it likes.
    receiveMaximum: 64
  };
  if (words[6] !== '-') options.userName = textOf(words[6]);
  if (words[7] !== '-') options.password = textOf(words[7]);
  if (words[8] !== '-') options.will = { topic: textOf(words[8]), payload: textOf(words[9]), qos: parseInt(words[10], 10), retain: words[11] === '1' };
  client = midge.create(options);
  client.onConnect = function (sessionPresent) { print('connected ' + (sessionPresent ? 1 : 0)); };
  client.onClose = function (status, reason, willRetry) {
    if (status === -8) print('disconnected');
    else if (status === -42) print('refused ' + reason);
    else {
      print('lost');
      // After a violation the client gives up; a device goes on.
      isStopped = !willRetry;
    }
  };
  client.onMessage = function (m) {
    print('message ' + hexOf(m.topicBytes, m.topicFrom, m.topicTo) + ' ' + hexOf(m.bytes, m.from, m.to) + ' ' + m.qos + ' ' + (m.retain ? 1 : 0));
  };
  client.onChunk = function (m) {
    var topic = hexOf(m.topicBytes, m.topicFrom, m.topicTo);
    if (m.offset === 0) largeSum = 0;
    for (var i = m.from; i < m.to; i++) largeSum = (largeSum + m.bytes[i]) & 65535;
    if (m.from === m.to) print('overflow ' + topic);
    else if (m.offset + m.to - m.from === m.total) print('large ' + topic + ' ' + m.total + ' ' + largeSum);
  };
  client.onPublish = function (handle) { print('published ' + nameOf('p', handle)); };
  client.onDrop = function (handle) { print('dropped ' + nameOf('p', handle)); };
  client.onSubscribe = function (handle, reason) {
    var name = nameOf('s', handle);
    // A filter is subscribed again, and told again, when the server has lost the session.
    if (name !== '-') print('subscribed ' + name + ' ' + reason);
  };
  client.onUnsubscribe = function (handle) { print('unsubscribed ' + nameOf('u', handle)); };
  host = textOf(words[1]);
  port = parseInt(words[2], 10);
  client.connect(host, port);
}

function publish(words) {
  var count = bytesOf(words[2], payload);
  var handle = client.publishBytes(textOf(words[1]), payload, 0, count, parseInt(words[3], 10), words[4] === '1');
  if (handle > 0) remember('p', handle, words[1]);
  else print((handle === 0 ? 'published ' : 'dropped ') + words[1]);
}

function obey(words) {
  var handle;
  if (words[0] === 'connect') connect(words);
  else if (words[0] === 'publish') publish(words);
  else if (words[0] === 'subscribe') {
    handle = client.subscribe(textOf(words[1]), parseInt(words[2], 10));
    if (handle < 0) print('subscribed ' + words[1] + ' 128');
    else remember('s', handle, words[1]);
  } else if (words[0] === 'unsubscribe') {
    handle = client.unsubscribe(textOf(words[1]));
    if (handle >= 0) remember('u', handle, words[1]);
  } else if (words[0] === 'disconnect') {
    isStopped = false;
    client.disconnect();
  }
}

function loop() {
  var line = readLine();
  while (line !== null) {
    if (line === false || line === 'quit') {
      if (client !== null) {
        client.disconnect();
        while (client.poll() === 0);
      }
      return -1;
    }
    obey(line.split(' '));
    line = readLine();
  }
  if (client === null) return 1000;
  if (isStopped && client.connect(host, port) === 0) isStopped = false;
  return client.poll();
}

print('ready');
