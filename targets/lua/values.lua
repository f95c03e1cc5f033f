-- The function of values.ts. See bytes.lua for the rules of such a file.

local function both(a, b)
  return a, b
end
