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
  options.host, options.port, options.id = options.host or "127.0.0.1", options.port or server.port, "case"
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

cases["a message of a session that has expired since"] = function()
  make({ clean = false })
  local handle = client:publish("a", "stale", { qos = 1, expires = 1 })
  make({ clean = false, session = client:session() })
  shift = shift + 2
  client:connect()
  local peer = server.accept()
  expectTold("dropped " .. handle .. " expired -31 0")
  equal(server.receive(peer, 1, 0.05), "")
end

cases["wrong options"] = function()
  for _, row in ipairs(dofile(here .. "wrong-options.lua")) do
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

cases["a host with two addresses"] = function()
  local find = socket.dns.getaddrinfo
  socket.dns.getaddrinfo = function() return { { family = "inet6", addr = "::1" }, { family = "inet", addr = "127.0.0.1" } } end
  make({})
  client:connect()
  for _ = 1, 2 do
    assert(server.accept(), "no connection"):close()
    server.spin(function() return #told == 2 end)
    -- Nothing was told of the other address.
    equal(table.concat(told, ", "), "connect false, disconnect connection lost -60 0")
    told = {}
  end
  socket.dns.getaddrinfo = find
end

cases["a port that is no integer of Lua's"] = function()
  make({ port = server.port + 0.0 })
  client:connect()
  server.accept()
  expectTold("connect false")
end

cases["what is sent does not wait"] = function()
  local tcp, made = socket.tcp, nil
  socket.tcp = function() made = tcp() return made end
  make({})
  client:connect()
  server.accept()
  expectTold("connect false")
  equal(made:getoption("tcp-nodelay"), true)
  socket.tcp = tcp
end

cases["a message larger than the receive buffer, for a program that takes no parts"] = function()
  make({ receive = 64 })
  local long = ("0123456789"):rep(50)
  client:connect()
  local peer = server.accept()
  expectTold("connect false")
  for qos = 0, 2 do
    peer:send(server.publish("a", long .. qos, qos, 7))
    expectTold("message a " .. long .. qos .. " " .. qos .. " false " .. (qos > 0 and 7 or 0))
    equal(server.receive(peer, qos > 0 and 4 or 0), ({ [0] = "", "\64\2\0\7", "\80\2\0\7" })[qos])
  end
  -- One whose connection is lost in the middle is not put together with the next.
  peer:send(server.publish("a", long, 0):sub(1, 200))
  server.spin(nil, 0.05)
  peer:close()
  peer = server.accept()
  peer:send(server.publish("a", long .. "again", 0))
  expectTold("message a " .. long .. "again 0 false 0")
end

-- The handler of messages raises an error at each of these payloads, once.
local function raiseAt(...)
  local payloads = {}
  for _, payload in ipairs({ ... }) do payloads[payload] = true end
  client:on("message", function(_, payload, qos)
    told[#told + 1] = qos .. ":" .. payload:sub(1, 9)
    if payloads[payload] then
      payloads[payload] = nil
      error("on purpose")
    end
  end)
end

-- Everything arrives at once, but its end; `answers` is what the server gets for it, byte by byte.
local function deliver(text, words, answers)
  local peer = server.accept()
  expectTold("connect false")
  told = {}
  server.spin(nil, 0.05)
  peer:send(text:sub(1, -4))
  server.spin(nil, 0.05)
  peer:send(text:sub(-3))
  server.spin(function() return #table.concat(told, " ") >= #words end, 5)
  equal(table.concat(told, " "), words)
  equal(server.receive(peer, #answers, 5), answers)
  equal(server.receive(peer, 1, 0.05), "")
end

cases["an error in a handler loses nothing"] = function()
  local long = ("long"):rep(40)
  make({})
  raiseAt("2", "4", "6", long, "9")
  client:connect()
  local text = ""
  for n, qos in ipairs({ 0, 0, 1, 1, 2, 2, 0 }) do text = text .. server.publish("a", tostring(n), qos, n) end
  text = text .. server.publish("a", long, 1, 8) .. server.publish("a", "9", 1, 9) .. server.publish("a", "10", 0)
  deliver(text, "0:1 0:2 1:3 1:4 2:5 2:6 0:7 1:longlongl 1:9 0:10", "\64\2\0\3\64\2\0\4\80\2\0\5\80\2\0\6\64\2\0\8\64\2\0\9")
  equal(#raised, 5)
end

cases["an error in a handler of a message that came alone"] = function()
  for _, qos in ipairs({ 0, 1, 2 }) do
    make({})
    told = {}
    raiseAt("bad")
    client:connect()
    local peer = server.accept()
    expectTold("connect false")
    server.spin(nil, 0.05)
    told = {}
    local answer = ({ [0] = "", "\64\2\0\7", "\80\2\0\7" })[qos]
    peer:send(server.publish("a", "bad", qos, 7))
    equal(server.receive(peer, #answer, 5), answer)
    peer:send(server.publish("a", "good", qos, 8))
    equal(server.receive(peer, #answer, 5), answer:sub(1, 3) .. (qos > 0 and "\8" or ""))
    server.spin(function() return #told > 1 end, 5)
    equal(table.concat(told, " "), qos .. ":bad " .. qos .. ":good")
    client:close()
  end
end

cases["an error in a handler of published"] = function()
  make({})
  client:on("published", function(handle) told[#told + 1] = "published " .. handle error("on purpose") end)
  client:connect()
  local peer = server.accept()
  expectTold("connect false")
  local handles, ids = {}, ""
  for n = 1, 3 do
    handles[n] = "published " .. client:publish("a", tostring(n), { qos = 1 })
    ids = ids .. "\64\2" .. server.receive(peer, 8):sub(6, 7)
  end
  told = {}
  peer:send(ids)
  server.spin(function() return #told > 2 end, 5)
  equal(table.concat(told, " "), table.concat(handles, " "))
end

cases["an error in a handler at the end of a link"] = function()
  for _, text in ipairs({ "", server.publish("a", "bad"), server.publish("a", "bad") .. server.publish("a", "bad", 1, 3), server.publish("a", ("x"):rep(200)) }) do
    for _, event in ipairs({ "message", "disconnect" }) do
      make({ keep_alive = 0 })
      told = {}
      client:connect()
      local peer = server.accept()
      expectTold("connect false")
      server.spin(nil, 0.05)
      client:on(event, function() error("on purpose") end)
      peer:send(text)
      peer:close()
      told = {}
      peer = assert(server.accept(), "it does not connect again")
      expectTold("connect false")
      client:on(event, nil)
      peer:close()
      client:close()
    end
  end
end

cases["close, and publish later, in a handler"] = function()
  make({ clean = false })
  client:on("message", function() client:close() end)
  client:connect()
  local peer = server.accept()
  expectTold("connect false")
  server.spin(nil, 0.05)
  peer:send(server.publish("a", "b"))
  expectTold("disconnect closed -8 0", 5)
  equal(client:publish("a", "later"), 0)
  told = {}
  client:connect()
  peer = server.accept()
  equal(server.receive(peer, 10, 5), server.publish("a", "later"))
end

assert(cases[arg[2]], "there is no case " .. tostring(arg[2]))()
for _, why in ipairs(raised) do assert(why:find("on purpose", 1, true), why) end
print("ok")
