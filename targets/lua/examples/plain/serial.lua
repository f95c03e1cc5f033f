-- A Lua process as a board behind `midge gateway`: it speaks the serial link on standard input and output, as a board does on its UART.
--   socat pty,raw,echo=0,link=/tmp/board exec:'lua5.1 serial.lua',pty,raw,echo=0          then a port /tmp/board with mode link in gateway.toml

local midge = require(_VERSION == "Lua 5.1" and "midge" or "midge53")

local client = midge.client({ id = "lua-serial", clean = false })
client:on("message", function(_, payload) client:publish("midge/lua-serial/response", "heard: " .. payload, { qos = 1 }) end)
client:subscribe("midge/lua-serial/command", 1)
client:connect()
while true do
  client:publish("midge/lua-serial/memory", ("%d"):format(collectgarbage("count") * 1024))
  local until_s = os.time() + 10
  while os.time() < until_s do client:step(1) end
end
