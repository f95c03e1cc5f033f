// A new program for this board, published as one message that is larger than its memory: midge pub -t devices/SERIAL/firmware -f program.js -q 1
// It comes part by part, each of which goes to flash at once, and is started when it is whole. Needs the profile `full`.
var SERVER = "192.168.1.10", ACCESS_POINT = "my-wifi", PASSWORD = "my-password", FILE = "update";

var storage = require("Storage"), name = "devices/" + getSerial(), due = 0;
var mqtt = require("midge").create(SERVER, { client_id: "device-" + getSerial().substr(0, 8) });

function finish() {
  mqtt.publish(name + "/status", "new program of " + storage.read(FILE).length + " bytes");
  storage.write(".bootcde", storage.read(FILE));
  setTimeout(load, 1000);
}

mqtt.on("connected", function () { mqtt.subscribe(name + "/firmware", { qos: 1 }); });
mqtt.on("chunk", function (part) {
  // A connection lost half-way begins at offset 0 again.
  if (part.offset === 0) storage.erase(FILE);
  else if (part.offset !== due) return;
  storage.write(FILE, part.message, part.offset, part.total);
  due = part.offset + part.message.length;
  if (due === part.total) finish();
});
// One that fits the receive buffer is a message like any other.
mqtt.on("message", function (topic, text) {
  storage.write(FILE, text);
  finish();
});
mqtt.on("error", function (text) { print("MQTT: " + text); });

require("Wifi").connect(ACCESS_POINT, { password: PASSWORD }, function (error) {
  if (error) print("Wi-Fi: " + error);
  else mqtt.connect();
});
