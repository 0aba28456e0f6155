-- Rings for all that wait because of Jira, those first that were asked for first. Returns how many. They count as barred until a
-- look is good: one that Jira alone never answers is told of, however often others end an outage.
local released = 0
for _, id in ipairs(redis.call('ZRANGE', key('barred'), 0, -1)) do
  if redis.call('ZREM', key('wait'), id) == 1 then
    redis.call('HDEL', key('tries'), id)   -- what failed was Jira: pauses begin at the bottom again
    ring({ id })
    released = released + 1
  end
end
return released
