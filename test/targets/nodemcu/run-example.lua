-- Runs one of NodeMCU's examples on the stub, unchanged: whatever address it names is the test's broker. Arguments: stub, folder of the modules, example, port.

local stub = dofile(arg[1])
package.path = arg[2] .. "/?.lua"

local create = net.createConnection
function net.createConnection()
  local socket = create()
  local connect = socket.connect
  function socket:connect() connect(self, tonumber(arg[4]), "127.0.0.1") end
  return socket
end

dofile(arg[3])
stub.run()
