-- Plays the same to two clients, one of which never takes the short way, and prints what differs. Arguments: the module, one that knows no short way, and a
-- file that calls `play(command, …)`; see lua-short.test.ts for the commands.

pcall(require, "bit")
-- Whose turn it is, and the time, which is the same for both.
local turn, clock = nil, 0
local Tcp = {}
Tcp.__index = Tcp
function Tcp:settimeout() end
function Tcp:setoption() end
function Tcp:connect() end
function Tcp:getpeername() return "127.0.0.1" end
function Tcp:close() self.isCut = true end

function Tcp:send(data, from)
  if self.isCut then return nil, "closed", 0 end
  local to = #data
  if self.most and to - from + 1 > self.most then to = from + self.most - 1 end
  self.written = self.written .. data:sub(from, to)
  if to < #data then return nil, "timeout", to end
  return to
end

function Tcp:receive(count)
  local data = self.inbound:sub(1, count)
  self.inbound = self.inbound:sub(count + 1)
  if data == "" then return nil, self.isCut and "closed" or "timeout", "" end
  return nil, "timeout", data
end

package.loaded["socket"] = {
  tcp = function()
    turn.tcp, turn.read, turn.owed = setmetatable({ inbound = "", written = "" }, Tcp), 0, {}
    return turn.tcp
  end,
  select = function(reading, writing) return reading or {}, writing or {} end,
  gettime = function() return clock end,
  sleep = function() end,
}

local function hex(text) return (text:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end

local function side(path)
  return { module = dofile(path), log = {}, kinds = {}, whole = "" }
end

local sides = { side(arg[1]), side(arg[2]) }
local options

local function note(s, ...)
  local words = { ... }
  for n = 1, select("#", ...) do words[n] = tostring(words[n]) end
  s.log[#s.log + 1] = table.concat(words, " ")
end

-- The packets that were written since, and what a server owes for them.
local function look(s)
  local data = s.tcp.written
  while #data - s.read >= 2 do
    local at = s.read + 1
    local first, low, high = data:byte(at, at + 2)
    local size, body = 2 + low, at + 2
    if low > 127 then size, body = 3 + low - 128 + high * 128, at + 3 end
    if #data < s.read + size then return end
    local kind = math.floor(first / 16)
    local qos = math.floor(first / 2) % 4
    local idAt = kind == 3 and body + 2 + data:byte(body) * 256 + data:byte(body + 1) or body
    local answer = kind == 3 and ({ [0] = false, "\64\2", "\80\2" })[qos] or ({ [5] = "\98\2", [6] = "\112\2" })[kind]
    local packet = data:sub(at, at + size - 1)
    local list = kind == 3 and 3 or kind
    s.kinds[list] = (s.kinds[list] or "") .. hex(packet) .. " "
    s.whole = s.whole .. hex(packet) .. " "
    -- CONNECT.
    if kind == 1 then s.tcp.inbound = s.tcp.inbound .. s.connack end
    if answer then s.owed[#s.owed + 1] = answer .. data:sub(idAt, idAt + 1) end
    s.read = s.read + size
  end
end

local function steps(s)
  for _ = 1, 8 do
    clock = clock + 0.01
    local isFine, why = pcall(s.client.step, s.client, 0)
    if not isFine then note(s, "error", (tostring(why):gsub("^.*: ", ""))) end
    look(s)
  end
end

local function open(s, session, connack)
  local fields = {}
  for name, value in pairs(options) do fields[name] = value end
  fields.session = session
  s.client = s.module.client(fields)
  -- Where a message is divided depends on what else was in the receive buffer.
  local parts = ""
  s.client:on("chunk", function(topic, part, offset, total, handle)
    parts = (offset == 0 and "" or parts) .. part
    if #parts == total then note(s, "chunks", hex(topic), hex(parts), handle) end
  end)
  for _, event in ipairs({ "connect", "disconnect", "published", "dropped" }) do
    s.client:on(event, function(...)
      -- A QoS 0 message whose end the link did not take: the core's way takes it to have left.
      if event ~= "dropped" or (...) ~= 0 or select(3, ...) ~= -60 then note(s, event, ...) end
    end)
  end
  s.client:on("message", function(topic, payload, qos, retain, handle)
    note(s, "message", hex(topic), hex(payload), qos, retain, handle)
    if payload:sub(1, 5) == "reply" then note(s, "replied", s.client:publish("reply", payload, { qos = tonumber(payload:sub(6, 6)) })) end
    if payload:sub(1, 4) == "save" then s.saved = s.client:session() end
    if payload:sub(1, 4) == "fail" then error("handler", 0) end
    if payload:sub(1, 3) == "ack" then note(s, "acknowledged", s.client:acknowledge(handle)) end
  end)
  s.connack = connack
  s.client:connect()
end

local commands = {}

function commands.start(s, given)
  options = given
  open(s, nil, "\32\2\0\0")
end

function commands.publish(s, topic, payload, how) note(s, "returned", s.client:publish(topic, payload, how)) end
function commands.data(s, data) s.tcp.inbound = s.tcp.inbound .. data end
function commands.slow(s, most) s.tcp.most = most end

-- The given ones of the answers that both are owed, in one piece or two.
function commands.answer(s, from, count, cut)
  table.sort(s.owed)
  local text = ""
  for _ = 1, count do text = text .. (table.remove(s.owed, from <= #s.owed and from or 1) or "") end
  s.tcp.inbound = s.tcp.inbound .. text:sub(1, #text - cut)
  steps(s)
  if cut > 0 and text ~= "" then s.tcp.inbound = s.tcp.inbound .. text:sub(#text - cut + 1) end
end

function commands.cut(s, isPresent)
  s.tcp.isCut = true
  s.connack = isPresent and "\32\2\1\0" or "\32\2\0\0"
end

-- A session saved now, or by a handler before, in a client of its own.
function commands.reboot(s, isOld)
  if isOld and not s.saved then return end
  local session = isOld and s.saved or s.client:session()
  s.saved = nil
  open(s, session, "\32\2\1\0")
end

function play(name, ...)
  local began = clock
  for _, s in ipairs(sides) do
    turn, clock = s, began
    commands[name](s, ...)
    steps(s)
  end
end

dofile(arg[3])

local function differs(what, a, b)
  if a ~= b then print(what .. "\n  short " .. tostring(a) .. "\n  long  " .. tostring(b)) end
end
local short, long = sides[1], sides[2]
differs("log", table.concat(short.log, "\n        "), table.concat(long.log, "\n        "))
for kind = 1, 15 do differs("packets of type " .. kind, short.kinds[kind], long.kinds[kind]) end
if isStrict then differs("all packets", short.whole, long.whole) end
print("passed " .. (shortSent or 0) .. " " .. (shortAnswered or 0))
