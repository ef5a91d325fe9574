-- Keeps what a batch is to hold, once, before its first order; the first writer of a name owns it. Answers what is kept.
-- Fields are set only where there are none, as in accept.
-- ARGV: epoch, batch, then field, value, ...
local locked = foreign_epoch()
if locked then return locked end
local key = NS .. ':manifest:' .. ARGV[2]
if redis.call('EXISTS', key) == 0 then
  redis.call('HSETNX', key, 'created_at', now_ms())
  for i = 3, #ARGV, 2 do redis.call('HSETNX', key, ARGV[i], ARGV[i + 1]) end
end
confirm_again()
return {'ok', redis.call('HGETALL', key), redis.call('GET', NS .. ':halt:' .. ARGV[2]) or ''}
