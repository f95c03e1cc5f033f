// A sensor that sleeps: connects, publishes a reading at QoS 1, waits for its acknowledgement, and sleeps until the next one is due.
// Change the four lines below. On an ESP32 or ESP8266 that Wi-Fi puts to sleep, the board starts anew after each sleep.
var SERVER = "192.168.1.10", ACCESS_POINT = "my-wifi", PASSWORD = "my-password", INTERVAL_S = 300;

var startedAt = getTime();
var mqtt = require("midge").create(SERVER, { client_id: "sensor-" + getSerial().substr(0, 8), connect_timeout: 10 });

function sleep() {
  var left = INTERVAL_S - (getTime() - startedAt);
  if (left < 1) left = 1;
  mqtt.disconnect();
  if (global.ESP32) ESP32.deepSleep(left * 1000000);
  else if (global.ESP8266) ESP8266.deepSleep(left * 1000000);
  // Other boards sleep by themselves as long as no timer is due.
  else setTimeout(measure, left * 1000);
}

function measure() {
  startedAt = getTime();
  mqtt.connect();
  // Accepted now, sent as soon as there is a connection.
  mqtt.publish("sensors/" + getSerial() + "/temperature", E.getTemperature().toFixed(1), { qos: 1, retain: true });
}

mqtt.on("puback", sleep);
mqtt.on("error", function (text) { print("MQTT: " + text); });
// A reading that cannot be delivered within a minute is not worth the battery.
setTimeout(sleep, 60000);

require("Wifi").connect(ACCESS_POINT, { password: PASSWORD }, function (error) {
  if (error) print("Wi-Fi: " + error);
  else measure();
});
