-- A `socket` module in memory, for both libraries under measurement, with a server behind it that answers CONNECT, SUBSCRIBE and what QoS 1 and 2 ask for.
-- `version` 5 makes it speak MQTT 5.0. What is received stands in strings, which are all made beforehand: the server leaves no garbage. Costs the same few steps for whoever calls it.

local network = { inbound = "", at = 1, sent = 0, settled = 0 }

local identifiers = 3000
local puback, pubrec, pubcomp, suback, suback5 = {}, {}, {}, {}, {}
for id = 1, identifiers do
  local bytes = string.char(math.floor(id / 256), id % 256)
  puback[id], pubrec[id], pubcomp[id], suback[id] = "\64\2" .. bytes, "\80\2" .. bytes, "\112\2" .. bytes, "\144\3" .. bytes .. "\2"
  suback5[id] = "\144\4" .. bytes .. "\0\2"
end

-- PUBREL to a client that has received the one message of QoS 2 of this server.
local pubrel = "\98\2\0\7"
local byte = string.byte

local function answer(text)
  network.inbound, network.at = text, 1
end

local function identifierAt(data, at)
  local high, low = byte(data, at, at + 1)
  return high * 256 + low
end

-- What the server says to the packet at `at`, which is shorter than 130 bytes.
local function take(data, at)
  local first = byte(data, at)
  if first == 0x10 then answer(network.version == 5 and "\32\3\0\0\0" or "\32\2\0\0")
  elseif first == 0x82 then answer((network.version == 5 and suback5 or suback)[identifierAt(data, at + 2)])
  elseif first == 0x50 then answer(pubrel)
  elseif first == 0x62 then answer(pubcomp[identifierAt(data, at + 2)])
  elseif first == 0x40 or first == 0x70 then network.settled = network.settled + 1
  elseif first == 0x32 then answer(puback[identifierAt(data, at + 4 + byte(data, at + 3))])
  elseif first == 0x34 then answer(pubrec[identifierAt(data, at + 4 + byte(data, at + 3))])
  end
end

local Tcp = {}
Tcp.__index = Tcp

function Tcp:settimeout() return 1 end
function Tcp:setoption() return 1 end
function Tcp:connect() return 1 end
function Tcp:getpeername() return "127.0.0.1" end
function Tcp:close() return 1 end
function Tcp:shutdown() return 1 end

function Tcp:send(data, i)
  local at = i or 1
  -- A PUBLISH of QoS 0 is not answered.
  while byte(data, at) ~= 0x30 and at < #data do
    take(data, at)
    at = at + 2 + byte(data, at + 1)
  end
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

network.deliver = answer

return network
