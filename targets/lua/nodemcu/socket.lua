-- The functions of socket.ts. See ../bytes.lua for the rules of such a file.

local pcall = pcall

local function trySend(socket, text)
  return (pcall(socket.send, socket, text))
end

local function tryConnect(socket, port, host)
  return (pcall(socket.connect, socket, port, host))
end

local function tryClose(socket)
  pcall(socket.close, socket)
end
