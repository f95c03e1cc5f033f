-- Runs one of two libraries through one kind of work, count times. Arguments: library (midge or luamqtt), its path, work (load, used, client, publish or
-- inbound with a QoS behind it), count. Prints bytes: what is kept after loading, or after loading and all kinds of messages, or for another client then; or
-- the garbage per round. Instructions are counted from outside.

local library, path, work, count = arg[1], arg[2], arg[3], tonumber(arg[4])
local network = dofile((arg[0]:gsub("measure%.lua$", "network.lua")))
pcall(require, "bit")
local topic, payload = "sensors/kitchen/room", "21.5 degrees Celsius"
local packets = {
  [0] = "\48\42\0\20" .. topic .. payload,
  [1] = "\50\44\0\20" .. topic .. "\0\7" .. payload,
  [2] = "\52\44\0\20" .. topic .. "\0\7" .. payload,
}
local received, published = 0, 0

local function held()
  collectgarbage() collectgarbage()
  return collectgarbage("count") * 1024
end

local function finish(bytes)
  print(string.format("%.0f", bytes))
  os.exit(0)
end

local before = held()
local publish, step, subscribe, make, other
if library == "midge" then
  local midge = dofile(path)
  if work == "load" then finish(held() - before) end
  make = function() return midge.client({ host = "127.0.0.1", id = "bench", keep_alive = 0 }) end
  local client = make()
  client:on("message", function() received = received + 1 end)
  client:on("published", function() published = published + 1 end)
  client:connect()
  step = function() client:step(0) end
  step() step() step()
  local options = { [0] = nil, { qos = 1 }, { qos = 2 } }
  publish = function(qos) client:publish(topic, payload, options[qos]) end
  subscribe = function() client:subscribe(topic, 2) end
else
  package.path = path .. "/?.lua;" .. path .. "/?/init.lua;" .. package.path
  local mqtt = require("mqtt")
  if work == "load" then finish(held() - before) end
  make = function() return mqtt.client({ uri = "127.0.0.1", id = "bench", clean = true, keep_alive = 0, reconnect = false }) end
  local client = make()
  client:on({
    message = function(message)
      received = received + 1
      if message.qos > 0 then client:acknowledge(message) end
    end,
    acknowledge = function() published = published + 1 end,
    error = function(text) print("error", text) end,
  })
  client:start_connecting()
  step = function() client:_sync_iteration() end
  step()
  local message = { topic = topic, payload = payload }
  publish = function(qos)
    message.qos, message.packet_id = qos, nil
    client:publish(message)
  end
  subscribe = function() client:subscribe({ topic = topic, qos = 2 }) end
end

-- Each message to the end of its handshake; how many packets the server sends for it.
local function publishRound(qos)
  publish(qos)
  for _ = 1, qos do step() end
end

local function inboundRound(qos)
  network.deliver(packets[qos])
  step()
  if qos == 2 then step() end
end

local makeOther = work == "client" and make
if work == "used" or work == "client" then
  subscribe()
  step()
  for qos = 0, 2 do
    for _ = 1, count do publishRound(qos) inboundRound(qos) end
  end
  assert(received == 3 * count and published == 2 * count and network.settled == 2 * count, "not all was settled")
  local used = held()
  if makeOther then
    before = used
    other = makeOther()
    used = held()
  end
  finish(used - before)
end

local kind, qos = work:match("^(%a+)(%d)$")
qos = tonumber(qos)
local round = kind == "publish" and publishRound or inboundRound
for _ = 1, 20 do round(qos) end
collectgarbage() collectgarbage() collectgarbage("stop")
local sentBefore, receivedBefore, publishedBefore, settledBefore = network.sent, received, published, network.settled
before = collectgarbage("count")
for _ = 1, count do round(qos) end
local garbage = (collectgarbage("count") - before) * 1024
if work == "publish0" then assert(network.sent - sentBefore == count * 44, "not all was sent: " .. network.sent - sentBefore) end
if kind == "publish" and qos > 0 then assert(published - publishedBefore == count, "not all was published: " .. published - publishedBefore) end
if kind == "inbound" then assert(received - receivedBefore == count, "not all was received: " .. received - receivedBefore) end
if kind == "inbound" and qos > 0 then assert(network.settled - settledBefore == count, "not all was acknowledged: " .. network.settled - settledBefore) end
if count > 0 then print(string.format("%.1f", garbage / count)) end
