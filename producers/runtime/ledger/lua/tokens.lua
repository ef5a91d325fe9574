-- Tokens of an account's rate, for one process and for a moment: a bucket that all workers share. It fills ever faster
-- up to the ceiling, and after a complaint, at the most one a second, more slowly.
-- ARGV: epoch, account, ceiling (per second), tokens wanted, percent of the rate that is kept (100 = no complaint)
local locked = foreign_epoch()
if locked then return locked end
local key, ceiling, at = NS .. ':tokens:' .. ARGV[2], tonumber(ARGV[3]), now_ms()
local kept = redis.call('HMGET', key, 'tokens', 'at', 'rate', 'complained')
local passed = math.max(0, at - (tonumber(kept[2]) or at)) / 1000
-- Twenty seconds from nothing to the ceiling.
local rate = math.min(ceiling, (tonumber(kept[3]) or ceiling) + passed * ceiling / 20)
local complained, keep = tonumber(kept[4]) or 0, tonumber(ARGV[5])
if keep < 100 and at - complained >= 1000 then
  rate, complained = math.max(1, rate * keep / 100), at
end
-- A tenth of a second's tokens are kept for whoever comes late. They are given by half of that at the least: single
-- ones would be fetched one by one.
local most = math.max(1, rate / 10)
local tokens = math.min(most, (tonumber(kept[1]) or most) + passed * rate)
local wanted = tonumber(ARGV[4])
local least = math.max(1, math.min(wanted, math.floor(most / 2)))
local granted = tokens >= least and math.min(wanted, math.floor(tokens)) or 0
tokens = tokens - granted
redis.call('HSET', key, 'tokens', string.format('%.6f', tokens), 'at', at, 'rate', string.format('%.6f', rate),
           'complained', complained)
local wait = granted > 0 and 0 or math.ceil((least - tokens) / rate * 1000)
return {'ok', tostring(granted), tostring(wait), string.format('%.3f', rate)}
