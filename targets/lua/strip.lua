-- Bytecode of Lua 5.1 without what only a debugger needs: line numbers, names of locals and upvalues. Its own string.dump cannot leave them out, as those of
-- later Luas and of LuaJIT can. Read first: lundump.c of Lua 5.1, which reads this form. See bytes.lua for the rules of such a file.

local byte = string.byte
local rep = string.rep
local sub = string.sub
local concat = table.concat

-- In a form that is not Lua's own (some firmwares have further kinds of numbers) nothing is left out.
local function stripped(dump)
  local isLittle, int, size, instruction, number = byte(dump, 7, 11)
  local kept = { sub(dump, 1, 12) }
  local at = 13
  local function integer(width)
    local value = 0
    for n = 1, width do value = value * 256 + byte(dump, isLittle == 1 and at + width - n or at + n - 1) end
    at = at + width
    return value
  end
  local function skipText()
    local length = integer(size)
    at = at + length
  end
  local function constant()
    local kind = byte(dump, at)
    at = at + 1
    if kind == 1 then at = at + 1
    elseif kind == 3 then at = at + number
    elseif kind == 4 then skipText()
    elseif kind ~= 0 then error("unknown") end
  end
  local function prototype()
    skipText()
    kept[#kept + 1] = rep("\0", size)
    local from = at
    at = at + 2 * int + 4
    local count = integer(int)
    at = at + count * instruction
    for _ = 1, integer(int) do constant() end
    count = integer(int)
    kept[#kept + 1] = sub(dump, from, at - 1)
    for _ = 1, count do prototype() end
    count = integer(int)
    at = at + count * int
    for _ = 1, integer(int) do
      skipText()
      at = at + 2 * int
    end
    for _ = 1, integer(int) do skipText() end
    kept[#kept + 1] = rep("\0", 3 * int)
  end
  local isKnown = pcall(prototype)
  return isKnown and at == #dump + 1 and concat(kept) or dump
end
