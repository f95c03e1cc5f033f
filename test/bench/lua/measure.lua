-- Runs one of two libraries through one kind of work, count times. Arguments: library (midge or luamqtt), its path, work (load, idle, publish, inbound), count.
-- Prints bytes: what loading keeps, or the garbage per round. Instructions are counted from outside.

local library, path, work, count = arg[1], arg[2], arg[3], tonumber(arg[4])
local network = dofile((arg[0]:gsub("measure%.lua$", "network.lua")))
pcall(require, "bit")
local topic, payload = "sensors/kitchen/room", "21.5 degrees Celsius"
local packet = "\48\42\0\20" .. topic .. payload
local received = 0

local function held()
  collectgarbage() collectgarbage()
  return collectgarbage("count") * 1024
end

local before = held()
local publish, receive
if library == "midge" then
  local midge = dofile(path)
  if work == "load" then print(string.format("%.0f", held() - before)) os.exit(0) end
  local client = midge.client({ host = "127.0.0.1", id = "bench", keep_alive = 0 })
  client:on("message", function() received = received + 1 end)
  client:connect()
  client:step(0) client:step(0) client:step(0)
  publish = function() client:publish(topic, payload) end
  receive = function() client:step(0) end
else
  package.path = path .. "/?.lua;" .. path .. "/?/init.lua;" .. package.path
  local mqtt = require("mqtt")
  if work == "load" then print(string.format("%.0f", held() - before)) os.exit(0) end
  local client = mqtt.client({ uri = "127.0.0.1", id = "bench", clean = true, keep_alive = 0, reconnect = false })
  client:on({ message = function() received = received + 1 end, error = function(text) print("error", text) end })
  client:start_connecting()
  client:_sync_iteration()
  local message = { topic = topic, payload = payload, qos = 0 }
  publish = function() client:publish(message) end
  receive = function() client:_sync_iteration() end
end

local function round()
  if work == "publish" then publish()
  elseif work == "inbound" then
    network.deliver(packet)
    receive()
  end
end

for _ = 1, 20 do round() end
collectgarbage() collectgarbage() collectgarbage("stop")
local sentBefore, receivedBefore = network.sent, received
before = collectgarbage("count")
for _ = 1, count do round() end
local garbage = (collectgarbage("count") - before) * 1024
if work == "publish" then assert(network.sent - sentBefore == count * 44, "not all was sent: " .. network.sent - sentBefore) end
if work == "inbound" then assert(received - receivedBefore == count, "not all was received: " .. received - receivedBefore) end
if count > 0 then print(string.format("%.1f", garbage / count)) end
