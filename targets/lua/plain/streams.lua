-- The functions of streams.ts. See ../bytes.lua for the rules of such a file.

local floor = math.floor

local function loadSocket()
  return require("socket")
end

-- LuaSocket 2 has no list: it tries what it finds first.
local function addressesOf(socket, host)
  local find = socket.dns and socket.dns.getaddrinfo
  if not find then return { host } end
  local addresses = {}
  for n, found in ipairs(find(host) or addresses) do addresses[n] = found.addr end
  return addresses
end

-- LuaSocket takes the port as text, which must not be "1883.0"; and the socket is made when its family is known: before that it takes no options.
local function beginConnect(tcp, address, port)
  local _, why = tcp:connect(address, floor(port))
  tcp:setoption("tcp-nodelay", true)
  return not why or why == "timeout"
end

local function sendFrom(tcp, text, from)
  local last, why, upTo = tcp:send(text, from + 1)
  if last then return last end
  if why == "timeout" then return upTo end
  return -1
end

local function receiveSome(tcp, most)
  local data, why, part = tcp:receive(most)
  data = data or part
  if data == "" and why == "closed" then return nil end
  return data
end

local readingOne = {}
local writingOne = {}

local function waitFor(socket, reading, writing, seconds)
  readingOne[1], writingOne[1] = reading, writing
  if reading or writing then socket.select(readingOne, writingOne, seconds)
  else socket.sleep(seconds) end
end

-- The clock of the wall is all there is, and may be set back: then time goes on from where it was.
local lastSeconds = 0
local setBackBy = 0

local function milliseconds(socket)
  local seconds = socket.gettime() + setBackBy
  if seconds < lastSeconds then
    setBackBy = setBackBy + lastSeconds - seconds
    seconds = lastSeconds
  end
  lastSeconds = seconds
  return floor(seconds % 1073741.824 * 1000) % 1073741824
end

local function standardInput()
  io.stdin:setvbuf("no")
  io.stdout:setvbuf("no")
  return { getfd = function() return 0 end, dirty = function() return false end }
end

local function readByte()
  return io.read(1)
end

local function canRead(socket, input)
  return #socket.select({ input }, nil, 0) > 0
end

local function canWrite(socket, tcp)
  local _, ready = socket.select(nil, { tcp }, 0)
  return #ready > 0
end

local function writeOutput(text)
  io.write(text)
end
