-- What follows a handler that raises an error; arguments: the client's file, port, scenario, QoS, where the source fails. See ../es5-throw.test.ts, and
-- ../es5/throw.js, which does and prints the same.

local file, port, scenario, qos, failAt = arg[1], tonumber(arg[2]), arg[3], tonumber(arg[4]), tonumber(arg[5])
io.stdout:setvbuf("no")
local client = dofile(file).client({ id = "device", host = "127.0.0.1", port = port, version = 5, retry_min_ms = 10, retry_max_ms = 10 })
local isBegun, hasRaised, isOver = false, false, false

local function source(offset, most)
  if scenario == "source" then
    if offset >= failAt then error("no more", 0) end
  else
    if not hasRaised then return "" end
    local isThere, value = pcall(client.property, client, "content_type")
    print(isThere and "found " .. tostring(value) or "no packet")
  end
  return ("x"):rep(most < 500 and most or 500)
end

client:on("connect", function()
  if isBegun then return end
  isBegun = true
  if scenario == "source" then client:publish_stream("big", 4000, source, { qos = qos })
  else client:subscribe("in/#", qos) end
end)
client:on("subscribed", function() print("ready") end)
client:on("message", function(topic)
  if topic == "in/stream" then client:publish_stream("big", 500, source, { qos = 1 }) end
  if topic == "in/stream" or topic == "in/throw" then
    client:user_property("n")
    hasRaised = true
    error("thrown at " .. client:property("content_type"), 0)
  end
  print(topic .. " " .. (client:property("content_type") or "null") .. " " .. (client:user_property("n") or "null"))
  isOver = topic == "in/end"
end)
client:on("dropped", function()
  print("dropped")
  client:publish("after", "x", { qos = 1 })
end)
client:on("published", function()
  print("published")
  isOver = true
end)

client:connect()
while not isOver do
  local isDone, why = pcall(client.step, client, 1)
  if not isDone then print("caught " .. why) end
end
