-- Shared by every script. KEYS[1]: prefix of all keys. ARGV[1]: the pace (JSON, instants and spans in ms). ARGV[2]: JSON.
-- An id that is dirty stands in exactly one of rung (a doorbell is under way), held (somebody looks) and wait (not yet).
local prefix = KEYS[1]
local pace = cjson.decode(ARGV[1])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function key(name) return prefix .. name end

local function score(set, id) return tonumber(redis.call('ZSCORE', key(set), id) or nil) end

local function due(set, before)
  return redis.call('ZRANGEBYSCORE', key(set), '-inf', before, 'LIMIT', 0, 500)
end

local rung = 0   -- doorbells by this script
local function push(id)
  rung = rung + 1
  local tag = id .. '-' .. clock[1] .. '.' .. clock[2] .. '-' .. rung
  local words, message = { ['@ID@'] = id, ['@TAG@'] = tag }, {}
  for n, part in ipairs(pace.bell) do message[n] = words[part] or part end
  redis.call('LPUSH', pace.list, table.concat(message))
end

local function ring(id)
  if redis.call('ZADD', key('rung'), 'NX', now, id) == 1 then push(id) end
end

-- Rings now, or lets the id wait where its last look began a moment ago: a flood of hints is one long breath.
local function schedule(id, hints)
  if score('held', id) or score('wait', id) then return end
  local flood = tonumber(hints or redis.call('HGET', key('hints'), id) or 0) > pace.flood
  local from = (score('began', id) or 0) + (flood and pace.flood_gap or pace.gap)
  if from <= now then
    ring(id)
  elseif not score('rung', id) then
    redis.call('ZADD', key('wait'), from, id)
  end
end

-- Says whether the id was not dirty yet; if it was, its look is on its way and will see what this hint is about.
local function mark(id)
  local hints = redis.call('HINCRBY', key('hints'), id, 1)
  if redis.call('ZADD', key('dirty'), 'NX', now, id) == 0 then return false end
  if score('began', id) then schedule(id, hints) else ring(id) end   -- nobody looks and nothing holds it back
  return true
end
