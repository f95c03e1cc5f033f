// A sensor that sleeps: connects, publishes a reading at QoS 1, waits for its acknowledgement, and sleeps until the next one is due.
// Change the four settings in the line below. On an ESP32 or ESP8266 the board starts anew after each sleep.
var SERVER = "192.168.1.10", ACCESS_POINT = "my-wifi", PASSWORD = "my-password", INTERVAL_S = 300;

var mqtt = require("midge").create(SERVER, { client_id: "sensor-" + getSerial().substr(0, 8), connect_timeout: 10 });
var startedAt, giveUp, reading;

function begin() {
  startedAt = getTime();
  // A reading that cannot be delivered within a minute is not worth the battery.
  giveUp = setTimeout(sleep, 60000);
}

function measure() {
  mqtt.connect();
  // Accepted now, sent as soon as there is a connection.
  reading = mqtt.publish("sensors/" + getSerial() + "/temperature", E.getTemperature().toFixed(1), { qos: 1, retain: true });
}

function sleep() {
  clearTimeout(giveUp);
  mqtt.disconnect();
  // What is written leaves while the interpreter is idle.
  setTimeout(rest, 500);
}

function rest() {
  var left = Math.max(1, INTERVAL_S - (getTime() - startedAt));
  if (global.ESP32) ESP32.deepSleep(left * 1000000);
  else if (global.ESP8266) ESP8266.deepSleep(left * 1000000);
  // Other boards sleep by themselves as long as no timer is due.
  else setTimeout(function () { begin(); measure(); }, left * 1000);
}

mqtt.on("puback", function (pid) { if (pid === reading) sleep(); });
mqtt.on("error", function (text) { print("MQTT: " + text); });

begin();
require("Wifi").connect(ACCESS_POINT, { password: PASSWORD }, function (error) {
  if (error) print("Wi-Fi: " + error);
  else measure();
});
