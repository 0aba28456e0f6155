-- ARGV[2]: {id, token, pause, fresh, again, barred, trace}. pause: ms, -1 after a good look. fresh: 1 where the failed look got
-- something done. again: ms until the next look nobody has to ask for, -1 for none. barred: 1 where the look failed
-- because of Jira. Returns 1, or 0 where the lease was lost.
local id, token, pause, fresh, again, barred, trace = unpack(cjson.decode(ARGV[2]))
if redis.call('HGET', key('owner'), id) ~= token then return 0 end
redis.call('ZREM', key('held'), id)
redis.call('HDEL', key('owner'), id)
local asked = tonumber(redis.call('HGET', key('asked'), id) or now)
redis.call('HDEL', key('asked'), id)

if fresh == 1 or barred == 0 then redis.call('ZREM', key('barred'), id) end
if barred == 1 then
  redis.call('ZADD', key('barred'), 'NX', asked, id)   -- when it was asked for first: that is the order after an outage
end

if pause >= 0 then
  redis.call('HSETNX', key('trace'), id, trace)   -- the next look is still about the same hint
  local attempts, since = string.match(redis.call('HGET', key('tries'), id) or '', '(%d+) (%d+)')
  if fresh == 1 or not attempts then attempts, since = 0, now end
  redis.call('HSET', key('tries'), id, (attempts + 1) .. ' ' .. since)
  redis.call('ZADD', key('dirty'), 'NX', now, id)
  redis.call('ZADD', key('wait'), now + pause, id)
  return 1
end

redis.call('HDEL', key('tries'), id)
if again >= 0 then redis.call('ZADD', key('later'), now + again, id) end
if score('dirty', id) then schedule({ id }) end
return 1
