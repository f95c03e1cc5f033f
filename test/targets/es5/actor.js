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
// A script before this one may say: var mqttVersion = 5;
var isV5 = typeof mqttVersion !== 'undefined' && mqttVersion === 5;
var isTelling = false;
var isAnswering = false;
// The stream: where it is to be held, and how much of it has been given.
var heldAt = -1;
var given = 0;
var part = new Uint8Array(1024);
var list = null;

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
    connectTimeoutMs: 10000, pingTimeoutMs: 3000,
    receiveBytes: 512, outboxBytes: 2048, controlBytes: 256, filterBytes: 256,
    // In 3.1.1 a server sends as many unacknowledged messages as it likes.
    receiveMaximum: 64
  };
  if (words[6] !== '-') options.userName = textOf(words[6]);
  if (words[7] !== '-') options.password = textOf(words[7]);
  if (words[8] !== '-') options.will = { topic: textOf(words[8]), payload: textOf(words[9]), qos: parseInt(words[10], 10), retain: words[11] === '1' };
  if (isV5) {
    options.version = 5;
    options.v5 = { sessionExpiryS: words[4] === '1' ? 0 : 600 };
    list = midge.properties(512);
  }
  client = midge.create(options);
  client.onConnect = function (sessionPresent) { print('connected ' + (sessionPresent ? 1 : 0)); };
  client.onClose = function (status, reason, willRetry) {
    if (status === -8) print('disconnected');
    else if (status === -42) print('refused ' + reason);
    else {
      print(isTelling ? 'lost ' + reason : 'lost');
      // After a violation the client gives up; a device goes on.
      isStopped = !willRetry;
    }
    tellWhy(reason);
  };
  client.onMessage = function (m) {
    if (isTelling) print('properties ' + propertiesText());
    if (isAnswering) answer(m.bytes, m.from, m.to);
    print('message ' + hexOf(m.topicBytes, m.topicFrom, m.topicTo) + ' ' + hexOf(m.bytes, m.from, m.to) + ' ' + m.qos + ' ' + (m.retain ? 1 : 0));
  };
  client.onChunk = function (m) {
    var topic = hexOf(m.topicBytes, m.topicFrom, m.topicTo);
    if (m.offset === 0) largeSum = 0;
    if (isAnswering && (m.offset === 0 || m.offset + m.to - m.from === m.total)) answer(part, 0, 4);
    for (var i = m.from; i < m.to; i++) largeSum = (largeSum + m.bytes[i]) & 65535;
    if (m.from === m.to) print('overflow ' + topic);
    else if (m.offset + m.to - m.from === m.total) print('large ' + topic + ' ' + m.total + ' ' + largeSum);
  };
  client.onPublish = function (handle) { print('published ' + nameOf('p', handle)); };
  client.onDrop = function (handle, status, reason) {
    print('dropped ' + nameOf('p', handle) + (isTelling ? ' ' + reason : ''));
    tellWhy(reason);
  };
  client.onSubscribe = function (handle, reason) {
    var name = nameOf('s', handle);
    // A filter is subscribed again, and told again, when the server has lost the session.
    if (name !== '-') print('subscribed ' + name + ' ' + reason);
    tellWhy(reason);
  };
  client.onUnsubscribe = function (handle) { print('unsubscribed ' + nameOf('u', handle)); };
  client.onStream = giveStream;
  host = textOf(words[1]);
  port = parseInt(words[2], 10);
  client.connect(host, port);
}

// Text as UTF-8, which is all that a list of properties takes apart from ASCII in these tests.
function decoded(hex) {
  var text = textOf(hex), whole = '';
  for (var i = 0; i < text.length; i++) {
    var code = text.charCodeAt(i);
    whole += String.fromCharCode(code < 192 ? code : ((code & 31) << 6) | (text.charCodeAt(++i) & 63));
  }
  return whole;
}

function fillList(text) {
  var entries = text === '-' ? [] : text.split(',');
  list.clear();
  for (var i = 0; i < entries.length; i++) {
    var name = entries[i].split('=')[0], value = entries[i].split('=')[1];
    if (name === 'userProperty') list.user(decoded(value.split(':')[0]), decoded(value.split(':')[1]));
    else if (value.charAt(0) === '#') list.set(name, parseInt(value.substring(1), 10));
    else if (name === 'correlationData') list.set(name, payload, 0, bytesOf(value, payload));
    else list.set(name, decoded(value));
  }
  return list;
}

var shownNames = [
  'payloadFormatIndicator', 'messageExpiryInterval', 'contentType', 'responseTopic', 'correlationData', 'subscriptionIdentifier', 'userProperty'
];

function propertiesText() {
  var text = '';
  for (var i = 0; i < shownNames.length; i++) {
    var isThere = client.find(shownNames[i]);
    while (isThere) {
      var p = client.properties;
      text += (text === '' ? '' : ',') + shownNames[i] + '=';
      if (shownNames[i] === 'userProperty') text += hexOf(p.bytes, p.nameFrom, p.nameTo) + ':';
      if (i === 0 || i === 1 || i === 5) text += '#' + p.value;
      else text += hexOf(p.bytes, p.valueFrom, p.valueTo);
      isThere = client.findNext();
    }
  }
  return text === '' ? '-' : text;
}

function tellWhy(reason) {
  if (!isTelling || reason < 128) return;
  print('why ' + (client.find('reasonString') ? hexOf(client.properties.bytes, client.properties.valueFrom, client.properties.valueTo) : '-'));
}

function answer(bytes, from, to) {
  var topic = client.property('responseTopic');
  if (topic === null) return;
  list.clear();
  // In place: the data is where it was received.
  if (client.find('correlationData')) list.set('correlationData', client.properties.bytes, client.properties.valueFrom, client.properties.valueTo);
  client.publishBytes(topic, bytes, from, to, 1, false, list);
}

function giveStream(offset, left) {
  var count = left < part.length ? left : part.length;
  if (offset === heldAt) {
    heldAt = -1;
    print('held');
    return;
  }
  if (heldAt > offset && heldAt < offset + count) count = heldAt - offset;
  // A large one is not looked at, and would take seconds to be made here.
  for (var i = 0; i < count && left < 1000000; i++) part[i] = ((offset + i) * 7 + ((offset + i) >>> 8)) & 255;
  given = offset + count;
  client.stream(part, 0, count);
}

function stream(words) {
  heldAt = parseInt(words[4], 10);
  var handle = client.publishStream(textOf(words[1]), parseInt(words[2], 10), parseInt(words[3], 10), false, fillList(words[5] || '-'));
  if (handle > 0) remember('p', handle, words[1]);
  else if (handle < 0) print('dropped ' + words[1]);
}

function publish(words) {
  var count = 0, handle;
  // The list is filled first: what it takes bytes from is the payload's buffer.
  if (words[5] !== undefined) fillList(words[5]);
  count = bytesOf(words[2], payload);
  if (words[5] !== undefined) handle = client.publishBytes(textOf(words[1]), payload, 0, count, parseInt(words[3], 10), words[4] === '1', list);
  else handle = client.publishBytes(textOf(words[1]), payload, 0, count, parseInt(words[3], 10), words[4] === '1');
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
  } else if (words[0] === 'stream') stream(words);
  else if (words[0] === 'abandon') client.cancelStream();
  else if (words[0] === 'offset') print('offset ' + given);
  else if (words[0] === 'properties') isTelling = true;
  else if (words[0] === 'answer') isAnswering = true;
  else if (words[0] === 'disconnect') {
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
