-- One waking of a sensor that sleeps: publishes at QoS 2, and sleeps with its session in a file when there is no acknowledgement in time.
-- Arguments: stub, module, port, text, patience in ms.

local stub = dofile(arg[1])
local mqtt = dofile(arg[2])
local client = mqtt.Client("sleeper", 60, nil, nil, 0, 256, { session = "midge.ses", outbox = 512 })

local function sleep(why)
  print(why, client:save())
  node.dsleep(1000000)
end

client:on("connect", function(_, present) print("connected", present) end)
client:on("offline", function() sleep("offline") end)
client:on("connfail", function(_, reason) print("connfail", reason) end)
client:on("drop", function() print("dropped") end)
tmr.create():alarm(tonumber(arg[5]), tmr.ALARM_SINGLE, function() sleep("no acknowledgement") end)
print("publish", client:publish("sleeper/reading", arg[4], 2, 0, function() print("acknowledged") client:close() end) and "accepted")
client:connect("127.0.0.1", tonumber(arg[3]), false)
stub.run()
