-- The actor of the scenarios on the plain-Lua client over LuaSocket: reads commands as lines, writes events as lines. Arguments: the module under test,
-- and the version of MQTT where it is not 3.1.1.

local midge = dofile(arg[1])
local socket = require("socket")

local lines = dofile(arg[0]:match("^.*/") .. "lines.lua")
local fromHex, toHex, tell = lines.fromHex, lines.toHex, lines.tell

io.stdout:setvbuf("no")
io.stdin:setvbuf("no")

local client
local isOver, isLeaving = false, false
local topics = {}
local sum = 0

-- What MQTT 5.0 shows, and the stream: see README.md, the second table.
local isTelling, isAnswering = false, false
local heldAt, isHeld, given = -1, false, 0

local function inLua(name)
  if name == "userProperty" then return "user" end
  return (name:gsub("%u", function(letter) return "_" .. letter:lower() end))
end

-- An expiry is an option of publish.
local function propertiesOf(text)
  if text == nil then return nil end
  local list = {}
  for name, value in text:gmatch("(%w+)=([^,]+)") do
    if name == "userProperty" then
      list.user = list.user or {}
      local first, second = value:match("(.+):(.+)")
      list.user[#list.user + 1] = { fromHex(first), fromHex(second) }
    elseif name ~= "messageExpiryInterval" then list[inLua(name)] = tonumber(value:match("#(.+)")) or fromHex(value) end
  end
  return list
end

local numbers = { "payloadFormatIndicator", "messageExpiryInterval", "subscriptionIdentifier" }
local texts = { "contentType", "responseTopic", "correlationData" }

local function propertiesText()
  local all, words = client:properties(), {}
  for _, name in ipairs(numbers) do
    local value = all[inLua(name)]
    assert(value == client:property(inLua(name)))
    if value then words[#words + 1] = ("%s=#%d"):format(name, value) end
  end
  for _, name in ipairs(texts) do
    local value = client:property(inLua(name))
    assert(value == all[inLua(name)])
    if value then words[#words + 1] = name .. "=" .. toHex(value) end
  end
  for _, pair in ipairs(all.user or {}) do words[#words + 1] = "userProperty=" .. toHex(pair[1]) .. ":" .. toHex(pair[2]) end
  if all.user then assert(client:user_property(all.user[1][1]) == all.user[1][2] and client:property("user") == all.user[1][2]) end
  return #words > 0 and table.concat(words, ",") or "-"
end

local function tellWhy(reason)
  if isTelling and reason >= 128 then tell("why", toHex(client:property("reason_string"))) end
end

local function answer(payload)
  local topic = client:property("response_topic")
  if topic then client:publish(topic, payload, { qos = 1, properties = { correlation_data = client:property("correlation_data") } }) end
end

local function giveStream(offset, most)
  if offset == heldAt then
    heldAt = -1
    isHeld = true
    tell("held")
  end
  -- Till the stream begins again.
  if isHeld and offset > 0 then return "" end
  isHeld = false
  if heldAt > offset and heldAt < offset + most then most = heldAt - offset end
  local bytes = {}
  for n = offset, offset + most - 1 do bytes[#bytes + 1] = string.char((n * 7 + math.floor(n / 256)) % 256) end
  given = offset + most
  return table.concat(bytes)
end

local function optional(word) if word ~= "-" then return fromHex(word) end end

local commands = {
  connect = function(words)
    client = midge.client({
      host = fromHex(words[2]), port = tonumber(words[3]), id = fromHex(words[4]), clean = words[5] == "1", keep_alive = tonumber(words[6]),
      username = optional(words[7]), password = optional(words[8]), version = tonumber(arg[2]), properties = arg[2] == "5" and 512 or nil, receive = 512, outbox = 2048, retry_min_ms = 20, retry_max_ms = 500,
      will = words[9] ~= "-" and { topic = fromHex(words[9]), payload = fromHex(words[10]), qos = tonumber(words[11]), retain = words[12] == "1" } or nil,
    })
    client:on("connect", function(present) tell("connected", present and 1 or 0) end)
    client:on("disconnect", function(_, status, reason)
      if status == -42 then tell("refused", reason)
      elseif isLeaving then isLeaving = false tell("disconnected")
      else tell("lost", isTelling and reason or nil) end
      tellWhy(reason)
    end)
    client:on("message", function(topic, payload, qos, retain)
      if isTelling then tell("properties", propertiesText()) end
      if isAnswering then answer(payload) end
      tell("message", toHex(topic), toHex(payload), qos, retain and 1 or 0)
    end)
    client:on("chunk", function(topic, part, offset, total)
      if offset == 0 then sum = 0 end
      if isAnswering and (offset == 0 or offset + #part == total) then answer("part") end
      for at = 1, #part do sum = (sum + part:byte(at)) % 65536 end
      if offset + #part == total then tell("large", toHex(topic), total, sum) end
    end)
    client:on("published", function(handle) tell("published", topics[handle] or "-") end)
    client:on("dropped", function(handle, _, _, reason)
      tell("dropped", topics[handle] or "-", isTelling and reason or nil)
      tellWhy(reason)
    end)
    client:on("subscribed", function(filter, qos) tell("subscribed", toHex(filter), qos) end)
    client:on("refused", function(filter, code)
      tell("subscribed", toHex(filter), code)
      tellWhy(code)
    end)
    client:on("unsubscribed", function(filter) tell("unsubscribed", toHex(filter)) end)
    client:connect()
  end,
  publish = function(words)
    local handle = client:publish(fromHex(words[2]), fromHex(words[3]), { qos = tonumber(words[4]), retain = words[5] == "1", properties = propertiesOf(words[6]), expires = words[6] and tonumber(words[6]:match("messageExpiryInterval=#(%d+)")) })
    if handle == nil then tell("dropped", words[2])
    elseif handle == 0 then tell("published", words[2])
    else topics[handle] = words[2] end
  end,
  subscribe = function(words)
    if not client:subscribe(fromHex(words[2]), tonumber(words[3])) then tell("subscribed", words[2], 128) end
  end,
  unsubscribe = function(words) client:unsubscribe(fromHex(words[2])) end,
  stream = function(words)
    heldAt = tonumber(words[5])
    local handle = client:publish_stream(fromHex(words[2]), tonumber(words[3]), giveStream, { qos = tonumber(words[4]), properties = propertiesOf(words[6]) })
    if handle == nil then tell("dropped", words[2])
    elseif handle > 0 then topics[handle] = words[2] end
  end,
  abandon = function() client:cancel_stream() end,
  offset = function() tell("offset", given) end,
  properties = function() isTelling = true end,
  answer = function() isAnswering = true end,
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
