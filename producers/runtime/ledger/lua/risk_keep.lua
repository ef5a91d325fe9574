-- Keep what was found about an order, by the holder of its token, before anything is done about it. A review waits from
-- here on: nobody sends the order until somebody has decided. Repeated, it changes nothing.
-- ARGV: epoch, order_id, token, what is kept, keep_ms, until when a review waits ('' = none), then rule:mode, ...
local locked = foreign_epoch()
if locked then return locked end
local id, key = ARGV[2], NS .. ':risk:order:' .. ARGV[2]
local token = redis.call('HGET', order_key(id), 'token')
if not token then return {'missing'} end
if token ~= ARGV[3] then return {'stale'} end
if redis.call('HSETNX', key, 'kept', ARGV[4]) == 0 then
  confirm_again()
  return {'ok'}
end
redis.call('PEXPIRE', key, ARGV[5])
redis.call('HSET', order_key(id), 'risk', ARGV[4])
if ARGV[6] ~= '' then
  redis.call('HSET', key, 'review', 'waiting', 'until', ARGV[6])
  -- Workers that know no rules see it in the row, and leave the order alone.
  redis.call('HSET', order_key(id), 'review', ARGV[6])
  local reviews = NS .. ':risk:reviews'
  redis.call('ZADD', reviews, ARGV[6], id)
  -- Orders that were called back meanwhile are left behind there: what was found about them is gone by now.
  redis.call('ZREMRANGEBYSCORE', reviews, '-inf', now_ms() - tonumber(ARGV[5]))
end
for i = 7, #ARGV do redis.call('HINCRBY', NS .. ':risk:hits', ARGV[i], 1) end
return {'ok'}
