-- tshark.lua - which frames of a capture tshark's display filters keep, all filters in one run.
--
-- Run by ask_tshark in lib.sh:  tshark -q -r CAPTURE -X lua_script:tshark.lua -X lua_script1:FILTERS.tsv -X lua_script1:WHICH
-- Reads columns 1 (id) and 4 (display filter, "-" for none) of FILTERS.tsv; WHICH is "icmp" for the filters that speak of
-- ICMP and "rest" for the others (lib.sh says why they are asked apart), or "all".  A tap with a filter is called for the
-- frames `-Y` would show.  Prints "id TAB n,n,..." or "id TAB !reason" when tshark does not accept the filter.

local path, which = ...
local answers = {}

local function listen(id, filter)
  local numbers = {}
  local made, tap = pcall(Listener.new, "frame", filter)
  if not made then
    answers[#answers + 1] = { id, "!" .. tostring(tap):gsub("[\t\n].*", "") }
    return
  end
  answers[#answers + 1] = { id, numbers }
  function tap.packet(pinfo) numbers[#numbers + 1] = pinfo.number end
end

for line in io.lines(path) do
  local id, filter = line:match("^([^#\t][^\t]*)\t[^\t]*\t[^\t]*\t([^\t]*)$")
  if id and filter ~= "-" and (which == "all" or (filter:find("icmp", 1, true) ~= nil) == (which == "icmp")) then
    listen(id, filter)
  end
end

-- tshark draws its taps at the end of the capture; this one stands for all.
local last = Listener.new("frame")
function last.draw()
  for _, answer in ipairs(answers) do
    local numbers = answer[2]
    print(answer[1] .. "\t" .. (type(numbers) == "string" and numbers or table.concat(numbers, ",")))
  end
end
