-- pending(token): this worker is about to ask the gateway for the second phase, or (window 0) has done so. A hold is settled
-- once however often that is asked for, so turns only keep workers out of each other's way. As a durable write it stands
-- behind the choice of this hold, which is then on every replica before the gateway hears of it (rule R1).
-- ARGV: epoch, order_id, token, payment_id, worker, window_ms, presence_ms, due_ms
local locked = foreign_epoch()
if locked then return locked end
local id, worker = ARGV[2], ARGV[5]
local r = load(id)
if not r then return {'missing'} end
local row = redis.call('HMGET', order_key(id), 'payment_id', 'turn_by', 'turn_until')
if r.token ~= ARGV[3] or r.state ~= 'pending' or row[1] ~= ARGV[4] then return {'stale', r.state} end
local at = now_ms()
local by_another = row[2] and row[2] ~= worker and tonumber(row[3]) > at
if by_another and alive(row[2], at, tonumber(ARGV[7])) then return {'busy', r.state} end
redis.call('HSET', order_key(id), 'turn_by', worker, 'turn_until', at + tonumber(ARGV[6]))
redis.call('ZADD', due_key(r), at + tonumber(ARGV[8]), id)
return {'ok', r.state, '0', ''}
