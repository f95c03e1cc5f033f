-- A sensor that sleeps: wakes, publishes one reading at QoS 1, waits for the broker's acknowledgement, sleeps again. What could not be delivered is kept in
-- a file over the sleep, and goes out at the next time. Wire GPIO16 to RST, or the board does not wake.

local mqtt = require("midge")

local broker = "192.168.1.10"
local wifi_ssid, wifi_password = "my network", "my password"
local sleep_s, patience_ms = 300, 20000

-- cleansession 0: the broker keeps the session too. The option names the file.
local client = mqtt.Client("sensor-" .. node.chipid(), 60, nil, nil, 0, 256, { session = "midge.ses", outbox = 512 })

local is_leaving = false

local function sleep()
  if is_leaving then return end
  is_leaving = true
  client:save()
  node.dsleep(sleep_s * 1000000)
end

-- Whatever happens, the battery lasts: no acknowledgement in time means the next wake-up tries again.
tmr.create():alarm(patience_ms, tmr.ALARM_SINGLE, sleep)

client:on("offline", sleep)
client:on("connfail", sleep)
client:publish("sensors/" .. node.chipid() .. "/battery", tostring(adc.read(0)), 1, 0, function()
  -- Closes when all is acknowledged, also what waited from before; then `offline` fires.
  client:close()
end)

wifi.setmode(wifi.STATION)
wifi.eventmon.register(wifi.eventmon.STA_GOT_IP, function() client:connect(broker, 1883, false) end)
wifi.sta.config({ ssid = wifi_ssid, pwd = wifi_password })
