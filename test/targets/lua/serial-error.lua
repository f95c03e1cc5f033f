-- A board behind a gateway whose message handler raises an error for one payload; the program goes on, and so must the client.
-- Argument: the module under test.

pcall(require, "bit")
local midge = dofile(arg[1])
local client = midge.client({ id = "careless" })

client:on("message", function(_, payload)
  if payload == "bad" then error("the program's own fault") end
  client:publish("careless/out", "heard " .. payload, { qos = 1 })
end)
client:subscribe("careless/in", 1)
client:on("subscribed", function() client:publish("careless/out", "here", { qos = 1 }) end)
client:connect()
while true do
  local ok, why = pcall(client.step, client, 1)
  if not ok then client:publish("careless/out", "raised " .. why:match("the program's own fault"), { qos = 1 }) end
end
