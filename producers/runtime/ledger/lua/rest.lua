-- A pending order at which nothing is to be done now: it is looked at again in delay_ms, unless it has fallen due
-- meanwhile, because a payment was seen. Fields are what the look has found out.
-- ARGV: epoch, order_id, token, delay_ms, then field, value, ...
local locked = foreign_epoch()
if locked then return locked end
local id = ARGV[2]
local r = load(id)
if not r or r.token ~= ARGV[3] or r.state ~= 'pending' then return {'stale'} end
for i = 5, #ARGV do r.changes[i - 4] = ARGV[i] end
if #r.changes > 0 then save(r) end
local at = now_ms()
local due = redis.call('ZSCORE', due_key(r), id)
if not due or tonumber(due) > at then redis.call('ZADD', due_key(r), at + tonumber(ARGV[4]), id) end
return {'ok'}
