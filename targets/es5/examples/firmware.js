// A firmware image, larger than the memory there is: `devices/7/firmware` is received in parts, each stored as it comes, and what has arrived is told
// on `devices/7/firmware/done`: its length, and the sum of its bytes. Needs streaming, which the build for this example turns on.
// Settings: host, port.

var sum = 0;

var client = midge.create({ clientId: 'device-7', receiveBytes: 128 });

// A part, or a whole image that is small enough. After a lost connection the server sends the message again, from its beginning.
function take(part) {
  if (part.offset === 0) sum = 0;
  for (var i = part.from; i < part.to; i++) sum = (sum + part.bytes[i]) & 65535;
  if (!hostStore('firmware', part.offset, part.bytes, part.from, part.to)) print('the image cannot be stored');
  // A board would check a signature over the stored image here, before it starts from it.
  if (part.offset + part.to - part.from === part.total) client.publish('devices/7/firmware/done', part.total + ' ' + sum, 1);
}

client.onMessage = take;
client.onChunk = take;
client.onSubscribe = function () { print('ready for an image'); };

client.subscribe('devices/7/firmware', 1);
client.connect(hostSetting('host') || '127.0.0.1', parseInt(hostSetting('port') || '1883', 10));

function loop() {
  return client.poll();
}
