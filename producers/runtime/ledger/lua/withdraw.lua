-- The owner wants nobody to pay a link any more. The wish stands in the row and makes a pending order due; it ends nothing
-- by itself. A field is set only where there is none, as in accept. Of an order that waits for the payment of a link it is
-- that one's.
-- ARGV: epoch, order_id
local locked = foreign_epoch()
if locked then return locked end
local id = ARGV[2]
local key = order_key(id)
local known = redis.call('HMGET', key, 'state', 'kind', 'successor')
if not known[1] then return {'missing'} end
if known[3] then
  id = known[3]
  known = redis.call('HMGET', order_key(id), 'state', 'kind')
end
if known[2] ~= 'link' then return {'no_link'} end
if is_open(known[1]) then
  local at = now_ms()
  redis.call('HSETNX', order_key(id), 'withdrawn_at', at)
  confirm_again()
  -- A link is of no batch.
  if known[1] == 'pending' then redis.call('ZADD', DUE, at, id) end
end
return {'ok', redis.call('HGETALL', key)}
