-- ARGV[2]: notices {id, keys, certain, trace, ours}. Returns how many were taken, were duplicates, were about strangers.
local notices, names = cjson.decode(ARGV[2]), {}
if #notices == 0 then return { 0, 0, 0 } end
for n, notice in ipairs(notices) do names[n] = key('kin:' .. notice[1]) end
local kin = redis.call('MGET', unpack(names))

local function seen(keys)
  local any = false
  for _, name in ipairs(keys) do
    if not redis.call('SET', key('seen:' .. name), 1, 'NX', 'EX', 86400) then any = true end
  end
  return any
end

local taken, twice, strange = 0, 0, 0
local ids, places, hints, traces, itself, sure = {}, {}, {}, {}, {}, {}
for n, notice in ipairs(notices) do
  local id, keys, certain, trace, ours = unpack(notice)
  if ours and redis.call('EXISTS', key('kids:' .. id), key('named:' .. id)) == 0 then
    strange = strange + 1
  elseif kin[n] == '-' and not certain and not ours then
    strange = strange + 1
  elseif seen(keys) then
    twice = twice + 1
  else
    taken = taken + 1
    local ticket = (kin[n] and kin[n] ~= '-') and kin[n] or id
    local place = places[ticket] or #ids + 1
    ids[place], places[ticket], hints[place] = ticket, place, (hints[place] or 0) + 1
    traces[2 * place - 1], traces[2 * place] = ticket, trace
    itself[ticket] = itself[ticket] or ticket == id
    sure[ticket] = sure[ticket] or (certain and ticket == id)
  end
end
if taken > 0 then redis.call('HSET', key('trace'), unpack(traces)) end
for _, ticket in ipairs(mark(ids, hints)) do
  if itself[ticket] then -- 2: as one of ours, 1: as one that somebody wrote on
    local name = key('named:' .. ticket)
    redis.call('SET', name, sure[ticket] and 2 or redis.call('GET', name) or 1, 'EX', 604800)
  end
end
return { taken, twice, strange }
