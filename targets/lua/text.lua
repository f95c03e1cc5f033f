-- Lua strings as bytes and the other way round, for text.ts. See bytes.lua for the rules of such a file.

local byte = string.byte
local char = string.char
local sub = string.sub
local unpack = unpack or table.unpack

local function createText()
  return { length = 0, text = "" }
end

local function setText(view, text)
  view.text = text
  view.length = #text
end

-- Of a view of a string a part of it. Lua's stack bounds how many values unpack may give: NodeMCU's is the smallest.
local function bytesText(bytes, from, to)
  if bytes.text then return sub(bytes.text, from + 1, to) end
  if to - from <= 120 then return char(unpack(bytes, from, to - 1)) end
  local text = ""
  while from < to do
    local stop = from + 120
    if stop > to then stop = to end
    text = text .. char(unpack(bytes, from, stop - 1))
    from = stop
  end
  return text
end

local function textByte(text, at)
  return byte(text, at + 1)
end

local find = string.find

-- The last topic that was found plain: a device uses few, and often the same again.
local lastPlainTopic = "/"

local function plainTopic(topic)
  if topic == lastPlainTopic then return true end
  if topic == "" or find(topic, "[^ !\"$-*,-~]") then return false end
  lastPlainTopic = topic
  return true
end

local function takePlain(data, tell)
  local first, remaining, high, low = byte(data, 1, 4)
  if (first ~= 48 and first ~= 49) or high ~= 0 or remaining + 2 ~= #data or remaining > 127 or low + 2 > remaining then return false end
  local topic = sub(data, 5, low + 4)
  if topic ~= lastPlainTopic and not plainTopic(topic) then return false end
  tell(topic, sub(data, low + 5), 0, first == 49, 0)
  return true
end

local function takePlainAt(e, data, from, tell)
  local first, remaining, high, low = byte(data, from + 1, from + 4)
  if (first ~= 48 and first ~= 49) or high ~= 0 or remaining > 127 or not low or low + 2 > remaining then return false end
  local topicTo, to = from + 4 + low, from + 2 + remaining
  if to > #data then return false end
  local topic = sub(data, from + 5, topicTo)
  if not plainTopic(topic) then return false end
  e.at = to
  tell(topic, sub(data, topicTo + 1, to), 0, first == 49, 0)
  return true
end

local function takeWithId(e, data, from, least, takeMessage, takeAnswer)
  local first, remaining, high, low = byte(data, from + 1, from + 4)
  if not low or remaining > 127 then return false end
  local to = from + 2 + remaining
  if to > #data or to < least then return false end
  if remaining == 2 then
    if (first ~= 64 and first ~= 80 and first ~= 98 and first ~= 112) or high + low == 0 then return false end
    return takeAnswer(e, first, high * 256 + low, to)
  end
  local topicTo = from + 4 + low
  local flags = first - 48
  if high ~= 0 or topicTo + 2 > to or flags < 2 or flags > 13 or flags % 8 < 2 or flags % 8 > 5 then return false end
  local topic = sub(data, from + 5, topicTo)
  if not plainTopic(topic) then return false end
  high, low = byte(data, topicTo + 1, topicTo + 2)
  if high + low == 0 then return false end
  return takeMessage(e, topic, sub(data, topicTo + 3, to), flags, high * 256 + low, to)
end

local function publishPacket(first, topic, payload, packetId)
  if packetId == 0 then return char(first, #topic + #payload + 2, 0, #topic) .. topic .. payload end
  return char(first, #topic + #payload + 4, 0, #topic) .. topic .. char((packetId - packetId % 256) / 256, packetId % 256) .. payload
end

local function answerPacket(first, packetId)
  local low = packetId % 256
  return char(first, 2, (packetId - low) / 256, low)
end

local function textFrom(text, at)
  return sub(text, at + 1)
end

local function joined(parts)
  return table.concat(parts)
end
