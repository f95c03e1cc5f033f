-- The code of a module's file that reads parts of itself (targets/build/lua-parts.ts): the parts stand in the comment at its head, INDEX says where.
-- Names without a part are Lua's own. What lasts is kept without what only a debugger needs, half as large: a file of Lua 5.1 has `stripped` for that.

local path = debug.getinfo(1, "S").source:match("^@(.*)")
local file = path and io.open(path, "rb")
local head, index = "HEAD", "INDEX"
local environment = { bit = bit }
local seldom = setmetatable({}, { __mode = "v" })

local function textAt(at, length)
  if not file or not file:seek("set", 0) or file:read(#head) ~= head then
    error("midge reads parts of itself from its file when they are needed, and " .. (path or "what it was loaded from") .. " is not that file (any more): "
      .. "load it as `midge build lua` wrote it, with require or dofile, or use a build with --no-minify, which is whole", 0)
  end
  file:seek("set", at)
  return file:read(length)
end

local function chunkOf(text)
  if not setfenv then return assert(load(text, "=midge", nil, environment)) end
  return setfenv(assert(loadstring(text, "=midge")), environment)
end

local function part(kind, at, length)
  local chunk = chunkOf(textAt(tonumber(at), tonumber(length)))
  if kind == "!" then
    local code = string.dump(chunk, true)
    if setfenv and not jit then code = environment.stripped(code) end
    chunk = chunkOf(code)
  end
  return chunk(environment)
end

setmetatable(environment, { __index = function(_, name)
  local found = seldom[name]
  if found ~= nil then return found end
  local kind, at, length = index:match(" " .. name .. "([@!])(%d+),(%d+)")
  if not kind then return _G[name] end
  found = part(kind, at, length)
  if kind == "!" then return rawget(environment, name) end
  seldom[name] = found
  return found
end })

environment.readWhenAsked = { __index = function(methods, key)
  local name = type(key) == "string" and key:match("^%w+$") and index:match(" %." .. key .. "=(%w+) ")
  if not name then return nil end
  local found = environment[name]
  if rawget(environment, name) then methods[key] = found end
  return found
end }

return part(index:match("main([@!])(%d+),(%d+)"))
