-- The functions of hex.ts for every Lua: same names, same results.

local byte = string.byte
local format = string.format
local concat = table.concat

local function digitValue(character)
  if character >= 48 and character <= 57 then return character - 48 end
  if character >= 97 and character <= 102 then return character - 87 end
  return -1
end

local function bytesFromHex(target, text, from)
  local count = 0
  for at = from + 1, #text - 1, 2 do
    local high = digitValue(byte(text, at))
    local low = digitValue(byte(text, at + 1))
    if high < 0 or low < 0 then return count end
    target[count] = high * 16 + low
    count = count + 1
  end
  return count
end

local function hexFromBytes(source, from, to)
  local parts = {}
  for at = from, to - 1 do parts[#parts + 1] = format("%02x", source[at]) end
  return concat(parts)
end

local function codeAt(text, at)
  return byte(text, at + 1)
end

local function textFrom(text, at)
  return string.sub(text, at + 1)
end
