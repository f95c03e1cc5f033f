-- What the plain-Lua client does where programs, servers, clocks and names go wrong. Arguments: the module under test, the name of a case; prints `ok`.

pcall(require, "bit")
local here = arg[0]:gsub("plain%-cases%.lua$", "")
local socket = require("socket")
local gettime = socket.gettime
local server = dofile(here .. "plain-server.lua")

-- What the clock is wrong by, for the client.
local shift = 0
socket.gettime = function() return gettime() + shift end
local midge = dofile(arg[1])

local client
local told = {}

-- A client that writes down what it is told.
local function make(options)
  options.host, options.port, options.id = options.host or "127.0.0.1", server.port, "case"
  options.retry_min_ms, options.retry_max_ms = options.retry_min_ms or 20, options.retry_max_ms or 40
  client = midge.client(options)
  for _, event in ipairs({ "connect", "disconnect", "published", "dropped", "subscribed", "refused", "unsubscribed", "message" }) do
    client:on(event, function(...)
      local words = { event }
      for n = 1, select("#", ...) do words[#words + 1] = tostring((select(n, ...))) end
      while words[#words] == "nil" do words[#words] = nil end
      told[#told + 1] = table.concat(words, " ")
    end)
  end
  return client
end

-- Errors that handlers raise are the program's.
local raised = {}
function server.step()
  local ok, why = pcall(client.step, client, 0.01)
  if not ok then raised[#raised + 1] = tostring(why) end
end

local function hears(text)
  return function()
    for _, line in ipairs(told) do if line == text then return true end end
    return false
  end
end

local function expectTold(text, seconds)
  assert(server.spin(hears(text), seconds), "'" .. text .. "' was not told, but: " .. table.concat(told, "; "))
end

local function equal(found, wanted)
  assert(found == wanted, ("%s instead of %s"):format(tostring(found), tostring(wanted)))
end

local cases = {}

function cases.closed()
  make({})
  client:connect()
  server.accept()
  expectTold("connect false")
  client:close()
  local waits = 0
  local select, sleep = socket.select, socket.sleep
  socket.select = function(reading, writing, seconds) if seconds > 0 then waits = waits + 1 end return select(reading, writing, 0) end
  socket.sleep = function() waits = waits + 1 end
  client:run()
  equal(client:step(10), false)
  equal(waits, 0)
  socket.select, socket.sleep = select, sleep
end

function cases.filters()
  make({})
  client:subscribe("a/b", 1)
  client:connect()
  -- The server loses the session each time.
  for n = 1, 3 do
    local peer = server.accept()
    local id = server.receive(peer, 10):sub(4, 4)
    told = {}
    peer:send("\144\3\0" .. id .. (n < 3 and "\1" or "\128"))
    expectTold(n < 3 and "subscribed a/b 1" or "refused a/b 128")
    if n == 3 then
      client:subscribe("c", 0)
      id = server.receive(peer, 8):sub(4, 4)
      peer:send("\144\3\0" .. id .. "\0")
      expectTold("subscribed c 0")
      client:unsubscribe("c")
      id = server.receive(peer, 7):sub(4, 4)
      peer:send("\176\2\0" .. id)
      expectTold("unsubscribed c 0")
    end
    peer:close()
  end
end

cases["filters of a session"] = function()
  make({ clean = false })
  client:subscribe("one", 1)
  client:subscribe("other", 0)
  make({ clean = false, session = client:session() })
  client:connect()
  local peer = server.accept()
  local requests = server.receive(peer, 18)
  peer:send("\144\3\0" .. requests:sub(4, 4) .. "\1\144\3\0" .. requests:sub(14, 14) .. "\128")
  expectTold("subscribed one 1")
  expectTold("refused other 128")
end

-- Each of these is refused with what it says here.
local wrongOptions = {
  { { will = { topic = "a", payload = "b", retain = 1 } }, "option 'will.retain' must be true or false" },
  { { will = "hello" }, "option 'will' must be a table" },
  { { will = {} }, "option 'will.topic' must be a string" },
  { { will = { topic = "a/#", payload = "b" } }, "option 'will.topic' must be a topic" },
  { { will = { topic = "", payload = "b" } }, "option 'will.topic' must be a topic" },
  { { will = { topic = "a", payload = "b", qos = 1.5 } }, "option 'will.qos' must be an integer" },
  { { will = { topic = "a", payload = "b", qos = 3 } }, "will's qos must be 0, 1 or 2" },
  { { keep_alive = 1.5 }, "option 'keep_alive' must be an integer" },
  { { receive = 100.5 }, "option 'receive' must be an integer" },
  { { outbox = 0 / 0 }, "option 'outbox' must be an integer" },
  { { control = 1e300 }, "option 'control' must be an integer" },
  { { seed = "1" }, "option 'seed' must be an integer" },
  { { port = 99999 }, "option 'port' must be 1 to 65535" },
  { { port = 0 }, "option 'port' must be 1 to 65535" },
  { { "a" }, "option '1' is unknown" },
}

cases["wrong options"] = function()
  for _, row in ipairs(wrongOptions) do
    local isMade, why = pcall(midge.client, row[1])
    assert(not isMade and why:find(row[2], 1, true), row[2] .. ", but: " .. tostring(why))
  end
  assert(midge.client({ seed = -5, port = 65535, will = { topic = "a/\195\182", payload = "", retain = false, qos = 2 } }))
end

local wrongCalls = {
  { function() client:subscribe(nil) end, "midge: subscribe: the filter must be a string" },
  { function() client:subscribe(5) end, "midge: subscribe: the filter must be a string" },
  { function() client:subscribe("a", { qos = 1 }) end, "midge: subscribe: qos must be 0, 1 or 2" },
  { function() client:subscribe("a", 1.5) end, "midge: subscribe: qos must be 0, 1 or 2" },
  { function() client:unsubscribe() end, "midge: unsubscribe: the filter must be a string" },
  { function() client:acknowledge() end, "midge: acknowledge: the handle must be that of a message" },
  { function() client:step("x") end, "midge: step: the seconds must be a number" },
  { function() client:publish("a") end, "midge: publish: topic and payload must be strings" },
  { function() client:publish("a", "b", 1) end, "midge: publish: the options must be a table" },
  { function() client:publish("a", "b", "qos1") end, "midge: publish: the options must be a table" },
  { function() client:publish("a", "b", { qos = 1, expires = 0.5 }) end, "midge: publish: option 'expires' is unknown or has a wrong value" },
  { function() client:publish("a", "b", { true }) end, "midge: publish: option '1' is unknown" },
  { function() client:on(nil, print) end, "midge: on: event 'nil' is unknown" },
}

cases["wrong calls"] = function()
  make({})
  for _, row in ipairs(wrongCalls) do
    local isDone, why = pcall(row[1])
    assert(not isDone and why:find(row[2], 1, true), row[2] .. ", but: " .. tostring(why))
    -- The line of the program that is wrong.
    assert(why:find("plain-cases.lua:" .. debug.getinfo(row[1], "S").linedefined .. ": ", 1, true), why)
  end
end

cases["a clock that is set back"] = function()
  make({ retry_min_ms = 300, retry_max_ms = 300 })
  client:connect()
  local peer = server.accept()
  expectTold("connect false")
  for n = 1, 3 do
    told = {}
    peer:close()
    server.spin(function() return #told > 0 end)
    shift = shift - 60 * n
    -- It connects again when the pause is over, not a minute later.
    peer = assert(server.accept(), "no connection")
    expectTold("connect false")
  end
end

cases["a host that is not known"] = function()
  make({ host = "no-such-host.invalid", connect_ms = 100000, retry_min_ms = 5000, retry_max_ms = 5000 })
  client:connect()
  server.step()
  assert(told[1] and told[1]:find("disconnect cannot connect", 1, true), told[1])
end

assert(cases[arg[2]], "there is no case " .. tostring(arg[2]))()
for _, why in ipairs(raised) do assert(why:find("on purpose", 1, true), why) end
print("ok")
