-- What messages with properties of MQTT 5.0 leave to the garbage collector, over a socket in memory. Arguments: the module of profile full, planted (1: a
-- table in each round, which must be seen). Prints bytes per publish, and per message whose properties are looked at.

local inbound, sent = "\32\3\0\0\0", 0
local tcp = {
  settimeout = function() return 1 end, setoption = function() return 1 end, connect = function() return 1 end, getpeername = function() return "" end,
  close = function() return 1 end,
  send = function(_, data)
    sent = sent + #data
    return #data
  end,
  receive = function()
    local data = inbound
    inbound = ""
    return nil, "timeout", data
  end,
}
local now = 0
package.loaded["socket"] = {
  tcp = function() return tcp end, select = function(reading, writing) return reading or {}, writing or {} end,
  gettime = function() now = now + 0.001 return now end, sleep = function() end,
}

local client = dofile(arg[1]).client({ id = "garbage", version = 5, keep_alive = 0 })
local isPlanted = arg[2] == "1"
local seen = 0
client:on("message", function()
  if client:property("payload_format_indicator") == 1 and client:property("content_type") == "text" and client:user_property("unit") == "C"
    and client:property("response_topic") == nil then seen = seen + 1 end
end)
client:connect()
for _ = 1, 3 do client:step(0) end

local options = { properties = { payload_format_indicator = 1, content_type = "text", correlation_data = "12", user = { { "unit", "C" }, { "unit", "F" } } } }
local packet = "\48\32\0\1a\24" .. "\1\1" .. "\3\0\4text" .. "\38\0\4unit\0\1C" .. "\9\0\1x" .. "hello"
packet = "\48" .. string.char(#packet - 2) .. packet:sub(3, 5) .. string.char(#packet - 2 - 3 - 1 - 5) .. packet:sub(7)
local kept

local function publish()
  assert(client:publish("a", "hello", options) == 0)
  if isPlanted then kept = {} end
end

local function receive()
  inbound = packet
  client:step(0)
  if isPlanted then kept = {} end
end

for _, work in ipairs({ publish, receive }) do
  -- What time alone brings has been read by then too.
  for _ = 1, 20000 do work() end
  collectgarbage() collectgarbage() collectgarbage("stop")
  local before = collectgarbage("count")
  for _ = 1, 20000 do work() end
  print(("%.1f"):format((collectgarbage("count") - before) * 1024 / 20000))
  collectgarbage("restart")
end
assert(seen == 40000, seen)
assert(sent > 40000 * 40, sent)
