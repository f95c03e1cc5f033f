-- Counts how often the module under test reads its own file: `counted(path)` returns the module and a function that tells.
local open = io.open

return function(path)
  local reads = 0
  io.open = function(name, mode)
    local file = open(name, mode)
    if name ~= path then return file end
    return {
      seek = function(_, ...) return file:seek(...) end,
      read = function(_, count)
        reads = reads + 1
        return file:read(count)
      end,
    }
  end
  return dofile(path), function() return reads end
end
