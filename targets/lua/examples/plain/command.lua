-- A program that obeys: commands on midge/<id>/command, answers on midge/<id>/response.
--   lua5.1 command.lua [host]

local midge = require(_VERSION == "Lua 5.1" and "midge" or "midge53")

local id = "lua-command"
local base = "midge/" .. id .. "/"
local client = midge.client({
  host = arg[1] or "localhost", id = id, clean = false,
  will = { topic = base .. "state", payload = "gone", qos = 1, retain = true },
})

local commands = {
  time = function() return os.date("!%Y-%m-%dT%H:%M:%SZ") end,
  memory = function() return ("%d bytes"):format(collectgarbage("count") * 1024) end,
  stop = function() client:close() end,
}

client:on("connect", function() client:publish(base .. "state", "here", { qos = 1, retain = true }) end)
client:on("message", function(_, payload)
  local command = commands[payload]
  local answer = command and command() or not command and "unknown command: " .. payload
  if answer then client:publish(base .. "response", answer, { qos = 1 }) end
end)
client:on("disconnect", function(why) io.stderr:write(why, "\n") end)
client:subscribe(base .. "command", 1)
client:connect()
client:run()
