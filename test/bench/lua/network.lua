-- A `socket` module in memory, for both libraries under measurement: what is sent vanishes, what is received stands in a string. It answers CONNECT.
-- Costs the same few steps for whoever calls it.

local network = { inbound = "", at = 1, sent = 0 }

local Tcp = {}
Tcp.__index = Tcp

function Tcp:settimeout() return 1 end
function Tcp:setoption() return 1 end
function Tcp:connect() return 1 end
function Tcp:getpeername() return "127.0.0.1" end
function Tcp:close() return 1 end
function Tcp:shutdown() return 1 end

function Tcp:send(data, i)
  if data:byte(i or 1) == 0x10 then network.inbound, network.at = "\32\2\0\0", 1 end
  network.sent = network.sent + #data
  return #data
end

function Tcp:receive(count)
  local from = network.at
  local left = #network.inbound - from + 1
  if left <= 0 then return nil, "timeout", "" end
  network.at = from + (count < left and count or left)
  if count > left then return nil, "timeout", network.inbound:sub(from) end
  return network.inbound:sub(from, from + count - 1)
end

local clock = 0
local none = {}

package.loaded["socket"] = {
  tcp = function() return setmetatable({}, Tcp) end,
  connect = function() return setmetatable({}, Tcp) end,
  select = function(reading, writing) return reading or none, writing or none end,
  gettime = function() clock = clock + 0.000001 return clock end,
  sleep = function() end,
}

function network.deliver(packet)
  network.inbound, network.at = packet, 1
end

return network
