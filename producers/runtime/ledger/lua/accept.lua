-- Create-only: the first writer of an order_id owns its content. Returns the present record to everybody else, and of an
-- order that has left the ledger its tombstone (rule R11).
-- ARGV: epoch, order_id, grace_ms, event_id, event, then field, value, ...
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
emit(ARGV[4], ARGV[5])
create(id, at, at + tonumber(ARGV[3]), unpack(ARGV, 6))
return {'accepted', tostring(at)}
