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
local lastPlainTopic = ""

local function plainTopic(topic)
  if topic == lastPlainTopic then return topic ~= "" end
  if topic == "" or find(topic, "[^ !\"$-*,-~]") then return false end
  lastPlainTopic = topic
  return true
end

local function takePlain(data, at, tell)
  local first, remaining, high, low = byte(data, at + 1, at + 4)
  if not low or high ~= 0 or remaining > 127 or (first ~= 48 and first ~= 49) then return at end
  local topicTo, to = at + 4 + low, at + 2 + remaining
  if topicTo > to or to > #data then return at end
  local topic = sub(data, at + 5, topicTo)
  if (low == 0 or topic ~= lastPlainTopic) and not plainTopic(topic) then return at end
  tell(topic, sub(data, topicTo + 1, to), first - 48)
  return to
end

local function publishPacket(first, topic, payload)
  return char(first, #topic + #payload + 2, 0, #topic) .. topic .. payload
end

local function textFrom(text, at)
  return sub(text, at + 1)
end
