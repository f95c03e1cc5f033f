-- What both actors in Lua share: the words of a line, which are hexadecimal where they are data, and its writing. The lines stand in test/targets/README.md.

local lines = {}

function lines.fromHex(text)
  if text == "-" then return "" end
  return (text:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

function lines.toHex(text)
  if text == nil or text == "" then return "-" end
  return (text:gsub(".", function(character) return ("%02x"):format(character:byte()) end))
end

function lines.tell(...) io.write(table.concat({ ... }, " "), "\n") end

return lines
