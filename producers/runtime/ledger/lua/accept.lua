-- Create-only: the first writer of an order_id owns its content. Returns the present record to everybody else. Fields
-- are set only where there are none, so that a producer's password needs no right to change a row (see operations.md).
-- ARGV: epoch, order_id, grace_ms, event_id, event, then field, value, ...
local locked = foreign_epoch()
if locked then return locked end
local id, grace = ARGV[2], tonumber(ARGV[3])
local key = order_key(id)
if redis.call('EXISTS', key) == 1 then
  confirm_again()
  return {'exists', redis.call('HGETALL', key)}
end
local at = now_ms()
local row = {'state', 'accepted', 'created_at', at, 'since', at, 'token', '', 'claims', 0,
             'history', at .. ' accepted  -\n', unpack(ARGV, 6)}
for i = 1, #row, 2 do redis.call('HSETNX', key, row[i], row[i + 1]) end
local r = load(id)
count(r, 'accepted', 1)
redis.call('ZADD', NS .. ':state:accepted', at, id)
redis.call('ZADD', due_key(r), at + grace, id)
emit(ARGV[4], ARGV[5])
return {'accepted', tostring(at)}
