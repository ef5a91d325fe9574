-- What is known of an order before it is sent. One that was judged before is judged once: what was kept is answered, from
-- a key that producers have no right to. Windows are sorted sets by time, cut to the newest members, and gone with their
-- time.
-- ARGV: epoch, order_id, at_ms, account, members_max, then key, member, window_ms, 1 to put the member in, ...
local locked = foreign_epoch()
if locked then return locked end
local RISK = NS .. ':risk:'
local kept = redis.call('HMGET', RISK .. 'order:' .. ARGV[2], 'kept', 'review', 'until')
if kept[1] then return {'kept', kept[1], kept[2] or '', kept[3] or ''} end
local at, most = tonumber(ARGV[3]), tonumber(ARGV[5])

-- Charges by the hour: those of this one, and the mean of the hours before, of a week's at the most.
local HOUR, WEEK, DAY = 3600000, 168, 24
local volume = RISK .. 'volume:' .. ARGV[4]
local hour = math.floor(at / HOUR)
local v = redis.call('HMGET', volume, 'hour', 'charges', 'usual', 'hours')
local last, charges = tonumber(v[1]) or hour, tonumber(v[2]) or 0
local usual, hours = tonumber(v[3]) or 0, tonumber(v[4]) or 0
for _ = 1, math.min(hour - last, WEEK) do
  hours = math.min(hours + 1, WEEK)
  usual = usual + (charges - usual) / hours
  charges = 0
end
charges = charges + 1
local mean = string.format('%.17g', usual)
redis.call('HSET', volume, 'hour', math.max(hour, last), 'charges', charges, 'usual', mean, 'hours', hours)
redis.call('PEXPIRE', volume, 2 * WEEK * HOUR)

local seen = {}
for i = 6, #ARGV, 4 do
  local key, member, window, add = RISK .. ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3] == '1'
  local score = member ~= '' and redis.call('ZSCORE', key, member)
  seen[#seen + 1] = (score and tonumber(score) > at - window) and '1' or '0'
  if add then
    redis.call('ZADD', key, 'GT', at, member)
    redis.call('ZREMRANGEBYSCORE', key, '-inf', at - window)
    redis.call('ZREMRANGEBYRANK', key, 0, -most - 1)
    redis.call('PEXPIRE', key, window)
  end
  seen[#seen + 1] = tostring(redis.call('ZCOUNT', key, '(' .. (at - window), '+inf'))
end
return {'seen', tostring(charges), hours >= DAY and mean or '0', seen}
