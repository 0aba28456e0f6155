-- ARGV[2]: ids to look at.
for _, id in ipairs(cjson.decode(ARGV[2])) do
  if not mark(id) then schedule(id) end   -- the sweep asks here: an id that fell between the sets is picked up again
end
