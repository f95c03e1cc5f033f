// A board with a UART and no network, behind `midge gateway`: broker, TLS and credentials are the gateway's. Publishes its temperature every ten
// seconds, and blinks when told to. The module is `midge-serial`, whose `create` takes the port in place of a server.
var mqtt = require("midge-serial").create(Serial1, { client_id: "board-" + getSerial().substr(0, 8) });
Serial1.setup(115200);

mqtt.on("connected", function () { mqtt.subscribe("board/blink", { qos: 1 }); });
mqtt.on("message", function () { digitalPulse(LED1, 1, 500); });
mqtt.on("error", function (text) { print("MQTT: " + text); });
mqtt.connect();

setInterval(function () { mqtt.publish("board/temperature", E.getTemperature().toFixed(1)); }, 10000);
