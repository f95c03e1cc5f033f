-- The actor of the scenarios on NodeMCU's mqtt module: reads commands as lines, writes events as lines. Arguments: the stub, the module under test.
-- The lines stand in test/targets/actor.ts.

local stub = dofile(arg[1])
local mqtt = dofile(arg[2])

local lines = dofile(arg[0]:match("^.*/") .. "../lua/lines.lua")
local fromHex, toHex, tell = lines.fromHex, lines.toHex, lines.tell

local client
local host, port
-- Topics of the publishes that are not acknowledged: by handle, and those of QoS 0 in their order.
local byHandle, unsent = {}, {}
local isLeaving = false
local sum, length = 0, 0

local function reconnect() client:connect(host, port, false) end

local function connect(words)

  host, port = fromHex(words[2]), tonumber(words[3])
  client = mqtt.Client(fromHex(words[4]), tonumber(words[6]), words[7] ~= "-" and fromHex(words[7]) or nil, words[8] ~= "-" and fromHex(words[8]) or nil,
    tonumber(words[5]), 512, { outbox = 2048, messages = 16, subscriptions = 8, filters = 512 })
  if words[9] ~= "-" then client:lwt(fromHex(words[9]), fromHex(words[10]), tonumber(words[11]), tonumber(words[12])) end
  client:on("connect", function(_, present) tell("connected", present and 1 or 0) end)
  client:on("connfail", function(_, code)
    if code > 0 then tell("refused", code) else tell("lost") end
    if not isLeaving then tmr.create():alarm(100, tmr.ALARM_SINGLE, reconnect) end
  end)
  client:on("offline", function()
    if isLeaving then tell("disconnected") isLeaving = false
    else
      tell("lost")
      tmr.create():alarm(100, tmr.ALARM_SINGLE, reconnect)
    end
  end)
  client:on("puback", function(_, handle)
    if handle ~= 0 then
      tell("published", byHandle[handle] or "-")
      byHandle[handle] = nil
    else tell("published", table.remove(unsent, 1) or "-") end
  end)
  client:on("drop", function(_, handle)
    if handle ~= 0 then
      tell("dropped", byHandle[handle] or "-")
      byHandle[handle] = nil
    else tell("dropped", table.remove(unsent, 1) or "-") end
  end)
  client:on("suback", function(_, filter, code) tell("subscribed", toHex(filter), code) end)
  client:on("subfail", function(_, filter, code) tell("subscribed", toHex(filter), code) end)
  client:on("unsuback", function(_, filter) tell("unsubscribed", toHex(filter)) end)
  client:on("message", function(_, topic, data, flags)
    tell("message", toHex(topic), toHex(data), math.floor(flags % 8 / 2), flags % 2)
  end)
  client:on("stream", function(_, topic, part, offset, total)
    if offset == 0 then sum, length = 0, 0 end
    for at = 1, #part do sum = (sum + part:byte(at)) % 65536 end
    length = length + #part
    if length == total then tell("large", toHex(topic), length, sum) end
  end)
  reconnect()
end

local commands = {
  connect = connect,
  publish = function(words)
    local qos = tonumber(words[4])
    if qos == 0 then unsent[#unsent + 1] = words[2] end
    local isAccepted, handle = client:publish(fromHex(words[2]), fromHex(words[3]), qos, tonumber(words[5]))
    if not isAccepted then
      if qos == 0 then table.remove(unsent) end
      tell("dropped", words[2])
    elseif qos > 0 then byHandle[handle] = words[2] end
  end,
  subscribe = function(words)
    if not client:subscribe(fromHex(words[2]), tonumber(words[3])) then tell("subscribed", words[2], 128) end
  end,
  unsubscribe = function(words) client:unsubscribe(fromHex(words[2])) end,
  disconnect = function()
    isLeaving = true
    client:close(true)
  end,
  quit = function() stub.isOver = true end,
}

local line = ""
stub.watch(function(character)
  if character == nil then
    stub.isOver = true
  elseif character ~= "\n" then
    line = line .. character
  else
    local words = {}
    for word in line:gmatch("%S+") do words[#words + 1] = word end
    line = ""
    local isFine, why = pcall(assert(commands[words[1]], "unknown command " .. tostring(words[1])), words)
    if not isFine then tell("error", toHex(tostring(why))) end
  end
end)
tell("ready")
stub.run()
