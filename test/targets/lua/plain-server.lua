-- A server of MQTT 3.1.1 in the same process as the client under test, that does what a case says: the case sees every byte of it.
-- Returns a table; `step` must be set to what lets the client go on.

local socket = require("socket")
-- A case may give the client another clock.
local gettime = socket.gettime

local server = { connack = "\32\2\0\0" }
local listener = assert(socket.bind("127.0.0.1", 0))
listener:settimeout(0)
server.port = tonumber((select(2, listener:getsockname())))

-- Lets the client work until `done` gives something, which is returned; nil after `seconds`.
function server.spin(done, seconds)
  -- A busy machine may let the time pass without it: so many steps of a hundredth are run all the same.
  local till, steps = gettime() + (seconds or 10), (seconds or 10) * 100
  while gettime() < till or steps > 0 do
    steps = steps - 1
    local result = done and done()
    if result then return result end
    server.step()
  end
  return nil
end

-- The client's next connection, with `begin` as what is sent when it has sent CONNECT.
function server.accept(begin, seconds)
  local peer = server.spin(function() return listener:accept() end, seconds)
  if not peer then return nil end
  peer:settimeout(0)
  peer:setoption("tcp-nodelay", true)
  server.receive(peer, 1)
  peer:send(begin or server.connack)
  return peer
end

-- What the client has sent when it is at least `least` bytes; '' when it does not come.
function server.receive(peer, least, seconds)
  local got = ""
  server.spin(function()
    local data, _, part = peer:receive(65536)
    got = got .. (data or part or "")
    return #got >= least
  end, seconds)
  return got
end

function server.publish(topic, payload, qos, id)
  local body = string.char(0, #topic) .. topic .. (qos and qos > 0 and string.char(0, id) or "") .. payload
  assert(#body < 16384)
  local length = #body < 128 and string.char(#body) or string.char(#body % 128 + 128, math.floor(#body / 128))
  return string.char(48 + (qos or 0) * 2) .. length .. body
end

return server
