-- Another operator confirms: a parked order is sent once more, as an order of its own, its successor. Compare-and-set on
-- the token under which the evidence was gathered (rule R4), and on a fresh word of somebody else (`propose`). The first
-- order is pending and names the successor, which is created in the same step with what was sealed for the first: so
-- there is one, however often this is asked for, and the call can choose neither amount nor instrument.
-- ARGV: epoch, order_id, token, successor, operator, valid_ms, reason, event_id and event of the first, the same of the
--       successor, due_ms
local locked = foreign_epoch()
if locked then return locked end
local id, next_id, by = ARGV[2], ARGV[4], ARGV[5]
local r = load(id)
if not r then return {'missing'} end
if r.token ~= ARGV[3] then return {'stale', r.state} end
if r.successor == next_id then return {'again', r.state} end
if r.state ~= 'parked' then return {'stale', r.state} end
local at = now_ms()
local row = redis.call('HMGET', order_key(id), 'envelope', 'country', 'description', 'account', 'producer', 'instrument',
                       'suffix', 'customer', 'customer_ip', 'direct', 'proposed_by', 'proposed_at', 'payment_id')
local proposed_by = row[11]
if not proposed_by or person(proposed_by) == person(by) or tonumber(row[12]) + tonumber(ARGV[6]) <= at then
  return {'unconfirmed', r.state}
end
-- The list may have shown it since the evidence was gathered.
if row[13] or shown(id) then return {'contradicted', r.state} end
-- A plain charge whose instrument is still there, and that was never sent anew.
local plain = r.parent == '' and r.kind == '' and r.two_phase == '' and r.settle ~= '0' and r.root == ''
if not plain or r.charged_from == '' or not row[1] or redis.call('EXISTS', order_key(next_id)) == 1 or tombstone(next_id) then
  return {'stale', r.state}
end
local fields = {'amount_minor', r.amount_minor, 'currency', r.currency, 'country', row[2], 'description', row[3],
                'account', row[4], 'producer', row[5], 'ref', next_id, 'expires_at', r.expires_at, 'batch', '',
                'root', id, 'envelope', row[1], 'charged_from', r.charged_from, 'ordered_by', proposed_by .. ' ' .. by}
for i, name in ipairs({'instrument', 'suffix', 'customer', 'customer_ip', 'direct'}) do
  local value = row[5 + i]
  if value and value ~= '' then fields[#fields + 1], fields[#fields + 2] = name, value end
end
emit(r, ARGV[8], ARGV[9])
emit(nil, ARGV[10], ARGV[11])
-- Its money goes over to the successor.
add_now(STATS, 'money:parked:' .. r.currency, -tonumber(r.amount_minor))
r.successor = next_id
move(r, 'pending', at, ARGV[7])
change(r, 'successor', next_id)
change(r, 'reason', ARGV[7])
save(r)
redis.call('HDEL', order_key(id), 'proposed_by', 'proposed_at', 'proposal')
redis.call('ZADD', due_key(r), at + tonumber(ARGV[12]), id)
create(next_id, at, at, at, unpack(fields))
return {'ok', 'pending', '0', 'parked'}
