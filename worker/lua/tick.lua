-- Mends what was lost and rings what is due; one process per beat does it. Returns {doorbells rung, resync token or ''}.
if not redis.call('SET', key('tick'), 1, 'NX', 'PX', pace.tick) then return { 0, '' } end
if redis.call('SET', key('opens'), now + pace.cooldown, 'NX') then redis.call('SET', key('resync'), now) end

for _, id in ipairs(due('held', now)) do      -- its worker died
  redis.call('ZREM', key('held'), id)
  redis.call('HDEL', key('owner'), id)
  redis.call('ZADD', key('dirty'), 'NX', now, id)
  ring(id)
end
for _, id in ipairs(due('wait', now)) do      -- it waited long enough
  redis.call('ZREM', key('wait'), id)
  ring(id)
end
for _, id in ipairs(due('later', now)) do     -- it asked to be looked at about now
  redis.call('ZREM', key('later'), id)
  redis.call('ZADD', key('dirty'), 'NX', now, id)
  schedule(id)
end
-- A doorbell is lost only where none waits to be heard: behind a backlog, ringing again would multiply the backlog.
local idle = redis.call('LLEN', pace.list) == 0
for _, id in ipairs(due('rung', now - (idle and pace.lost or pace.stuck))) do
  if score('dirty', id) then
    redis.call('ZADD', key('rung'), now, id)
    push(id)
  else
    redis.call('ZREM', key('rung'), id)
  end
end
for _, id in ipairs(due('began', now - pace.calm)) do
  if not score('held', id) then
    redis.call('ZREM', key('began'), id)
    redis.call('HDEL', key('hints'), id)
  end
end

local resync = redis.call('GET', key('resync'))
if resync and not redis.call('SET', key('resync:told'), 1, 'NX', 'PX', pace.nag) then resync = false end
return { rung, resync or '' }
