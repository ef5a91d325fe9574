-- Create-only: the first writer of an order_id owns its content. Returns the present record to everybody else, and of an
-- order that has left the ledger its tombstone (rule R11).
-- ARGV: epoch, order_id, grace_ms, then field, value, ...
local locked = foreign_epoch()
if locked then return locked end
local id = ARGV[2]
if redis.call('EXISTS', order_key(id)) == 1 then
  confirm_again()
  return {'exists', redis.call('HGETALL', order_key(id))}
end
local stone = tombstone(id)
if stone then
  confirm_again()
  return {'gone', stone}
end
local at = now_ms()
create(id, at, at + tonumber(ARGV[3]), 0, unpack(ARGV, 4))
redis.call('RPUSH', UNTOLD, id)
return {'accepted', tostring(at)}
