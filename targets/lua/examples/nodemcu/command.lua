-- A board that obeys: commands come on midge/<id>/command, what became of them goes out on midge/<id>/response, both at QoS 1. If the board
-- disappears, the broker says so on midge/<id>/state.

local mqtt = require("midge")

local broker = "192.168.1.10"
local id = "board-" .. node.chipid()
local base = "midge/" .. id .. "/"
local led = 4

gpio.mode(led, gpio.OUTPUT)

local commands = {
  on = function() gpio.write(led, gpio.LOW) return "on" end,
  off = function() gpio.write(led, gpio.HIGH) return "off" end,
  heap = function() return tostring(node.heap()) end,
}

local client = mqtt.Client(id, 60, nil, nil, 0)
client:lwt(base .. "state", "gone", 1, 1)

client:on("message", function(_, topic, data)
  local command = commands[data]
  client:publish(base .. "response", command and command() or "unknown command: " .. tostring(data), 1, 0)
end)

local function connect()
  client:connect(broker, 1883, false, function()
    client:subscribe(base .. "command", 1)
    client:publish(base .. "state", "here", 1, 1)
  end)
end

-- The program decides when to try again; or the option reconnect = true lets the client do it, with growing pauses.
local function again() tmr.create():alarm(5000, tmr.ALARM_SINGLE, connect) end
client:on("connfail", function(_, reason) print("cannot connect: " .. reason) again() end)
client:on("offline", again)

connect()
