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
local handle, is_settled, is_acknowledged = nil, false, false

-- Readings from before may fill the outbox: there is room when one of them is acknowledged.
local function publish()
  local why
  if not handle then handle, why = client:publish("sensors/lua-sensor/temperature", reading, { qos = 1 }) end
  if not handle then io.stderr:write("the reading waits: ", why, "\n") end
end

-- What the file says is not true any more once the client speaks.
client:on("connect", function() os.remove(store) end)
client:on("published", function(which)
  if which == handle then is_settled, is_acknowledged = true, true end
  publish()
end)
client:on("dropped", function(which, why)
  io.stderr:write("dropped: ", why, "\n")
  if which == handle then is_settled = true end
end)
client:on("disconnect", function(why) io.stderr:write(why, "\n") end)
publish()
client:connect()

local give_up_at = os.time() + 10
while not is_settled and os.time() < give_up_at do client:step(1) end
if is_settled then client:close() end
while is_settled and os.time() < give_up_at and client:step(1) do end
-- Also where this reading is delivered: others may not be.
local f = assert(io.open(store, "wb"))
f:write(client:session())
f:close()
os.exit(is_acknowledged and 0 or 1)
