-- Take or keep the lease of a background duty. Leadership only saves work: two leaders do no harm.
-- ARGV: epoch, duty, token, lease_ms (0 gives the lease up)
local locked = foreign_epoch()
if locked then return locked end
local key = NS .. ':lead:' .. ARGV[2]
local holder, lease = redis.call('GET', key), tonumber(ARGV[4])
if holder and holder ~= ARGV[3] then return {'no'} end
if lease == 0 then redis.call('DEL', key) else redis.call('SET', key, ARGV[3], 'PX', lease) end
return {'yes'}
