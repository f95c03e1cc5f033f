-- An image larger than RAM: it comes as one message, in parts of a few hundred bytes, and each part goes straight into a file. When the last byte is there
-- and the length is right, the file takes the old one's place and the board restarts.
--   mosquitto_pub -h <broker> -t midge/<id>/firmware -q 1 -f lfs.img

local mqtt = require("midge")

local broker = "192.168.1.10"
local id = "board-" .. node.chipid()
local part_name, image_name = "lfs.part", "lfs.img"

-- Messages beyond 512 bytes go to `stream`.
local client = mqtt.Client(id, 60, nil, nil, 0, 512)
local fd

client:on("stream", function(_, topic, part, offset, total)
  if offset == 0 then
    if fd then fd:close() end
    fd = file.open(part_name, "w")
    print("image of " .. total .. " bytes")
  end
  if not fd then return end
  if not fd:write(part) then
    fd:close()
    fd = nil
    client:publish("midge/" .. id .. "/response", "no room for the image", 1, 0)
  elseif offset + #part == total then
    fd:close()
    fd = nil
    file.remove(image_name)
    file.rename(part_name, image_name)
    client:publish("midge/" .. id .. "/response", "image of " .. total .. " bytes is here", 1, 0, function() client:close() end)
  end
end)

client:on("offline", function()
  if file.exists(image_name) then node.restart() end
end)

client:connect(broker, 1883, false, function() client:subscribe("midge/" .. id .. "/firmware", 1) end, function(_, reason)
  print("cannot connect: " .. reason)
end)
