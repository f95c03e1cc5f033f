// New programs for this board: midge pub -t devices/SERIAL/program -f app.js -q 1
// Each comes as one message that is larger than the board's memory: part by part, which go to flash at once, and is run when it is whole. This file
// stays the one that the board starts with, so that a program with a mistake can be replaced too. Needs the profile `full`.
var SERVER = "192.168.1.10", ACCESS_POINT = "my-wifi", PASSWORD = "my-password";

var storage = require("Storage"), name = "devices/" + getSerial(), due = 0;
var mqtt = require("midge").create(SERVER, { client_id: "device-" + getSerial().substr(0, 8) });

function take(part, offset, total) {
  // A connection lost half-way begins at offset 0 again. What runs out of an erased file goes on: its text stays until Storage is compacted.
  if (offset === 0) {
    storage.erase("app.whole");
    storage.erase("app");
    due = 0;
  }
  if (offset !== due) return;
  storage.write("app", part, offset, total);
  due = offset + part.length;
  if (due < total) return;
  storage.write("app.whole", "yes");
  mqtt.publish(name + "/status", "program of " + total + " bytes", { qos: 1 });
  // Started anew, without what the last one left behind.
  setTimeout(load, 2000);
}

mqtt.on("connected", function () { mqtt.subscribe(name + "/program", { qos: 1 }); });
mqtt.on("chunk", function (part) { take(part.message, part.offset, part.total); });
// One that fits the receive buffer is a message like any other.
mqtt.on("message", function (topic, text) { take(text, 0, text.length); });
mqtt.on("subscribed_fail", function (filter, reason) { print("not subscribed to " + filter + ": " + reason); });
mqtt.on("error", function (text) { print("MQTT: " + text); });

require("Wifi").connect(ACCESS_POINT, { password: PASSWORD }, function (error) {
  if (error) print("Wi-Fi: " + error);
  else mqtt.connect();
});

if (storage.read("app.whole")) {
  try {
    eval(storage.read("app"));
  } catch (error) {
    print("the program: " + error);
  }
}
