-- A sensor that does not run all the time: publishes one reading at QoS 1, waits for the acknowledgement, and keeps in a file what could not be delivered.
--   lua5.1 sensor.lua [host] [reading]

local midge = require(_VERSION == "Lua 5.1" and "midge" or "midge53")

local host, reading = arg[1] or "localhost", arg[2] or "21.5"
local store = "sensor.session"

local function load()
  local f = io.open(store, "rb")
  if not f then return nil end
  local text = f:read("*a")
  f:close()
  return text
end

local client = midge.client({ host = host, id = "lua-sensor", clean = false, session = load() })
local acknowledged = false
client:on("connect", function() os.remove(store) end)
client:on("published", function() acknowledged = true end)
client:on("disconnect", function(why) io.stderr:write(why, "\n") end)
assert(client:publish("sensors/lua-sensor/temperature", reading, { qos = 1 }))
client:connect()

local give_up_at = os.time() + 10
while not acknowledged and os.time() < give_up_at do client:step(1) end
if acknowledged then client:close() client:run()
else
  local f = assert(io.open(store, "wb"))
  f:write(client:session())
  f:close()
end
os.exit(acknowledged and 0 or 1)
