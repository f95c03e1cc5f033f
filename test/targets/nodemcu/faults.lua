-- What NodeMCU's client does when a handler raises an error, a link fails in the middle, or a program asks for what cannot be: one case, against a server that
-- this file plays itself. Arguments: stub, module, name of the case. Prints a line for each thing that happens, which the test compares.
-- Must not know: the module's inner names, which a minified file does not have.

local stub = dofile(arg[1])
local mqtt = dofile(arg[2])
local socket = require("socket")

local listener = assert(socket.bind("127.0.0.1", 0))
listener:settimeout(0)
local _, port = listener:getsockname()
port = tonumber(port)

local function say(...) print(...) end

-- The line of an error is of no interest.
local function reason(why) return (tostring(why):gsub("^[^ ]*:%d+: ", "")) end

-- Lets the board run until `isDone` gives something, which is returned, or for so many seconds. An error of a handler goes no further than on the board.
local function run(seconds, isDone)
  -- A busy machine may let the time pass without it: so many steps of a hundredth are run all the same.
  local till, steps = socket.gettime() + seconds, seconds * 100
  while socket.gettime() < till or steps > 0 do
    steps = steps - 1
    local found = isDone and isDone()
    if found then return found end
    local isFine, why = pcall(stub.step, 0.01)
    if not isFine then say("error", reason(why)) end
  end
end

-- The packets that a client sent since the last call, as { kind, body }.
local function packets(peer)
  local text, why, part = peer:receive(65536)
  text = text or part
  local found = {}
  local at = 1
  while at < #text do
    local length = text:byte(at + 1)
    found[#found + 1] = { kind = math.floor(text:byte(at) / 16), body = text:sub(at + 2, at + 1 + length) }
    at = at + 2 + length
  end
  found.isOver = why == "closed"
  return found
end

local function kinds(found)
  local names = { "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT" }
  local words = {}
  for _, packet in ipairs(found) do words[#words + 1] = names[packet.kind] end
  return #words > 0 and table.concat(words, " ") or "nothing"
end

-- Waits for packets.
local function awaited(peer)
  return run(3, function()
    local found = packets(peer)
    return (#found > 0 or found.isOver) and found or nil
  end) or {}
end

-- Takes the next connection, reads CONNECT and answers it, and returns both; nil when none comes in that time.
local function serve(seconds, connack)
  local peer = run(seconds or 3, function() return (listener:accept()) end)
  if not peer then return nil end
  peer:settimeout(0)
  peer:setoption("tcp-nodelay", true)
  local connect = awaited(peer)[1]
  peer:send(connack or "\32\2\0\0")
  run(0.1)
  return peer, connect
end

-- A client that says what it is told.
local function client(...)
  local m = mqtt.Client(...)
  m:on("connect", function() say("connect") end)
  m:on("connfail", function(_, code) say("connfail", code) end)
  m:on("offline", function() say("offline") end)
  m:on("drop", function(_, handle, status) say("drop", handle, status) end)
  m:on("suback", function(_, filter, granted) say("suback", filter, granted) end)
  m:on("subfail", function(_, filter, code) say("subfail", filter, code) end)
  return m
end

-- Answers each SUBSCRIBE and UNSUBSCRIBE of `found`.
local function answer(peer, found, granted)
  for _, packet in ipairs(found) do
    local id = packet.body:sub(1, 2)
    if packet.kind == 8 then peer:send("\144\3" .. id .. (granted or "\0"))
    elseif packet.kind == 10 then peer:send("\176\2" .. id) end
  end
  run(0.1)
end

-- How many entries stand in all tables that a client leads to.
local function entries(of, seen)
  seen = seen or {}
  if type(of) ~= "table" or seen[of] then return 0 end
  seen[of] = true
  local count = 0
  for _, value in pairs(of) do count = count + 1 + entries(value, seen) end
  return count
end

local eager = { reconnect = true, retry_min_ms = 20, retry_max_ms = 40 }

local cases = {}

cases["an error on the timer"] = function()
  local m = client("x", 60, nil, nil, 1, 1024, eager)
  local count = 0
  m:on("connfail", function(_, code)
    count = count + 1
    if count <= 2 then say("connfail", code) end
    if count == 2 then error("second") end
  end)
  stub.fault.noNetwork = true
  m:connect("127.0.0.1", port, false)
  run(3, function() return count >= 3 end)
  stub.fault.noNetwork = false
  say("connects", serve() ~= nil)
end

cases["an error in offline"] = function()
  local m = client("x", 0, nil, nil, 1, 1024, eager)
  m:on("offline", function() say("offline") error("offline") end)
  m:connect("127.0.0.1", port, false)
  serve():close()
  say("connects again", serve() ~= nil)
end

cases["an error in drop"] = function()
  local m = client("x", 0)
  m:on("drop", function(_, handle, status) say("drop", handle, status) error("drop") end)
  m:connect("127.0.0.1", port, false)
  serve()
  stub.fault.noMemory = true
  say("publish", pcall(m.publish, m, "a", "b", 0, 0) and "" or "raises the handler's error")
  stub.fault.noMemory = false
  say("connects by itself", serve(1.5) ~= nil)
end

cases["close, then the link is lost"] = function()
  local m = client("x", 0, nil, nil, 0, 1024, eager)
  m:connect("127.0.0.1", port, false)
  local peer = serve()
  m:publish("a", "b", 1, 0)
  m:close()
  say(kinds(awaited(peer)))
  peer:close()
  say("connects again", serve(0.5) ~= nil)
  -- What waited is still there, and `reconnect` holds for the next connection.
  m:connect("127.0.0.1", port, false)
  peer = serve(3, "\32\2\1\0")
  say(kinds(awaited(peer)))
  peer:close()
  say("connects again", serve() ~= nil)
end

cases["close while no server answers"] = function()
  local m = client("x", 0, nil, nil, 1, 1024, eager)
  listener:close()
  m:connect("127.0.0.1", port, false)
  m:close()
  run(0.5)
end

cases["close after a refused subscribe"] = function()
  local m = client("x", 0)
  m:connect("127.0.0.1", port, false)
  local peer = serve()
  say(reason(select(2, pcall(m.subscribe, m, "a", 3))))
  say(reason(select(2, pcall(m.subscribe, m, { b = 1, c = 5 }))))
  say(reason(select(2, pcall(m.subscribe, m, "a", 1, "x"))))
  m:close()
  say(kinds(awaited(peer)))
  peer:close()
  run(0.1)
end

cases["a subscribe that dies with its link"] = function()
  local m = client("x", 0)
  m:connect("127.0.0.1", port, false)
  local peer = serve()
  say(m:subscribe("a", 0))
  say(kinds(awaited(peer)))
  peer:close()
  run(0.1)
  m:connect("127.0.0.1", port, false)
  peer = serve()
  answer(peer, packets(peer))
  m:close()
  say(kinds(awaited(peer)))
  peer:close()
  run(0.1)
end

cases["many requests"] = function()
  local m = client("x", 0)
  m:connect("127.0.0.1", port, false)
  local peer = serve()
  local function ask(n)
    m:subscribe("t/" .. n, 0)
    answer(peer, awaited(peer))
    m:unsubscribe("t/" .. n)
    answer(peer, awaited(peer))
  end
  m:on("suback", function() end)
  for n = 1, 5 do ask(n) end
  local before = entries(m)
  for n = 6, 15 do ask(n) end
  say("entries more", entries(m) - before)
end

cases["a filter is refused after a lost session"] = function()
  local m = client("x", 0, nil, nil, 0, 1024, { session = "faults" })
  m:connect("127.0.0.1", port, false)
  local peer = serve()
  m:subscribe("own/#", 1)
  answer(peer, awaited(peer), "\1")
  say("saved", m:save())
  local saved = file.getcontents("faults")
  peer:close()
  run(0.1)
  -- The same client, and one that goes on after deep sleep.
  for n = 1, 2 do
    m:connect("127.0.0.1", port, false)
    peer = serve()
    answer(peer, packets(peer), "\128")
    peer:close()
    run(0.1)
    file.putcontents("faults", saved)
    m = client("x", 0, nil, nil, 0, 1024, { session = "faults" })
  end
end

cases["a table of topics"] = function()
  local function done() say("all of them") end
  local small = client("x", 0, nil, nil, 1, 1024, { subscriptions = 4 })
  small:connect("127.0.0.1", port, false)
  local first = serve()
  -- Two more than there is room for.
  say(small:subscribe({ a = 0, b = 0, c = 0, d = 0, e = 0, f = 0 }, done))
  run(0.1)
  answer(first, packets(first))
  local m = client("y", 0)
  m:connect("127.0.0.1", port, false)
  local peer = serve()
  m:on("subfail", function(_, filter, code) say("subfail", #filter, code) end)
  -- The server refuses the first of three.
  say(m:subscribe({ a = 1, b = 1, c = 1 }, done))
  run(0.1)
  local found = packets(peer)
  answer(peer, { table.remove(found, 1) }, "\128")
  answer(peer, found)
  say(m:unsubscribe({ a = 0, b = 0, c = 0 }, function() say("left all") end))
  run(0.1)
  answer(peer, packets(peer))
  say(m:subscribe({ a = 2, b = 2 }, done))
  run(0.1)
  answer(peer, packets(peer))
end

cases["ten topics with nothing said of room"] = function()
  local m = client("x", 0)
  m:connect("127.0.0.1", port, false)
  local peer = serve()
  local topics = {}
  for n = 1, 10 do topics["building/floor/" .. n] = 0 end
  say(m:subscribe(topics, function() say("all of them") end))
  run(0.1)
  answer(peer, packets(peer))
end

cases["another connection with cleansession 1"] = function()
  local m = client("x", 0, nil, nil, 1, 1024, { subscriptions = 2 })
  for connection = 1, 3 do
    m:connect("127.0.0.1", port, false)
    local peer = serve()
    say(kinds(packets(peer)))
    for n = 1, 2 do say(m:subscribe("job/" .. connection .. "/" .. n, 0)) end
    run(0.1)
    if connection ~= 2 then answer(peer, packets(peer)) end
    peer:close()
    run(0.1)
  end
end

cases["what comes back by itself"] = function()
  -- With a session that lasts, and with a client that connects again by itself.
  for n = 1, 2 do
    local m = client("x", 0, nil, nil, n - 1, 1024, n == 2 and eager or nil)
    m:on("suback", function() end)
    m:connect("127.0.0.1", port, false)
    local peer = serve()
    m:subscribe("own", 0)
    answer(peer, awaited(peer))
    peer:close()
    if n == 1 then
      run(0.1)
      m:connect("127.0.0.1", port, false)
    end
    peer = serve()
    say(kinds(packets(peer)))
    m:close(true)
    run(0.1)
  end
end

cases["a publish that could not be sent"] = function()
  local m = client("x", 0)
  m:on("puback", function(_, handle) say("puback", handle) end)
  m:connect("127.0.0.1", port, false)
  local first = serve()
  stub.fault.noMemory = true
  say(m:publish("a", "b", 0, 0))
  stub.fault.noMemory = false
  m:connect("127.0.0.1", port, false)
  local second = serve()
  say(kinds(packets(second)))
  say(m:publish("a", "b", 0, 0))
  say(kinds(awaited(second)))
  first:close()
end

cases["clients that were closed"] = function()
  local held = setmetatable({}, { __mode = "k" })
  for n = 1, 6 do
    local m = mqtt.Client("x" .. n, 60, nil, nil, 1, 1024, n % 2 == 0 and eager or nil)
    held[m] = true
    -- Every third one never has a connection.
    if n % 3 == 0 then m:subscribe("early", 0)
    else
      m:connect("127.0.0.1", port, false)
      local peer = serve()
      m:subscribe("a", 0)
      m:close(true)
      run(0.1)
      peer:close()
    end
  end
  run(1)
  -- What LuaJIT compiled holds the objects that it was compiled for.
  if jit then jit.flush() end
  collectgarbage()
  collectgarbage()
  local count = 0
  for _ in pairs(held) do count = count + 1 end
  say("held", count)
end

cases["a client that was closed for long"] = function()
  -- The counter of microseconds has turned over more than once meanwhile.
  local m = client("x", 60)
  m:connect("127.0.0.1", port, false)
  local peer = serve()
  m:close(true)
  run(0.1)
  peer:close()
  local now, ahead = tmr.now, 5000000000
  tmr.now = function() return (now() + ahead) % 0x80000000 end
  m:connect("127.0.0.1", port, false)
  peer = serve()
  m:subscribe("a", 0)
  answer(peer, awaited(peer))
  run(0.3)
  say(kinds(packets(peer)))
end

cases["a number as clientid, and empty names"] = function()
  for _, arguments in ipairs({ { "", "" }, { "u", "" } }) do
    client(1193046, 120, arguments[1], arguments[2]):connect("127.0.0.1", port, false)
    local _, connect = serve()
    -- Flags, keep-alive, and what stands behind them.
    say(connect.body:byte(8), connect.body:byte(10), (connect.body:sub(11):gsub("%c", ".")))
  end
end

cases["what connect refuses"] = function()
  local m = client("x", 0)
  local function refused(...) say(reason(select(2, pcall(m.connect, m, ...)))) end
  refused(nil)
  refused("127.0.0.1", "1883")
  refused("127.0.0.1", 0)
  refused("127.0.0.1", 99999)
  refused("127.0.0.1", port, 2)
  refused("127.0.0.1", port, true)
  refused("127.0.0.1", nil, nil, function() end)
  -- Nothing of that has begun.
  m:connect("127.0.0.1", port, false)
  local peer = serve()
  refused("127.0.0.1", port)
  say(kinds(packets(peer)))
end

cases["another baud rate"] = function()
  local setup = uart.setup
  uart.setup = function(...) say("setup", ...) return setup(...) end
  uart.write = function() end
  local m = client("x", 0)
  say(reason(select(2, pcall(m.connect, m, "127.0.0.1"))))
  say(reason(select(2, pcall(m.connect, m, 0))))
  say(reason(select(2, pcall(m.connect, m, 9600, true))))
  m:connect()
  m:close(true)
  m:connect(921600)
  m:close(true)
  m:connect(921600)
end

cases["a session that does not fit"] = function()
  local m = client("x", 0, nil, nil, 0, 1024, { session = "faults" })
  m:publish("a", "precious", 1, 0)
  say("saved", m:save())
  local saved = file.getcontents("faults")
  for _, text in ipairs({ saved, "damaged" }) do
    file.putcontents("faults", text)
    m = client("x", 0, nil, nil, 0, 1024, { session = "faults", subscriptions = 6 })
    m:connect("127.0.0.1", port, false)
    local peer = serve()
    say(kinds(packets(peer)), file.exists("faults"), file.getcontents("faults.bad") == text)
    m:close(true)
    run(0.1)
    peer:close()
  end
  -- With the capacities that it was made with nothing is lost.
  file.putcontents("faults", saved)
  m = client("x", 0, nil, nil, 0, 1024, { session = "faults" })
  m:connect("127.0.0.1", port, false)
  local peer = serve(3, "\32\2\1\0")
  say(kinds(packets(peer)), file.exists("faults"))
end

cases["what other calls refuse"] = function()
  local function refused(...) say(reason(select(2, pcall(...)))) end
  refused(mqtt.Client, "a", "60")
  refused(mqtt.Client, "a", 1.5)
  refused(mqtt.Client, "a", 60, 5, "p")
  refused(mqtt.Client, "a", 60, "u", 1234)
  refused(mqtt.Client, "a", 60, "u", "p", "0")
  refused(mqtt.Client, "a", 60, "u", "p", 2)
  refused(mqtt.Client, "a", 60, "u", "p", 0, "1024")
  refused(mqtt.Client, "a", 60, nil, nil, 0, 1024, "x")
  refused(mqtt.Client, "a", 60, nil, nil, 0, 1024, { 512 })
  refused(mqtt.Client, "a", 60, nil, nil, 0, 1024, { receive = 30.5 })
  refused(mqtt.Client, "a", 60, nil, nil, 0, 1024, { session = ("long"):rep(7) })
  local m = client("x", 0)
  refused(m.on, m, nil, print)
  refused(m.subscribe, m, nil, 0)
  refused(m.subscribe, m, { "a", "b" })
  refused(m.unsubscribe, m, 5)
  refused(m.publish, m, "a", "b", 0, 2)
  refused(m.publish, m, "a", "b", 0, 0, "x")
  refused(m.lwt, m, "a/#", "b")
  refused(m.lwt, m, "a", "b", 0, "yes")
  refused(m.close, m, 1)
  say(m:publish("a/#", "b", 0, 0))
  refused(m.lwt, m, "a", ("b"):rep(200))
  -- Nothing of that is left.
  m:lwt("a", "b")
  m:connect("127.0.0.1", port, false)
  serve()
end

cases["options that a profile has nothing for"] = function()
  for _, name in ipairs({ "filters", "inbound", "subscriptions" }) do
    say(reason(select(2, pcall(mqtt.Client, "a", 60, nil, nil, 0, 1024, { [name] = 8 }))))
  end
end

assert(cases[arg[3]], "no case " .. tostring(arg[3]))()
