-- Counts how often a module reads parts of itself from its file while messages come and go. Arguments: the module under test, the folder of a `socket` in
-- memory, and a version of MQTT where it is not 3.1.1. Prints what it read after all kinds of messages had been seen.

local network = dofile(arg[2] .. "/network.lua")
local version = tonumber(arg[3])
local none = version == 5 and "\0" or ""
pcall(require, "bit")
local midge, reads = dofile((arg[0]:gsub("reads%.lua$", "counted.lua")))(arg[1])

network.version = version
local settled, received = 0, 0
local client = midge.client({ id = "reader", host = "127.0.0.1", version = version, receive = 64 })
client:on("message", function() received = received + 1 end)
client:on("chunk", function(_, part, offset, total) if offset + #part == total then received = received + 1 end end)
client:on("published", function() settled = settled + 1 end)
client:subscribe("a/#", 2)
client:connect()
for _ = 1, 5 do client:step(0) end

local function publish(topic, text, qos)
  local first = ({ [0] = "\48", "\50", "\52" })[qos]
  local body = string.char(0, #topic) .. topic .. (qos > 0 and "\0\7" or "") .. none .. text
  network.deliver(first .. string.char(#body) .. body)
  client:step(0) client:step(0)
end

local function round()
  for qos = 0, 2 do
    client:publish("a/out", "text", { qos = qos })
    client:step(0) client:step(0) client:step(0)
    publish("a/in", "text", qos)
    publish("a/in", ("x"):rep(100), qos)
  end
end

round()
-- Large messages go on whole.
client:on("chunk", nil)
round()
local before = reads()
for _ = 1, 50 do
  collectgarbage()
  round()
end
print("received " .. received .. ", published " .. settled .. ", read again " .. reads() - before)
