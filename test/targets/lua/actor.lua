-- The actor of the scenarios on the plain-Lua client over LuaSocket: reads commands as lines, writes events as lines. Arguments: the module under test,
-- and the version of MQTT where it is not 3.1.1.

local midge = dofile(arg[1])
local socket = require("socket")

local function fromHex(text)
  if text == "-" then return "" end
  return (text:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

local function toHex(text)
  if text == nil or text == "" then return "-" end
  return (text:gsub(".", function(character) return ("%02x"):format(character:byte()) end))
end

local function tell(...) io.write(table.concat({ ... }, " "), "\n") end

io.stdout:setvbuf("no")
io.stdin:setvbuf("no")

local client
local isOver, isLeaving = false, false
local topics = {}
local sum = 0

local function optional(word) if word ~= "-" then return fromHex(word) end end

local commands = {
  connect = function(words)
    client = midge.client({
      host = fromHex(words[2]), port = tonumber(words[3]), id = fromHex(words[4]), clean = words[5] == "1", keep_alive = tonumber(words[6]),
      username = optional(words[7]), password = optional(words[8]), version = tonumber(arg[2]), receive = 512, outbox = 2048, retry_min_ms = 20, retry_max_ms = 500,
      will = words[9] ~= "-" and { topic = fromHex(words[9]), payload = fromHex(words[10]), qos = tonumber(words[11]), retain = words[12] == "1" } or nil,
    })
    client:on("connect", function(present) tell("connected", present and 1 or 0) end)
    client:on("disconnect", function(_, status, reason)
      if status == -42 then tell("refused", reason)
      elseif isLeaving then isLeaving = false tell("disconnected")
      else tell("lost") end
    end)
    client:on("message", function(topic, payload, qos, retain) tell("message", toHex(topic), toHex(payload), qos, retain and 1 or 0) end)
    client:on("chunk", function(topic, part, offset, total)
      if offset == 0 then sum = 0 end
      for at = 1, #part do sum = (sum + part:byte(at)) % 65536 end
      if offset + #part == total then tell("large", toHex(topic), total, sum) end
    end)
    client:on("published", function(handle) tell("published", topics[handle] or "-") end)
    client:on("dropped", function(handle) tell("dropped", topics[handle] or "-") end)
    client:on("subscribed", function(filter, qos) tell("subscribed", toHex(filter), qos) end)
    client:on("refused", function(filter, code) tell("subscribed", toHex(filter), code) end)
    client:on("unsubscribed", function(filter) tell("unsubscribed", toHex(filter)) end)
    client:connect()
  end,
  publish = function(words)
    local handle = client:publish(fromHex(words[2]), fromHex(words[3]), { qos = tonumber(words[4]), retain = words[5] == "1" })
    if handle == nil then tell("dropped", words[2])
    elseif handle == 0 then tell("published", words[2])
    else topics[handle] = words[2] end
  end,
  subscribe = function(words)
    if not client:subscribe(fromHex(words[2]), tonumber(words[3])) then tell("subscribed", words[2], 128) end
  end,
  unsubscribe = function(words) client:unsubscribe(fromHex(words[2])) end,
  disconnect = function() isLeaving = true client:close() end,
  quit = function() isOver = true end,
}

local input = { getfd = function() return 0 end, dirty = function() return false end }
local line = ""

local function readCommands()
  while #socket.select({ input }, nil, client and 0 or 0.05) > 0 do
    local character = io.read(1)
    if character == nil then isOver = true return end
    if character == "\n" then
      local words = {}
      for word in line:gmatch("%S+") do words[#words + 1] = word end
      line = ""
      local isFine, why = pcall(assert(commands[words[1]], "unknown command " .. tostring(words[1])), words)
      if not isFine then tell("error", toHex(tostring(why))) end
    else line = line .. character end
  end
end

tell("ready")
while not isOver do
  readCommands()
  if client then client:step(0.005) end
end
if client then client:close() client:step(0.1) end
