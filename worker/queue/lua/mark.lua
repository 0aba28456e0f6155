-- ARGV[2]: ids to look at.
local ids = cjson.decode(ARGV[2])
mark(ids)
schedule(ids)   -- the sweep asks here: an id that fell between the sets is picked up again
