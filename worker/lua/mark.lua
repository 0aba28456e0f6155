-- ARGV[2]: ids to look at.
for _, id in ipairs(cjson.decode(ARGV[2])) do mark(id) end
