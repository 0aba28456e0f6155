-- ARGV[2]: pairs {id, token}. Returns the ids that are no longer held under their token.
local lost = {}
for _, pair in ipairs(cjson.decode(ARGV[2])) do
  if redis.call('HGET', key('owner'), pair[1]) == pair[2] then
    redis.call('ZADD', key('held'), now + pace.lease, pair[1])
  else
    lost[#lost + 1] = pair[1]
  end
end
return lost
