-- NodeMCU's interpreter on UART 0, which is standard input and output, for the tool that uploads: echo, lines of at most 255 characters of which longer ones lose
-- their beginning, prompts, results and errors as the firmware prints them, and the modules that the tool and an upload use. Runs on Lua 5.1 with bit.
-- Arguments: the folder that is its file system, and a fault: none, deaf (answers nothing, as at a wrong baud rate), full (the file system takes 2,000 bytes),
-- flip (bytes of midge.lua are written wrong), hang (answers no more after 40 lines), small (too little memory to compile a large file).
-- Must not know: what is uploaded. Read first: app/driver/input.c, app/lua53/lua.c and app/modules/{file,node}.c of nodemcu-firmware.

local folder, fault = arg[1], arg[2]
bit = bit or require("bit")

io.stdout:setvbuf("full")
local function put(text) io.write((text:gsub("\r", ""):gsub("\n", "\r\n"))) end

function print(...)
  local words = {}
  for at = 1, select("#", ...) do words[at] = tostring((select(at, ...))) end
  put(table.concat(words, "\t") .. "\n")
end

-- The modules -----------------------------------------------------------------------------------------------------------------------------------

uart = { write = function(_, text) put(text) end }
tmr = { wdclr = function() end, now = function() return 1 end, create = function() return { alarm = function() return true end, stop = function() end } end, ALARM_SINGLE = 0 }

local handle, opened
local room = fault == "full" and 2000 or 1000000

local function place(name)
  assert(type(name) == "string" and #name <= 31 and not name:find("/"), "filename invalid")
  return folder .. "/" .. name
end

file = {}
function file.open(name, mode)
  opened = name
  handle = io.open(place(name), (mode or "r"):gsub("%+", ""):gsub("$", "b"))
  return handle and { close = file.close } or nil
end
function file.write(text)
  if not handle then error("open a file first") end
  if #text > room then return nil end
  room = room - #text
  if fault == "flip" and opened == "midge.lua" then text = text:gsub("a", "b", 1) end
  handle:write(text)
  return true
end
function file.read(count)
  if not handle then error("open a file first") end
  return handle:read(count or 1024)
end
function file.flush() if handle then handle:flush() end end
function file.close()
  if handle then handle:close() end
  handle = nil
end
function file.remove(name) os.remove(place(name)) end

node = { chipid = function() return 1193046 end, heap = function() return 44000 end }
function node.info(group)
  if group == nil then return 3, 0, 0, 1193046, 1458415, 4096, 2, 40000000 end
  if group == "hw" then return { chip_id = 1193046, flash_id = 1458415, flash_size = 4096, flash_mode = 2, flash_speed = 40000000 } end
  if group == "sw_version" then return { node_version_major = 3, node_version_minor = 0, node_version_revision = 0, git_branch = "release", git_commit_id = "0000000000" } end
  return { lfs_size = 65536, modules = "bit,file,net,node,tmr,uart,wifi" }
end

-- An image is what the test's compiler makes: a mark, the module's name, its source.
local image = {}
local restart = {}
node.LFS = {
  get = function(name) return image[name] end,
  reload = function(name)
    local source = io.open(place(name), "rb")
    if not source then return "LFS image file not found" end
    local mark, module, text = source:read("*a"):match("^(%S+) (%S+)\n(.*)$")
    source:close()
    if mark ~= "IMAGE" then return "Incorrect LFS build type" end
    image = { [module] = assert(loadstring(text, "@" .. module .. ".lua")) }
    error(restart)
  end,
}

local load = loadfile
local function compile(name)
  local size = io.open(place(name), "rb")
  local length = size and size:seek("end") or 0
  if size then size:close() end
  if fault == "small" and length > 20000 then return nil, "not enough memory" end
  local source = size and io.open(place(name), "rb")
  if not source then return nil, "cannot open " .. name end
  local text = source:read("*a")
  source:close()
  return loadstring(text, "@" .. name)
end
function loadfile(name) return compile(name) end
function dofile(name) return assert(compile(name))() end
package.loaders = {
  package.loaders[1],
  function(name)
    local loaded, why = compile(name .. ".lua")
    if loaded then return loaded end
    if why:find("^cannot open") then return "\n\tno file '" .. name .. ".lua'" end
    error("error loading module '" .. name .. "' from file '" .. name .. ".lua':\n\t" .. why)
  end,
  function() end,
}

-- The interpreter -------------------------------------------------------------------------------------------------------------------------------

local function results(isFine, ...)
  if select("#", ...) > 0 then
    if isFine then print(...) else print("Lua error: ", ...) end
  end
end

local function protected(chunk)
  local restarts = false
  local function handler(why)
    if why == restart then
      restarts = true
      return nil
    end
    return debug.traceback(tostring(why), 2)
  end
  results(xpcall(chunk, handler))
  return restarts
end

local pending
local boot

local function run(line)
  local text = pending and pending .. "\n" .. line or line:gsub("^=", "return ", 1)
  local chunk, why = loadstring(text, "=stdin")
  pending = not chunk and why:find("'<eof>'$") and text or nil
  if chunk then
    if protected(chunk) then boot() return end
  elseif not pending then print("Lua error: ", why) end
  put(pending and ">> " or "> ")
end

function boot()
  package.loaded.midge, package.loaded["midge-uart"], pending = nil, nil, nil
  put("\nNodeMCU 3.0.0.0 build unspecified powered by Lua 5.1.4 on SDK 3.0.1-dev(fce080e)\n")
  local init = compile("init.lua")
  if init then protected(init) else put("cannot open init.lua: \n") end
  put("> ")
end

boot()
io.flush()
local line, last, lines = "", "", 0
while true do
  local character = io.read(1)
  if not character then break end
  if (character == "\r" and last == "\n") or (character == "\n" and last == "\r") then
    last = ""
  elseif fault ~= "deaf" and not (fault == "hang" and lines >= 40) then
    last = character
    if character == "\r" or character == "\n" then
      lines = lines + 1
      put("\n")
      if line == "" then put("> ") else
        local whole = line
        line = ""
        run(whole)
      end
      io.flush()
    else
      put(character)
      -- It's a large line: the beginning is discarded.
      if #line + 1 >= 256 then line = "" end
      line = line .. character
    end
  end
end
