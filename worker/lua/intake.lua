-- ARGV[2]: notices {id, keys, certain, trace}. Returns how many were taken, were duplicates, were about strangers.
local taken, twice, strange = 0, 0, 0

local function seen(keys)
  local any = false
  for _, name in ipairs(keys) do
    if not redis.call('SET', key('seen:' .. name), 1, 'NX', 'EX', 86400) then any = true end
  end
  return any
end

for _, notice in ipairs(cjson.decode(ARGV[2])) do
  local id, keys, certain, trace = unpack(notice)
  local kin = redis.call('GET', key('kin:' .. id))
  if kin == '-' and not certain then
    strange = strange + 1
  elseif seen(keys) then
    twice = twice + 1
  else
    taken = taken + 1
    redis.call('HSET', key('trace'), (kin and kin ~= '-') and kin or id, trace)
    if kin and kin ~= '-' then
      mark(kin)
    elseif mark(id) then
      redis.call('SET', key('named:' .. id), 1, 'EX', 604800)
    end
  end
end
return { taken, twice, strange }
