-- A board behind a gateway that answers every message, in little room: where its answers do not leave, it stops to read. Says on each connection that it
-- is there. Argument: the module under test.

pcall(require, "bit")
local midge = dofile(arg[1])
local client = midge.client({ id = "held", clean = false, keep_alive = 0, control = 64, receive = 64, retry_min_ms = 10, retry_max_ms = 20 })

client:on("connect", function() client:publish("held/out", "here") end)
client:connect()
client:run()
