#!lua flags=allow-oom
-- pending(token) and pending still: what was waited for is over, the customer's answer or the gateway's own work, and the
-- payment of a two-phase order is a hold. Its owner is told in the same script (rule R7).
-- ARGV: epoch, order_id, token, payment_id, due_ms, event_id, event
local locked = foreign_epoch()
if locked then return locked end
local id = ARGV[2]
local r = load(id)
if not r then return {'missing'} end
local row = redis.call('HMGET', order_key(id), 'payment_id', 'reason')
if r.token ~= ARGV[3] or r.state ~= 'pending' or row[1] ~= ARGV[4] then return {'stale', r.state} end
if row[2] == 'held' then return {'again', r.state} end
emit(r, ARGV[6], ARGV[7])
change(r, 'reason', 'held')
save(r)
hold_begins(r, ARGV[4])
redis.call('HDEL', order_key(id), 'continuation', 'continued_at')
if redis.call('DEL', NS .. ':answers:' .. id) == 1 then
  redis.call('HDEL', order_key(id), 'answers_used', 'answer', 'answer_by', 'answer_until', 'answer_tries',
             'answer_turn')
end
redis.call('ZADD', due_key(r), now_ms() + tonumber(ARGV[5]), id)
return {'ok', r.state, '0', ''}
