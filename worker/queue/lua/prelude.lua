-- Shared by every script. KEYS[1]: prefix of all keys. KEYS[2]: Celery's list of doorbells. KEYS[3] on: where looks leave what they found (workqueue.LEFT). ARGV[1]: the pace (JSON, instants and spans in ms). ARGV[2]: JSON.
-- An id that is dirty stands in exactly one of rung (a doorbell is under way), held (somebody looks) and wait (not yet).
-- `ids` are some hundred at most, and none stands in them twice: what is asked and written about them is one command.
local prefix, bells = KEYS[1], KEYS[2]
local pace = cjson.decode(ARGV[1])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function key(name) return prefix .. name end

local function score(set, id) return tonumber(redis.call('ZSCORE', key(set), id) or nil) end

local function scores(set, ids)
  return #ids > 0 and redis.call('ZMSCORE', key(set), unpack(ids)) or {}
end

local function put(set, ids)
  if #ids == 0 then return end
  local scored = {}
  for n, id in ipairs(ids) do scored[2 * n - 1], scored[2 * n] = now, id end
  redis.call('ZADD', key(set), 'NX', unpack(scored))
end

local function drop(set, ids)
  if #ids > 0 then redis.call('ZREM', key(set), unpack(ids)) end
end

local function due(set, before)
  return redis.call('ZRANGEBYSCORE', key(set), '-inf', before, 'LIMIT', 0, 500)
end

local rung = 0   -- doorbells by this script
local function push(ids)
  local messages = {}
  for n, id in ipairs(ids) do
    rung = rung + 1
    local tag = id .. '-' .. clock[1] .. '.' .. clock[2] .. '-' .. rung
    local words, message = { ['@ID@'] = id, ['@TAG@'] = tag }, {}
    for m, part in ipairs(pace.bell) do message[m] = words[part] or part end
    messages[n] = table.concat(message)
  end
  if #ids > 0 then redis.call('LPUSH', bells, unpack(messages)) end
end

local function ring(ids)
  local silent, already = {}, scores('rung', ids)
  for n, id in ipairs(ids) do
    if not already[n] then silent[#silent + 1] = id end
  end
  put('rung', silent)
  push(silent)
end

-- Rings now, or lets an id wait where its last look began a moment ago: a flood of hints is one long breath.
local function schedule(ids)
  local held, wait, began, calm = scores('held', ids), scores('wait', ids), scores('began', ids), {}
  for n, id in ipairs(ids) do
    if not held[n] and not wait[n] then
      local flood = began[n] and tonumber(redis.call('HGET', key('hints'), id) or 0) > pace.flood
      local from = (began[n] or 0) + (flood and pace.flood_gap or pace.gap)
      if from <= now then
        calm[#calm + 1] = id
      elseif not score('rung', id) then
        redis.call('ZADD', key('wait'), from, id)
      end
    end
  end
  ring(calm)
end

-- Marks ids that so many hints named (one each without `hints`). Gives those that were not dirty yet; the look of the
-- others is on its way and will see what the hints are about.
local function mark(ids, hints)
  local dirty, began, new = scores('dirty', ids), scores('began', ids), {}
  for n, id in ipairs(ids) do
    local more = hints and hints[n] or 1
    if not dirty[n] then
      new[#new + 1] = id
      if not began[n] then more = more - 1 end   -- the first of all is no flurry
    end
    if more > 0 then redis.call('HINCRBY', key('hints'), id, more) end
  end
  put('dirty', new)
  schedule(new)
  return new
end
