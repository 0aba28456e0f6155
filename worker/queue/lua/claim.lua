-- ARGV[2]: {id, token}. Returns {verdict, attempts, ms since the first failure, trace of the hint, 1 where a retry was asked
-- for (which counts for one look), ms since the look was asked for with which Jira began to fail it, when it is at rest, its
-- evaluations, its linked requests}.
local id, token = unpack(cjson.decode(ARGV[2]))
redis.call('ZREM', key('rung'), id)

local opens = tonumber(redis.call('GET', key('opens')) or nil)
if not opens or opens > now then   -- Redis lost its memory: somebody may still be looking under a lease it forgot
  if score('dirty', id) and not score('wait', id) then
    redis.call('ZADD', key('wait'), opens or now + pace.gap, id)   -- within a tick it is known when claims open
  end
  return { 'wait', 0, 0 }
end

local held, wait = score('held', id), score('wait', id)
if held and held > now then return { 'busy', 0, 0 } end
if wait and wait > now then return { 'wait', 0, 0 } end
if not held and not score('dirty', id) then return { 'nothing', 0, 0 } end

redis.call('ZREM', key('wait'), id)
redis.call('ZREM', key('later'), id)
redis.call('HSETNX', key('asked'), id, score('dirty', id) or now)
redis.call('ZREM', key('dirty'), id)   -- before anything is read, so that a hint from now on asks for another look
redis.call('ZADD', key('held'), now + pace.lease, id)
redis.call('HSET', key('owner'), id, token)
redis.call('ZADD', key('began'), now, id)

local attempts, since = string.match(redis.call('HGET', key('tries'), id) or ('0 ' .. now), '(%d+) (%d+)')
local trace = redis.call('HGET', key('trace'), id)
redis.call('HDEL', key('trace'), id)

-- A key that holds something else is as good as lost; the ticket itself is held by now.
local function known(command, name)
  local found = redis.pcall(command, key(name .. ':' .. id))
  if type(found) == 'table' and found.err then return nil end
  return found
end

-- Which of the places where looks leave what they found know the ticket. A rest is part of that, and goes with it.
local function there(command, ...)
  local found = redis.pcall(command, ...)
  return (not found or found == 0 or type(found) == 'table') and '0' or '1'
end
local glance, board, failures, due, rounds = unpack(KEYS, 3)
local left = there('EXISTS', glance .. id) .. there('HEXISTS', board, id) .. there('HEXISTS', failures, id)
  .. there('ZSCORE', due, id) .. there('HEXISTS', rounds, id)

local before, rest = string.match(known('GET', 'rest') or '', '^(%d+) (.+)$')
if before ~= left then rest = '' end
local barred = score('barred', id) or now
local retry = redis.call('DEL', key('retry:' .. id))
local evaluations, requests = known('SMEMBERS', 'kids') or {}, known('SMEMBERS', 'clients') or {}
return { 'ours', tonumber(attempts), now - tonumber(since), trace or '', retry, now - barred, rest, evaluations, requests }
