-- Mends what was lost and rings what is due; one process per beat does it. Returns {doorbells rung, resync token or ''}.
if not redis.call('SET', key('tick'), 1, 'NX', 'PX', pace.tick) then return { 0, '' } end
if redis.call('SET', key('opens'), now + pace.cooldown, 'NX') then redis.call('SET', key('resync'), now) end

local dead = due('held', now)   -- its worker died
drop('held', dead)
for _, id in ipairs(dead) do redis.call('HDEL', key('owner'), id) end
put('dirty', dead)
ring(dead)

local rested = due('wait', now)   -- it waited long enough
drop('wait', rested)
ring(rested)

local returning = due('later', now)   -- it asked to be looked at about now
drop('later', returning)
put('dirty', returning)
schedule(returning)

-- A doorbell is lost only where none waits to be heard: behind a backlog, ringing again would multiply the backlog.
local idle = redis.call('LLEN', bells) == 0
local unheard, again = due('rung', now - (idle and pace.lost or pace.stuck)), {}
local dirty = scores('dirty', unheard)
for n, id in ipairs(unheard) do
  if dirty[n] then again[#again + 1] = id end
end
drop('rung', unheard)
put('rung', again)
push(again)

for _, id in ipairs(due('began', now - pace.calm)) do
  if not score('held', id) then
    redis.call('ZREM', key('began'), id)
    redis.call('HDEL', key('hints'), id)
  end
end

local resync = redis.call('GET', key('resync'))
if resync and not redis.call('SET', key('resync:told'), 1, 'NX', 'PX', pace.nag) then resync = false end
return { rung, resync or '' }
