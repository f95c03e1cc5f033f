-- The functions of text.ts for every Lua: same names, same results.

local byte = string.byte
local character = string.char
local format = string.format
local concat = table.concat
local floor = math.floor

local function digitValue(code)
  if code >= 97 then return code - 87 end
  return code - 48
end

local function byteAt(word, at)
  return digitValue(byte(word, at)) * 16 + digitValue(byte(word, at + 1))
end

local function wordAt(line, index)
  local from = 1
  local left = index
  for at = 1, #line + 1 do
    if at > #line or byte(line, at) == 32 then
      if left == 0 then return line:sub(from, at - 1) end
      left = left - 1
      from = at + 1
    end
  end
  return ""
end

local function integerOf(word)
  local value = 0
  if #word > 2 and byte(word, 2) == 120 then
    for at = 3, #word do value = value * 16 + digitValue(byte(word, at)) end
    return value
  end
  for at = 1, #word do
    if byte(word, at) ~= 45 then value = value * 10 + byte(word, at) - 48 end
  end
  if byte(word, 1) == 45 then return -value end
  return value
end

local function textOf(word)
  if word == "-" then return "" end
  local parts = {}
  local at = 1
  while at <= #word do
    local code = byte(word, at)
    if code == 42 then
      local one = parts[#parts]
      for _ = 2, integerOf(word:sub(at + 1)) do parts[#parts + 1] = one end
      return concat(parts)
    end
    if code == 37 then
      parts[#parts + 1] = character(byteAt(word, at + 1))
      at = at + 3
    else
      parts[#parts + 1] = character(code)
      at = at + 1
    end
  end
  return concat(parts)
end

local function bytesOf(target, word)
  local put = 0
  local from = 0
  local at = 1
  while at < #word do
    local code = byte(word, at)
    if code == 42 then
      local count = 0
      at = at + 1
      while at <= #word and byte(word, at) ~= 43 do
        count = count * 10 + byte(word, at) - 48
        at = at + 1
      end
      local size = put - from
      for _ = size, size * count - 1 do
        target[put] = target[put - size]
        put = put + 1
      end
    elseif code == 43 then
      from = put
      at = at + 1
    else
      target[put] = byteAt(word, at)
      put = put + 1
      at = at + 2
    end
  end
  return put
end

local function printable(bytes, from, to)
  if from >= to then return "-" end
  local parts = {}
  for at = from, to - 1 do
    local code = bytes[at]
    if code > 0x20 and code < 0x7f and code ~= 37 and code ~= 42 then parts[#parts + 1] = character(code)
    else parts[#parts + 1] = format("%%%02x", code) end
  end
  return concat(parts)
end

local function allDigits(bytes, from, to)
  local parts = {}
  for at = from, to - 1 do parts[#parts + 1] = format("%02x", bytes[at]) end
  return concat(parts)
end

local function sumOf(bytes, from, to)
  local sum = 0
  for at = from, to - 1 do sum = (sum * 31 + bytes[at]) % 16777213 end
  return sum
end

local function digitsOf(bytes, from, to)
  if from >= to then return "-" end
  if to - from > 64 then
    return format("%s..%d:%d..%s", allDigits(bytes, from, from + 24), to - from, sumOf(bytes, from, to), allDigits(bytes, to - 8, to))
  end
  return allDigits(bytes, from, to)
end

-- Tables take any key and any number: here is seen what a typed array would have cut off or dropped.
local function bufferHolds(bytes)
  local count = 0
  for key, value in pairs(bytes) do
    if key ~= "length" then
      if type(key) ~= "number" or key < 0 or key >= bytes.length and key > 0 or floor(key) ~= key then return false end
      if type(value) ~= "number" or value < 0 or value > 255 or floor(value) ~= value then return false end
      count = count + 1
    end
  end
  return count == bytes.length or bytes.length == 0
end
