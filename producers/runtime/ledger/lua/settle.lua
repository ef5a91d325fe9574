#!lua flags=allow-oom
-- The one way to an outcome, for workers and for the resolver alike: compare-and-set on the token whose evidence was
-- gathered (rule R4), with the event in the same script (rule R7). Works when Redis is full.
-- ARGV: epoch, order_id, token, allowed (space separated), to, event_id, event, detail, due_ms ('' = none),
--       then field, value, ...
local locked = foreign_epoch()
if locked then return locked end
local id, token, allowed, to = ARGV[2], ARGV[3], ' ' .. ARGV[4] .. ' ', ARGV[5]
local r = load(id)
if not r then return {'missing'} end
if r.token ~= token then return {'stale', r.state} end
if r.state == to then return {'again', r.state} end
if not string.find(allowed, ' ' .. r.state .. ' ', 1, true) then return {'stale', r.state} end
local chosen
if r.two_phase ~= '' then
  -- Which hold is settled is chosen once, by whoever is first: nothing that comes later may speak of another.
  chosen = redis.call('HGET', order_key(id), 'payment_id')
  for i = 10, #ARGV, 2 do
    if ARGV[i] == 'payment_id' and chosen and ARGV[i + 1] ~= chosen then return {'stale', r.state} end
  end
end
local at, from = now_ms(), r.state
for i = 10, #ARGV do r.changes[i - 9] = ARGV[i] end
move(r, to, at, ARGV[8])
drop_holder(r)
save(r)
-- Nobody is asked anything any more, and what customers answered is nobody's business.
if from == 'pending' and redis.call('DEL', NS .. ':answers:' .. id) == 1 then
  redis.call('HDEL', order_key(id), 'answers_used', 'answer', 'answer_by', 'answer_until', 'answer_tries')
end
if ARGV[9] == '' then redis.call('ZREM', DUE, id) else redis.call('ZADD', DUE, at + tonumber(ARGV[9]), id) end
emit(ARGV[6], ARGV[7])
if r.two_phase ~= '' then
  local row = redis.call('HMGET', order_key(id), 'payment_id', 'account')
  if row[1] or not is_open(to) then
    local rows = redis.call('HGETALL', seen_key(id))
    for i = 1, #rows, 2 do
      if rows[i] ~= row[1] and may_hold(rows[i + 1]) then stray(rows[i], row[2], id) end
    end
    redis.call('DEL', seen_key(id))
    -- Whoever pays nothing keeps no hold.
    if chosen and to ~= 'approved' and not is_open(to) then stray(chosen, row[2], id) end
  end
  if from == 'pending' then redis.call('HDEL', order_key(id), 'turn_by', 'turn_until') end
  return {'ok', to, '0', from}
end
if among(LISTED, to) then return {'ok', to, '0', from} end
-- Two approved charges for one order are never hidden (rule R13).
local rows, extra = redis.call('HGETALL', seen_key(id)), 0
if #rows == 0 then return {'ok', to, '0', from} end
local payment_id = redis.call('HGET', order_key(id), 'payment_id') or ''
for i = 1, #rows, 2 do
  if string.sub(rows[i + 1], 1, 9) == 'approved ' and rows[i] ~= payment_id then
    extra = extra + 1
    redis.call('XADD', ALARMS, '*', 'order_id', id, 'state', to, 'payment_id', rows[i], 'at', at)
  end
end
redis.call('DEL', seen_key(id))
return {'ok', to, tostring(extra), from}
