// The actor on Espruino: README.md of this folder has its languages. Commands come and events go over a TCP connection to `CONTROL_PORT`,
// since Espruino's own standard input is its console. ES5, as the engine has it. `MODULE` is the module's name in Storage; the one over the serial link has
// Serial1 in place of a server.
var mqtt, pids = {}, leaving = false, large = 0, sum = 0;
var control = require("net").connect({ host: "127.0.0.1", port: CONTROL_PORT }, function () { tell("ready"); });
// The process that has the other end is gone.
control.on("end", function () { if (typeof quit === "function") quit(); });
function tell(line) { control.write(line + "\n"); }
function hex(text) {
  var made = "", n;
  for (n = 0; n < text.length; n++) made += (256 + text.charCodeAt(n)).toString(16).substr(1);
  return made === "" ? "-" : made;
}
function text(word) {
  var made = "", n;
  if (word === "-") return made;
  for (n = 0; n < word.length; n += 2) made += String.fromCharCode(parseInt(word.substr(n, 2), 16));
  return made;
}
function settled(pid) { tell("published " + hex(pids[pid])); }
function makeClient(words) {
  var isSerial = MODULE === "midge-serial";
  var options = {
    client_id: text(words[3]), clean_session: words[4] === "1", keep_alive: parseInt(words[5]), ping_timeout: 3,
    receive_bytes: 512, outbox_bytes: 2048, retry_min: 0.05, retry_max: 0.5
  };
  if (!isSerial) options.port = parseInt(words[2]);
  if (words[6] !== "-") options.username = text(words[6]);
  if (words[7] !== "-") options.password = text(words[7]);
  if (words[8] !== "-") options.will = { topic: text(words[8]), message: text(words[9]), qos: parseInt(words[10]), retain: words[11] === "1" };
  mqtt = require(MODULE).create(isSerial ? Serial1 : text(words[1]), options);
  mqtt.on("connected", function (session) { tell("connected " + (session ? 1 : 0)); });
  mqtt.on("disconnected", function () { tell(leaving ? "disconnected" : "lost"); });
  mqtt.on("error", function (words, reason) {
    if (words.substr(0, 18) === "Connection refused") tell("refused " + reason);
    else tell("error " + hex(words));
  });
  mqtt.on("puback", settled);
  mqtt.on("pubcomp", settled);
  mqtt.on("dropped", function (topic, words, pid) { if (pid) tell("dropped " + hex(topic)); });
  mqtt.on("subscribed", function (filter, qos) { tell("subscribed " + hex(filter) + " " + qos); });
  mqtt.on("subscribed_fail", function (filter, code) { tell("subscribed " + hex(filter) + " " + code); });
  mqtt.on("unsubscribed", function (filter) { tell("unsubscribed " + hex(filter)); });
  mqtt.on("publish", function (p) { tell("message " + hex(p.topic) + " " + hex(p.message) + " " + p.qos + " " + p.retain); });
  mqtt.on("overflow", function (p) { tell("overflow " + hex(p.topic)); });
  mqtt.on("chunk", function (p) {
    var n;
    if (p.offset === 0) large = sum = 0;
    for (n = 0; n < p.message.length; n++) sum = (sum + p.message.charCodeAt(n)) & 65535;
    large += p.message.length;
    if (large === p.total) tell("large " + hex(p.topic) + " " + large + " " + sum);
  });
  mqtt.connect();
}
function publish(words) {
  var topic = text(words[1]), qos = parseInt(words[3]);
  var pid = mqtt.publish(topic, text(words[2]), { qos: qos, retain: words[4] === "1" });
  if (pid < 0) tell("dropped " + words[1]);
  else if (qos === 0) tell("published " + words[1]);
  else pids[pid] = topic;
}
function obey(line) {
  var words = line.split(" ");
  switch (words[0]) {
    case "connect": leaving = false; makeClient(words); break;
    case "publish": publish(words); break;
    case "subscribe": mqtt.subscribe(text(words[1]), { qos: parseInt(words[2]) }); break;
    case "unsubscribe": mqtt.unsubscribe(text(words[1])); break;
    case "disconnect": leaving = true; mqtt.disconnect(); break;
    case "quit": control.end(); break;
  }
}
var held = "";
control.on("data", function (data) {
  var at;
  held += data;
  while ((at = held.indexOf("\n")) >= 0) {
    obey(held.substr(0, at));
    held = held.substr(at + 1);
  }
});
