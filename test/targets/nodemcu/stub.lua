-- NodeMCU's modules net, tmr, file, uart, node and bit as globals, over LuaSocket: what their documentation promises, and what it warns of.
--   net    one send in flight: `sent` fires when the peer's side has taken all of it; a second send before that loses its bytes, as the firmware
--          may; `receive` fires per frame of at most 1,460 bytes; close of a socket that is gone raises an error; an address is resolved within
--          `connect`, a name later
--   tmr    microseconds of 31 bits, begun shortly before they wrap; timers of at most 1:54:30.947; a handler stays in memory until its timer has fired once and
--          for all, or is unregistered
--   file   in the folder of NODEMCU_FILES; without it in memory
--   uart   only UART 0 receives: standard input and output
--   node   dsleep and restart end the process
-- Must not know: MQTT. Read first: docs/modules/{net,tmr,file,uart,node}.md of nodemcu-firmware.

local socket = require("socket")
bit = bit or (pcall(require, "bit") and require("bit")) or load([[
  -- A 5.3 build has 32-bit integers: results are signed, shifts wrap at 32 bits.
  local function int(x) x = x & 0xffffffff if x >= 0x80000000 then return x - 0x100000000 end return x end
  return {
    band = function(a, b) return int(a & b) end, bor = function(a, b) return int(a | b) end, bxor = function(a, b) return int(a ~ b) end,
    bnot = function(a) return int(~a) end, lshift = function(a, n) return int(a << n) end, rshift = function(a, n) return int((a & 0xffffffff) >> n) end,
  }]])()

local stub = { frame = 1460, sockets = {}, timers = {}, inputs = {}, isOver = false, fault = {} }

local epoch = socket.gettime()
-- Shortly before the counter's end, so that every test lives through its wrap.
local microsecondsAtStart = 0x7fffffff - 700000

local function elapsedUs() return math.floor((socket.gettime() - epoch) * 1000000) end

-- tmr -------------------------------------------------------------------------------------------------------------------------------------

tmr = { ALARM_SINGLE = 0, ALARM_SEMI = 1, ALARM_AUTO = 2 }

function tmr.now() return (microsecondsAtStart + elapsedUs()) % 0x80000000 end
function tmr.time() return math.floor(socket.gettime() - epoch) end

local Timer = {}
Timer.__index = Timer

function tmr.create() return setmetatable({ isRunning = false }, Timer) end

-- As the firmware's registry holds them.
local timerHandlers = {}

function Timer:register(ms, mode, handler)
  assert(type(ms) == "number" and ms >= 1 and ms <= 6870947 and ms % 1 == 0, "invalid interval: " .. tostring(ms))
  assert(mode == 0 or mode == 1 or mode == 2, "invalid mode")
  self.ms, self.mode, self.handler = ms, mode, assert(handler)
  self.key = self.key or {}
  timerHandlers[self.key] = handler
end

function Timer:start()
  if not self.handler then return false end
  self.isRunning = true
  self.dueUs = elapsedUs() + self.ms * 1000
  stub.timers[self] = true
  return true
end

function Timer:alarm(ms, mode, handler)
  self:register(ms, mode, handler)
  return self:start()
end

function Timer:stop()
  local was = self.isRunning
  self.isRunning = false
  stub.timers[self] = nil
  return was
end

function Timer:unregister()
  self:stop()
  self.handler = nil
  if self.key then timerHandlers[self.key] = nil end
end
function Timer:interval(ms) self.ms = ms end
function Timer:state() if self.handler then return self.isRunning, self.mode end end

local function fireTimers()
  local now = elapsedUs()
  for timer in pairs(stub.timers) do
    if timer.isRunning and timer.dueUs <= now then
      if timer.mode == tmr.ALARM_AUTO then timer.dueUs = now + timer.ms * 1000
      else timer:stop() end
      local handler = timer.handler
      if timer.mode == tmr.ALARM_SINGLE then timer:unregister() end
      handler(timer)
      return true
    end
  end
  return false
end

local function secondsToTimer()
  local least = 0.2
  for timer in pairs(stub.timers) do
    local left = (timer.dueUs - elapsedUs()) / 1000000
    if left < least then least = left end
  end
  return least < 0 and 0 or least
end

-- net -------------------------------------------------------------------------------------------------------------------------------------

net = { TCP = 1, UDP = 2 }

local Socket = {}
Socket.__index = Socket
local socketEvents = { connection = true, reconnection = true, disconnection = true, receive = true, sent = true, dns = true }

function net.createConnection() return setmetatable({ handlers = {}, state = "new", isHeld = false }, Socket) end

function Socket:on(event, handler)
  assert(socketEvents[event], "invalid callback name")
  assert(handler == nil or type(handler) == "function", "invalid callback function")
  self.handlers[event] = handler
end

function Socket:call(event, ...)
  local handler = self.handlers[event]
  if handler then handler(self, ...) end
end

local function isAddress(host) return host:match("^%d+%.%d+%.%d+%.%d+$") ~= nil end

function Socket:connect(port, host)
  assert(self.state == "new", "already connected")
  assert(type(port) == "number" and port > 0, "specify port")
  self.state, self.port, self.host = "resolving", port, host
  stub.sockets[self] = true
  if stub.fault.noNetwork then
    self:forget()
    error("routing problem")
  end
  if isAddress(host) then self:resolved(host) end
end

function Socket:resolved(address)
  self:call("dns", address)
  if self.state ~= "resolving" then return end
  if not address then return self:fail(-1) end
  self.tcp = socket.tcp()
  self.tcp:settimeout(0)
  self.tcp:setoption("tcp-nodelay", true)
  self.state = "connecting"
  self.tcp:connect(address, self.port)
end

function Socket:forget()
  if self.tcp then self.tcp:close() end
  self.tcp, self.state, self.unsent = nil, "gone", nil
  stub.sockets[self] = nil
end

function Socket:fail(code)
  self:forget()
  if code ~= 0 and self.handlers.reconnection then self:call("reconnection", code) else self:call("disconnection", code) end
end

function Socket:send(data, handler)
  if handler then self:on("sent", handler) end
  assert(type(data) == "string" and #data > 0, "no data to send")
  if self.state ~= "up" then error("not connected") end
  if stub.fault.noMemory then error("out of memory") end
  if self.unsent then
    io.stderr:write("nodemcu stub: a second send before `sent`: its bytes are lost\n")
    stub.isOver = true
    return
  end
  self.unsent = data
end

function Socket:close()
  if self.state == "gone" or self.state == "new" then error("not connected") end
  -- TCP still delivers what was written.
  if self.unsent and self.tcp then
    self.tcp:settimeout(1)
    self.tcp:send(self.unsent)
  end
  self:forget()
end

function Socket:hold() self.isHeld = true end
function Socket:unhold() self.isHeld = false end
function Socket:getpeer() if self.state == "up" then return self.port, self.host end end
function Socket:ttl() return 255 end

function Socket:receive()
  local data, why, part = self.tcp:receive(stub.frame)
  data = data or part
  if data and #data > 0 then self:call("receive", data) end
  if why == "closed" and self.state == "up" then self:fail(0)
  elseif why ~= nil and why ~= "timeout" and why ~= "closed" and self.state == "up" then self:fail(-14) end
end

function Socket:write()
  if self.state == "connecting" then
    -- Writable: connected, or refused.
    if self.tcp:getpeername() then
      self.state = "up"
      self:call("connection")
    else self:fail(-12) end
  elseif self.unsent then
    local sent, why, upTo = self.tcp:send(self.unsent)
    sent = sent or upTo or 0
    self.unsent = self.unsent:sub(sent + 1)
    if self.unsent == "" then
      self.unsent = nil
      self:call("sent")
    elseif why == "closed" then self:fail(-14) end
  end
end

-- file ------------------------------------------------------------------------------------------------------------------------------------

file = {}
local folder = os.getenv("NODEMCU_FILES")
local memory = {}

local function readWhole(name)
  if not folder then return memory[name] end
  local f = io.open(folder .. "/" .. name, "rb")
  if not f then return nil end
  local text = f:read("*a")
  f:close()
  return text
end

local function writeWhole(name, text)
  if not folder then memory[name] = text return end
  local f = assert(io.open(folder .. "/" .. name, "wb"))
  f:write(text)
  f:close()
end

local File = {}
File.__index = File

function file.open(name, mode)
  assert(#name <= 31, "filename too long")
  mode = mode or "r"
  local text = readWhole(name)
  if mode:sub(1, 1) == "r" and not text then return nil end
  if mode:sub(1, 1) == "w" then text = "" end
  return setmetatable({ name = name, text = text or "", at = mode:sub(1, 1) == "a" and #(text or "") or 0, mode = mode }, File)
end

function File:read(count)
  count = count or 1024
  if self.at >= #self.text then return nil end
  local text = self.text:sub(self.at + 1, self.at + count)
  self.at = self.at + #text
  return text
end

function File:write(text)
  if stub.fault.fileFull then return nil end
  self.text = self.text:sub(1, self.at) .. text .. self.text:sub(self.at + #text + 1)
  self.at = self.at + #text
  return true
end

function File:seek(whence, offset)
  self.at = (whence == "set" and 0 or whence == "end" and #self.text or self.at) + (offset or 0)
  return self.at
end

function File:flush() writeWhole(self.name, self.text) end
function File:close() if self.mode ~= "r" then self:flush() end end
function file.exists(name) return readWhole(name) ~= nil end
function file.getcontents(name) return readWhole(name) end
function file.putcontents(name, text) writeWhole(name, text) return true end
function file.remove(name)
  if folder then os.remove(folder .. "/" .. name) else memory[name] = nil end
end

function file.rename(from, to)
  local text = readWhole(from)
  if not text or readWhole(to) then return false end
  assert(#to <= 31, "filename too long")
  writeWhole(to, text)
  file.remove(from)
  return true
end

-- The board around them: pins that hold what is written, a Wi-Fi that is there at once.
gpio = { OUTPUT = 1, INPUT = 0, PULLUP = 1, LOW = 0, HIGH = 1, mode = function() end, write = function() end, read = function() return 1 end }
adc = { read = function() return 512 end }
wifi = { STATION = 1, setmode = function() end, eventmon = { STA_GOT_IP = 3 }, sta = {} }
local gotAddress
function wifi.eventmon.register(_, handler) gotAddress = handler end
function wifi.sta.config() tmr.create():alarm(50, tmr.ALARM_SINGLE, function() gotAddress({ IP = "127.0.0.1" }) end) end

-- uart and node ---------------------------------------------------------------------------------------------------------------------------

uart = { PARITY_NONE = 0, PARITY_EVEN = 1, PARITY_ODD = 2, STOPBITS_1 = 1, STOPBITS_1_5 = 2, STOPBITS_2 = 3 }
local uartHandler

function uart.setup(_, baud) return baud end

function uart.on(event, count, handler, toInterpreter)
  assert(event == "data", "invalid event")
  uartHandler = handler
  if handler then
    assert(count == 0, "the stub knows only count 0: every character")
    assert(toInterpreter == 0, "binary data must not go to the interpreter")
    stub.watch(uartHandler)
  else stub.inputs[0] = nil end
end

function uart.write(id, ...)
  assert(id == 0 or id == 1, "invalid id")
  for _, data in ipairs({ ... }) do io.write(type(data) == "number" and string.char(data) or data) end
  io.flush()
end

node = { LFS = {} }
function node.dsleep(us) io.stderr:write("dsleep " .. tostring(us) .. "\n") stub.isOver = true end
function node.restart() stub.isOver = true end
function node.chipid() return 1193046 end
function node.heap() return 40000 end

-- The event loop --------------------------------------------------------------------------------------------------------------------------

-- Standard input, byte by byte as it comes; `handler(text)`, nil at its end. One reader only.
function stub.watch(handler)
  io.stdin:setvbuf("no")
  io.stdout:setvbuf("no")
  stub.inputs[0] = { getfd = function() return 0 end, dirty = function() return false end, take = function() handler(io.read(1)) end }
end

function stub.step(patience)
  for one in pairs(stub.sockets) do
    if one.state == "resolving" then
      local address = socket.dns.toip(one.host)
      one:resolved(address)
      return
    end
  end
  if fireTimers() then return end
  local reading, writing, of = {}, {}, {}
  for one in pairs(stub.sockets) do
    if one.tcp then
      of[one.tcp] = one
      if one.state == "up" and not one.isHeld then reading[#reading + 1] = one.tcp end
      if one.state == "connecting" or one.unsent then writing[#writing + 1] = one.tcp end
    end
  end
  if stub.inputs[0] then reading[#reading + 1] = stub.inputs[0] end
  local wait = secondsToTimer()
  if patience and patience < wait then wait = patience end
  local readable, writable = socket.select(reading, writing, wait)
  for _, tcp in ipairs(writable) do
    local one = of[tcp]
    if one and one.tcp == tcp then one:write() end
  end
  for _, tcp in ipairs(readable) do
    if tcp == stub.inputs[0] then tcp.take()
    else
      local one = of[tcp]
      if one and one.tcp == tcp and one.state == "up" then one:receive() end
    end
  end
end

function stub.run()
  while not stub.isOver do stub.step() end
end

return stub
