-- Every documented call of NodeMCU's mqtt module in each of its shapes, and what Midge adds, against a broker. Arguments: stub, module, port.
-- Prints a line for each thing that happens, which the test compares.

local stub = dofile(arg[1])
local mqtt = dofile(arg[2])
local port = tonumber(arg[3])

local function refused(...)
  local isFine, why = pcall(...)
  print("refused", not isFine and tostring(why):gsub("^.-: ", "", 1) or "accepted")
end

print("constants", mqtt.CONN_FAIL_SERVER_NOT_FOUND, mqtt.CONN_FAIL_NOT_A_CONNACK_MSG, mqtt.CONN_FAIL_DNS, mqtt.CONN_FAIL_TIMEOUT_RECEIVING, mqtt.CONN_FAIL_TIMEOUT_SENDING,
  mqtt.CONNACK_ACCEPTED, mqtt.CONNACK_REFUSED_PROTOCOL_VER, mqtt.CONNACK_REFUSED_ID_REJECTED, mqtt.CONNACK_REFUSED_SERVER_UNAVAILABLE,
  mqtt.CONNACK_REFUSED_BAD_USER_OR_PASS, mqtt.CONNACK_REFUSED_NOT_AUTHORIZED)

refused(mqtt.Client)
refused(mqtt.Client, "a", 70000)
refused(mqtt.Client, "a", 60, nil, "secret")
refused(mqtt.Client, "", 60, nil, nil, 0)
refused(mqtt.Client, "a", 60, nil, nil, 1, 8)
refused(mqtt.Client, "a", 60, nil, nil, 1, 1024, { colour = 1 })
refused(mqtt.Client, "a", 60, nil, nil, 1, 1024, { outbox = "big" })

local m = mqtt.Client("shapes", 120, nil, nil, 1, 1024, { outbox = 2048 })
refused(m.on, m, "thunder", print)
refused(m.connect, m)
refused(m.connect, m, "127.0.0.1", port, false, "function")
refused(m.publish, m, "a", "b", 3, 0)
refused(m.lwt, m, "a", "b", 9)
m:lwt("shapes/lwt", "gone")
m:lwt("shapes/lwt", "gone", 0, 0)

local big = ("0123456789"):rep(300)
local step

m:on("message", function(client, topic, data)
  print("message", client == m, topic, data and #data > 40 and #data or tostring(data))
  step()
end)
m:on("overflow", function(_, topic, data) print("overflow", topic, #data, big:sub(1, #data) == data) end)
m:on("offline", function(client) print("offline", client == m) step() end)

local steps = {
  function() m:subscribe("shapes/one", 0, function(client) print("suback", client == m) step() end) end,
  function() print(m:subscribe({ ["shapes/two"] = 1, ["shapes/three"] = 2 }, function() print("suback of a table") step() end)) end,
  function() print(m:publish("shapes/one", "hello", 0, 0, function(client) print("puback", client == m) end)) end,
  function() m:publish("shapes/two", "hello", 1, 0) end,
  function() m:publish("shapes/three", "", 2, 0) end,
  -- Three times the receive buffer, and below the limit: one message.
  function() m:publish("shapes/two", big:sub(1, 800), 1, 0) end,
  -- Larger than the outbox: refused, with the reason's number.
  function() print(m:publish("shapes/one", big, 0, 0)) step() end,
  function()
    local peer = mqtt.Client("peer", 60, nil, nil, 1, 1024, { outbox = 4096 })
    peer:connect("127.0.0.1", port, false, function()
      peer:publish("shapes/two", big, 1, 0)
      peer:publish("shapes/two", "small", 1, 0)
      peer:close()
    end)
  end,
  function() print(m:unsubscribe("shapes/one", function() print("unsuback") step() end)) end,
  function() m:unsubscribe({ ["shapes/two"] = 0, ["shapes/three"] = "anything" }, function() print("unsuback of a table") step() end) end,
  function() m:close() end,
  -- The options of older documentation, and callbacks in the place of what is left out.
  function() m:connect("127.0.0.1", port, 0, 0, function() print("connected again") m:close() end, function(_, reason) print("connfail", reason) end) end,
  function() m:connect("127.0.0.1", 1, function() print("cannot be") end, function(client, reason) print("connfail", client == m, reason) step() end) end,
  function() m:connect("no-such-host.invalid", port, false, nil, function(_, reason) print("connfail", reason) step() end) end,
  function()
    stub.fault.noNetwork = true
    m:connect("127.0.0.1", port, false, nil, function(_, reason) print("no network", reason) stub.fault.noNetwork = false step() end)
  end,
  function() stub.isOver = true end,
}
local at = 0
function step()
  at = at + 1
  -- From the event loop, as on the board.
  local now = steps[at]
  tmr.create():alarm(20, tmr.ALARM_SINGLE, now)
end

m:connect("127.0.0.1", port, false, function(client)
  if at == 0 then
    print("connected", client == m)
    step()
  end
end, function(_, reason) print("failed", reason) stub.isOver = true end)
stub.run()
