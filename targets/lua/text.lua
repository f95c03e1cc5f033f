-- Lua strings as bytes and the other way round, for text.ts. See bytes.lua for the rules of such a file.

local byte = string.byte
local char = string.char
local unpack = unpack or table.unpack

local function createText()
  return { length = 0, text = "" }
end

local function setText(view, text)
  view.text = text
  view.length = #text
end

-- Lua's stack bounds how many values unpack may give: NodeMCU's is the smallest.
local function bytesText(bytes, from, to)
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

local function textFrom(text, at)
  return text:sub(at + 1)
end
