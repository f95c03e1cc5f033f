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

assert(cases[arg[2]], "there is no case " .. tostring(arg[2]))()
for _, why in ipairs(raised) do assert(why:find("on purpose", 1, true), why) end
print("ok")
