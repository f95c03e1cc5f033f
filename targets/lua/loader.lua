-- How a module reads parts of itself from its file: the parts stand in the comment at the file's head, `index` says where (targets/build/lua-parts.ts). A name
-- without a part is Lua's own. What lasts is kept without what only a debugger needs, half as large.

local file, head, index, complaint = ...
local environment = { bit = bit }
local seldom = setmetatable({}, { __mode = "v" })

local function chunkOf(text)
  if not setfenv then return assert(load(text, "=midge", nil, environment)) end
  return setfenv(assert(loadstring(text, "=midge")), environment)
end

setmetatable(environment, { __index = function(_, name)
  local found = seldom[name]
  if found ~= nil then return found end
  local kind, at, length = index:match("([@!])(%d+),(%d+)[%w_ ]* " .. name .. " ")
  if not kind then return _G[name] end
  if not file:seek("set", 0) or file:read(#head) ~= head then error(complaint, 0) end
  file:seek("set", tonumber(at))
  local chunk = chunkOf(file:read(tonumber(length)))
  if kind == "@" then
    found = chunk()
    seldom[name] = found
    return found
  end
  local code = string.dump(chunk, true)
  if setfenv and not jit then code = environment.stripped(code) end
  return chunkOf(code)(environment) or rawget(environment, name)
end })

environment.readWhenAsked = { __index = function(methods, key)
  local name = type(key) == "string" and key:match("^[%w_]+$") and index:match(" %." .. key .. "=([%w_]+) ")
  if not name then return nil end
  local found = environment[name]
  if rawget(environment, name) then methods[key] = found end
  return found
end }

return environment["main"]
