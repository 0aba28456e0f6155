-- ARGV[2]: {id, token, pause, fresh, again}. pause: ms, -1 after a good look. fresh: 1 where the failed look got
-- something done. again: ms until the next look nobody has to ask for, -1 for none. Returns 1, or 0 where the lease was lost.
local id, token, pause, fresh, again = unpack(cjson.decode(ARGV[2]))
if redis.call('HGET', key('owner'), id) ~= token then return 0 end
redis.call('ZREM', key('held'), id)
redis.call('HDEL', key('owner'), id)

if pause >= 0 then
  local attempts, since = string.match(redis.call('HGET', key('tries'), id) or '', '(%d+) (%d+)')
  if fresh == 1 or not attempts then attempts, since = 0, now end
  redis.call('HSET', key('tries'), id, (attempts + 1) .. ' ' .. since)
  redis.call('ZADD', key('dirty'), 'NX', now, id)
  redis.call('ZADD', key('wait'), now + pause, id)
  return 1
end

redis.call('HDEL', key('tries'), id)
if again >= 0 then redis.call('ZADD', key('later'), now + again, id) end
if score('dirty', id) then schedule(id) end
return 1
