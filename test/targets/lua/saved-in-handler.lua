-- A session that is saved while a message of QoS 2 is with the program. Arguments: the module under test, the folder of a `socket` in memory, manual_ack (0, 1).
-- Prints how often the message came before and after the restart, and whether PUBREC left after it.
pcall(require, "bit")
local network = dofile(arg[2] .. "/network.lua")
local midge = dofile(arg[1])
local Tcp = getmetatable(package.loaded["socket"].tcp()).__index
local send, connack, told = Tcp.send, "\32\2\0\0", false
local saved

function Tcp:send(data, i)
  local sent = send(self, data, i)
  if data:byte(i or 1) == 0x10 then network.deliver(connack) end
  told = told or data:find("\80\2\0\9", 1, true) ~= nil
  return sent
end

local function play(first, session)
  local count = 0
  local client = midge.client({ id = "saver", host = "127.0.0.1", clean = false, manual_ack = arg[3] == "1", session = session })
  client:on("message", function()
    count = count + 1
    saved = client:session()
  end)
  client:connect()
  for _ = 1, 3 do client:step(0) end
  network.deliver(first .. "\11\0\3a/b\0\9text")
  for _ = 1, 3 do client:step(0) end
  return count
end

local before = play("\52")
connack, told = "\32\2\1\0", false
print(before, play("\60", saved), told)
