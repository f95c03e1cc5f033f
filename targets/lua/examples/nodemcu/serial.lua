-- A board without a network: its UART 0 goes to a computer on which `midge gateway` runs, with a port in mode link. The gateway knows the broker, TLS and
-- the password. From connect on the UART is the link's: `print` would disturb it, and the interpreter is deaf; a button at start gives it back.

local mqtt = require("midge-uart")

local button = 3
gpio.mode(button, gpio.INPUT, gpio.PULLUP)
if gpio.read(button) == 0 then return end

local id = "board-" .. node.chipid()
local client = mqtt.Client(id, 60, nil, nil, 0, 256, { reconnect = true })

client:on("message", function(_, topic, data)
  client:publish("midge/" .. id .. "/response", "heard: " .. tostring(data), 1, 0)
end)

client:connect(115200, function()
  client:subscribe("midge/" .. id .. "/command", 1)
end)

tmr.create():alarm(10000, tmr.ALARM_AUTO, function()
  client:publish("midge/" .. id .. "/heap", tostring(node.heap()), 0, 0)
end)
