// Command and response: obeys what comes on devices/SERIAL/command and answers on devices/SERIAL/response. The session is kept, so that commands
// sent while the board is away are delivered when it is back.
var SERVER = "192.168.1.10", ACCESS_POINT = "my-wifi", PASSWORD = "my-password";

var name = "devices/" + getSerial();
var mqtt = require("midge").create(SERVER, {
  client_id: "device-" + getSerial().substr(0, 8), clean_session: false,
  will: { topic: name + "/status", message: "lost", qos: 1, retain: true }
});

var commands = {
  led: function (value) { LED1.write(value === "on"); return value; },
  temperature: function () { return E.getTemperature().toFixed(1); },
  memory: function () { return process.memory().free; }
};

mqtt.on("connected", function () {
  mqtt.subscribe(name + "/command", { qos: 1 });
  mqtt.publish(name + "/status", "here", { qos: 1, retain: true });
});
mqtt.on("message", function (topic, text) {
  var words = text.split(" "), command = commands[words[0]];
  mqtt.publish(name + "/response", words[0] + ": " + (command ? command(words[1]) : "there is no such command"), { qos: 1 });
});
mqtt.on("subscribed_fail", function (filter, reason) { print("not subscribed to " + filter + ": " + reason); });
mqtt.on("error", function (text) { print("MQTT: " + text); });

require("Wifi").connect(ACCESS_POINT, { password: PASSWORD }, function (error) {
  if (error) print("Wi-Fi: " + error);
  else mqtt.connect();
});
