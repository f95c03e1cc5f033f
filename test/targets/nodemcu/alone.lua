-- A conversation of NodeMCU's client with a server that this file plays, needing nothing but Lua: for an executable of NodeMCU's own Lua on a computer, which
-- has no sockets. `module` is a function that gives the client. Prints what happens.

bit = bit or (pcall(require, "bit") and require("bit")) or load([[
  local function int(x) x = x & 0xffffffff if x >= 0x80000000 then return x - 0x100000000 end return x end
  return {
    band = function(a, b) return int(a & b) end, bor = function(a, b) return int(a | b) end, bxor = function(a, b) return int(a ~ b) end,
    bnot = function(a) return int(~a) end, lshift = function(a, n) return int(a << n) end, rshift = function(a, n) return int((a & 0xffffffff) >> n) end,
  }]])()

local queue = {}
local function later(call) queue[#queue + 1] = call end

local us = 0
tmr = { ALARM_SINGLE = 0, now = function() us = (us + 7) % 2147483647 return us end }
function tmr.create()
  return { alarm = function() return true end, unregister = function() end }
end
uart = {}
file = { open = function() end, remove = function() end }

local function answer(data)
  local kind = (data:byte(1) - data:byte(1) % 16) / 16
  if kind == 1 then return "\32\2\0\0" end
  if kind == 8 then return "\144\3" .. data:sub(3, 4) .. "\2" .. "\52\7\0\1b\0\9hi" end
  if kind == 3 then
    local qos = (data:byte(1) - data:byte(1) % 2) / 2 % 4
    local id = data:sub(5 + data:byte(4), 6 + data:byte(4))
    if qos == 1 then return "\64\2" .. id elseif qos == 2 then return "\80\2" .. id end
  elseif kind == 5 then return "\98\2" .. data:sub(3, 4)
  elseif kind == 6 then return "\112\2" .. data:sub(3, 4)
  elseif kind == 14 then return nil, true end
  return ""
end

-- Two short messages at every split: what takes them as strings must see where they end.
local pair = "\48\6\0\1bsun" .. "\49\7\0\1bmoon"
local suns, moons = 0, 0

local function deliverAtEverySplit(receive)
  for cut = 1, #pair - 1 do
    receive(pair:sub(1, cut))
    receive(pair:sub(cut + 1))
  end
  receive(pair .. pair)
end

net = {}
function net.createConnection()
  local handlers = {}
  local socket = {}
  function socket.on(_, event, handler) handlers[event] = handler end
  function socket.connect() later(function() handlers.connection(socket) end) end
  function socket.send(_, data)
    later(function()
      handlers.sent(socket)
      -- More than one packet may be in a send.
      while #data > 0 do
        local size = data:byte(2) + 2
        local reply, isOver = answer(data:sub(1, size))
        data = data:sub(size + 1)
        if isOver then handlers.disconnection(socket, 0)
        -- Byte by byte, and then some at once.
        elseif #reply > 4 then
          for at = 1, 3 do handlers.receive(socket, reply:sub(at, at)) end
          handlers.receive(socket, reply:sub(4))
        elseif #reply > 0 then handlers.receive(socket, reply)
        -- PUBCOMP: nothing of QoS 1 or 2 is under way inward any more.
        elseif reply == "" and size == 4 then deliverAtEverySplit(function(part) handlers.receive(socket, part) end) end
      end
    end)
  end
  function socket.close() end
  function socket.hold() end
  function socket.unhold() end
  return socket
end

local mqtt = module()
local client = mqtt.Client("alone", 60)
client:on("message", function(_, topic, data, flags)
  if topic == "b" and data == "sun" and flags == 0 then suns = suns + 1
  elseif topic == "b" and data == "moon" and flags == 1 then moons = moons + 1
  else print("message " .. topic .. " " .. tostring(data)) end
  if suns + moons == 36 then client:close() end
end)
client:on("offline", function() print("offline") end)
client:connect("10.0.0.1", 1883, false, function()
  print("connected")
  client:subscribe("b", 2, function() print("subscribed") end)
  client:publish("a", "zero", 0, 0, function(_, handle) print("published " .. (handle > 0 and "with" or "without") .. " a handle") end)
  client:publish("a", "one", 1, 0)
  client:publish("a", "two", 2, 0)
end, function(_, reason) print("failed " .. reason) end)
while #queue > 0 do table.remove(queue, 1)() end
print("suns " .. suns .. ", moons " .. moons)
