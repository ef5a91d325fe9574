-- A review ends once: an operator has approved or rejected the order, or its time is over. It falls due, and whoever takes
-- it acts by that.
-- ARGV: epoch, order_id, approved, rejected or over
local locked = foreign_epoch()
if locked then return locked end
local id, key = ARGV[2], NS .. ':risk:order:' .. ARGV[2]
local review = redis.call('HGET', key, 'review')
if not review then return {'missing'} end
if review == ARGV[3] then
  confirm_again()
  return {'ok'}
end
if review ~= 'waiting' then return {'decided', review} end
local r = load(id)
redis.call('ZREM', NS .. ':risk:reviews', id)
if not r or not among(' accepted claimed ', r.state) then return {'decided', r and r.state or ''} end
local at = now_ms()
redis.call('HSET', key, 'review', ARGV[3])
if ARGV[3] == 'approved' then redis.call('HDEL', order_key(id), 'review') end
note(r, r.state, at, 'risk_' .. ARGV[3])
if r.state == 'accepted' then
  change(r, 'not_before', at)
  redis.call('ZADD', due_key(r), at, id)
end
save(r)
return {'ok'}
