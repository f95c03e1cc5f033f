-- A file larger than any buffer: one message, in parts, straight into a file.
--   lua5.1 firmware.lua [host]          mosquitto_pub -t midge/lua-firmware/firmware -q 1 -f image.bin

local midge = require(_VERSION == "Lua 5.1" and "midge" or "midge53")

local client = midge.client({ host = arg[1] or "localhost", id = "lua-firmware", receive = 512 })
local image

client:on("chunk", function(_, part, offset, total)
  if offset == 0 then image = assert(io.open("image.part", "wb")) end
  image:write(part)
  if offset + #part == total then
    image:close()
    assert(os.rename("image.part", "image.bin"))
    print(("image.bin has %d bytes"):format(total))
    client:close()
  end
end)
client:on("disconnect", function(why) io.stderr:write(why, "\n") end)
client:subscribe("midge/lua-firmware/firmware", 1)
client:connect()
client:run()
