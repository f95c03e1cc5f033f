-- The code of a file that reads parts of itself: finds the file, reads the loader (loader.lua) from it, and is gone then.

local head, index = "HEAD", "INDEX"
local path = debug.getinfo(1, "S").source:match("^@(.*)")
local file = path and io.open(path, "rb")
local complaint = "midge reads parts of itself from its file when they are needed, and " .. (path or "what it was loaded from") .. " is not that file (any more): "
  .. "load it as `midge build lua` wrote it, with require or dofile, or use a build with --no-minify, which is whole"

if not file or file:read(#head) ~= head then error(complaint, 0) end

local load = loadstring or load

local function chunkOf(name)
  local at, length = index:match("(%d+),(%d+) " .. name .. " ")
  file:seek("set", tonumber(at))
  return assert(load(file:read(tonumber(length)), "=midge"))
end

local code
if setfenv and not jit then code = chunkOf("STRIPPED")()(string.dump(chunkOf("loader")))
else code = string.dump(chunkOf("loader"), true) end
return load(code, "=midge")(file, head, index, complaint)
