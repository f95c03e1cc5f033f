// Before actor.js: it connects with MQTT 5.0.
var mqttVersion = 5;
