-- Rings for all that wait because of Jira, those first that were asked for first. Returns how many.
local released = 0
for _, id in ipairs(redis.call('ZRANGE', key('barred'), 0, -1)) do
  if redis.call('ZREM', key('wait'), id) == 1 then
    redis.call('HDEL', key('tries'), id)   -- what failed was Jira: pauses begin at the bottom again
    ring({ id })
    released = released + 1
  end
end
redis.call('DEL', key('barred'))
return released
