-- The primitives of src/core/bytes.ts for Lua 5.1 to 5.4 and LuaJIT: same names, same results. A buffer is a table with indices 0 to
-- length - 1 and a field `length`; text is a Lua string, taken to be UTF-8. Must allocate nothing outside createBytes and createInts.
-- Each top-level function ends with `end` in the first column: a build takes only those that are used.

local byte = string.byte

local function createBytes(length)
  local bytes = { [0] = 0, length = length }
  for at = 0, length - 1 do bytes[at] = 0 end
  return bytes
end

local function createInts(length)
  local ints = { [0] = 0, length = length }
  for at = 0, length - 1 do ints[at] = 0 end
  return ints
end

-- The source may be a view of a string (text.lua): eight bytes a call cost a third of one each.
local function copyBytes(target, at, source, from, to)
  local text = source.text
  local get = from
  if text then
    while get + 8 <= to do
      target[at], target[at + 1], target[at + 2], target[at + 3], target[at + 4], target[at + 5], target[at + 6], target[at + 7] = byte(text, get + 1, get + 8)
      at = at + 8
      get = get + 8
    end
    for rest = get + 1, to do
      target[at] = byte(text, rest)
      at = at + 1
    end
    return
  end
  local distance = at - from
  for index = from, to - 1 do target[index + distance] = source[index] end
end

local function moveBytes(bytes, at, from, to)
  local distance = at - from
  for get = from, to - 1 do bytes[get + distance] = bytes[get] end
end

local function equalBytes(a, at, b, from, to)
  local distance = at - from
  for get = from, to - 1 do
    if a[get + distance] ~= b[get] then return false end
  end
  return true
end

local function putText(target, at, limit, text)
  local count = #text
  if at + count > limit then return -1 end
  local get = 1
  while get + 7 <= count do
    target[at], target[at + 1], target[at + 2], target[at + 3], target[at + 4], target[at + 5], target[at + 6], target[at + 7] = byte(text, get, get + 7)
    at = at + 8
    get = get + 8
  end
  for rest = get, count do
    target[at] = byte(text, rest)
    at = at + 1
  end
  return at
end

-- 0 fine, 1 malformed, 2 holds a wildcard.
local function textFault(bytes, from, to)
  local fault = 0
  local at = from
  while at < to do
    local lead = bytes[at]
    at = at + 1
    if lead < 0x80 then
      if lead == 0 then return 1 end
      if lead == 43 or lead == 35 then fault = 2 end
    else
      local more, low, high = 1, 0x80, 0xbf
      if lead < 0xc2 or lead > 0xf4 then return 1 end
      if lead >= 0xf0 then
        more = 3
        if lead == 0xf0 then low = 0x90 end
        if lead == 0xf4 then high = 0x8f end
      elseif lead >= 0xe0 then
        more = 2
        if lead == 0xe0 then low = 0xa0 end
        if lead == 0xed then high = 0x9f end
      end
      if at + more > to then return 1 end
      for _ = 1, more do
        local continuation = bytes[at]
        if continuation < low or continuation > high then return 1 end
        low, high = 0x80, 0xbf
        at = at + 1
      end
    end
  end
  return fault
end

local function sharedFilterAt(filter, from, to)
  if to - from < 7 or filter[from] ~= 36 then return from end
  if filter[from + 1] ~= 115 or filter[from + 2] ~= 104 or filter[from + 3] ~= 97 then return from end
  if filter[from + 4] ~= 114 or filter[from + 5] ~= 101 or filter[from + 6] ~= 47 then return from end
  local at = from + 7
  while at < to and filter[at] ~= 47 do
    if filter[at] == 43 or filter[at] == 35 then return -1 end
    at = at + 1
  end
  if at == from + 7 or at + 1 >= to then return -1 end
  return at + 1
end

local function filterHolds(filter, from, to)
  for at = from, to - 1 do
    local character = filter[at]
    if character == 43 or character == 35 then
      if at > from and filter[at - 1] ~= 47 then return false end
      if at + 1 < to and (character == 35 or filter[at + 1] ~= 47) then return false end
    end
  end
  return to > from
end

local function filterMatches(filter, from, to, topic, topicFrom, topicTo)
  local f, t = from, topicFrom
  if topic[t] == 36 and (filter[f] == 43 or filter[f] == 35) then return false end
  while f < to do
    local character = filter[f]
    if character == 35 then return true end
    if character == 43 then
      while t < topicTo and topic[t] ~= 47 do t = t + 1 end
      f = f + 1
    elseif t < topicTo and topic[t] == character then
      f = f + 1
      t = t + 1
    else
      return t == topicTo and character == 47 and f + 2 == to and filter[f + 1] == 35
    end
  end
  return t == topicTo
end
