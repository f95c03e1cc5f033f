-- The functions of src/cbor/floats.ts for Lua 5.1 to 5.4 and LuaJIT, by arithmetic alone: string.pack would allocate, and math.frexp is
-- not everywhere. Read first: RFC 8949 section 3.3. See bytes.lua for the rules of such a file.

local floor = math.floor
local huge = math.huge

-- A positive, finite value as 2^exponent * significand with 1 <= significand < 2.
local function floatParts(value)
  local exponent = 0
  while value >= 18446744073709551616.0 do
    value = value / 18446744073709551616.0
    exponent = exponent + 64
  end
  while value < 5.421010862427522e-20 do
    value = value * 18446744073709551616.0
    exponent = exponent - 64
  end
  while value >= 2 do
    value = value / 2
    exponent = exponent + 1
  end
  while value < 1 do
    value = value * 2
    exponent = exponent - 1
  end
  return exponent, value
end

local function floatSize(value)
  if value ~= value or value == 0 or value == huge or value == -huge then return 2 end
  if value < 0 then value = -value end
  local exponent, significand = floatParts(value)
  if exponent >= -14 and exponent <= 15 and significand * 1024 % 1 == 0 then return 2 end
  if exponent >= -24 and exponent < -14 and value * 16777216 % 1 == 0 then return 2 end
  if exponent >= -126 and exponent <= 127 and significand * 8388608 % 1 == 0 then return 4 end
  if exponent >= -149 and exponent < -126 and value * 2 ^ 149 % 1 == 0 then return 4 end
  return 8
end

-- Stores an integer below 2^53 most significant byte first, in bytes at … last.
local function putDigits(target, at, last, value)
  for index = last, at, -1 do
    local digit = value % 256
    target[index] = floor(digit)
    value = (value - digit) / 256
  end
end

-- For a format with mantissaBits bits behind the point and exponents from 1 - bias to bias.
local function putFormat(target, at, size, value, mantissaBits, bias)
  local sign = 0
  if value < 0 or (value == 0 and 1 / value < 0) then
    sign = 128
    value = -value
  end
  local exponent, mantissa = 0, 0
  if value ~= value then
    sign, exponent, mantissa = 0, 2 * bias + 1, 2 ^ (mantissaBits - 1)
  elseif value == huge then
    exponent = 2 * bias + 1
  elseif value ~= 0 then
    local power, significand = floatParts(value)
    if power < 1 - bias then
      mantissa = significand * 2 ^ (mantissaBits + power + bias - 1)
    else
      exponent = power + bias
      mantissa = (significand - 1) * 2 ^ mantissaBits
    end
  end
  -- The exponent's lowest bits share the second byte with the mantissa's highest.
  local share = 2 ^ (mantissaBits - 8 * (size - 2))
  local below = 2 ^ (8 * (size - 2))
  local high = floor(mantissa / below)
  local whole = exponent * share + high
  target[at] = floor(sign + floor(whole / 256))
  target[at + 1] = floor(whole % 256)
  putDigits(target, at + 2, at + size - 1, mantissa - high * below)
end

local function putFloat(target, at, size, value)
  if size == 2 then
    putFormat(target, at, 2, value, 10, 15)
  elseif size == 4 then
    putFormat(target, at, 4, value, 23, 127)
  else
    putFormat(target, at, 8, value, 52, 1023)
  end
end

local function getFloat(bytes, at, size)
  local mantissaBits, bias = 52, 1023
  if size == 2 then
    mantissaBits, bias = 10, 15
  elseif size == 4 then
    mantissaBits, bias = 23, 127
  end
  local share = 2 ^ (mantissaBits - 8 * (size - 2))
  local first = bytes[at]
  local whole = first % 128 * 256 + bytes[at + 1]
  local exponent = floor(whole / share)
  local mantissa = whole - exponent * share
  for index = at + 2, at + size - 1 do mantissa = mantissa * 256 + bytes[index] end
  local value
  if exponent == 2 * bias + 1 then
    value = huge
    if mantissa ~= 0 then value = huge - huge end
  elseif exponent == 0 then
    value = mantissa * 2 ^ (1 - bias - mantissaBits)
  else
    value = (mantissa + 2 ^ mantissaBits) * 2 ^ (exponent - bias - mantissaBits)
  end
  if first >= 128 then return -value end
  return value
end
