-- As reads.lua, over the serial link on standard input and output: answers each message with how often the module has read its file by then.
-- Argument: the module under test.

pcall(require, "bit")
local midge, reads = dofile((arg[0]:gsub("reads%-serial%.lua$", "counted.lua")))(arg[1])
local client = midge.client({ id = "reader" })

client:on("message", function(_, _, qos)
  collectgarbage()
  client:publish("reader/out", tostring(reads()), { qos = qos })
end)
client:subscribe("reader/in", 2)
client:connect()
client:run()
