#!lua flags=allow-oom
-- The bank has declined, and another order goes on: it is created in the step that records the decline (rule R4), with
-- what was sealed for it at accept, so that nothing of a card is in the call. The first order of a chain is pending from
-- then on; one between the first and the last ends with its own decline. Works when Redis is full.
-- ARGV: epoch, order_id, token, allowed (space separated), successor, its ref, what may continue that one in turn, reason
--       (backup or needs_customer), payment_id of the declined one, event_id, event, the same two for the first order
--       where this is not it, and for the successor, due_ms, then field, value, ... of the decline
local locked = foreign_epoch()
if locked then return locked end
local id, allowed, next_id, reason, declined = ARGV[2], ' ' .. ARGV[4] .. ' ', ARGV[5], ARGV[8], ARGV[9]
local r = load(id)
if not r then return {'missing'} end
if r.token ~= ARGV[3] then return {'stale', r.state} end
if r.successor ~= '' then return {r.successor == next_id and 'again' or 'stale', r.state} end
if not among(allowed, r.state) then return {'stale', r.state} end
-- An approved payment of this reference was seen beside the declined one: which of them is true must be found out first.
local seen = redis.call('HGETALL', seen_key(id))
for i = 2, #seen, 2 do
  if string.sub(seen[i], 1, 9) == 'approved ' then return {'contradicted', r.state} end
end
local first = r
if r.root ~= '' then
  first = load(r.root)
  if not first or first.state ~= 'pending' or first.successor ~= id then return {'stale', r.state} end
end
local link = reason == 'needs_customer'
local row = redis.call('HMGET', order_key(id), link and 'link_envelope' or 'backup_envelope', 'country', 'description',
                       'account', 'producer', 'backup', 'backup_last4', 'suffix', 'link_envelope', 'backup_charged_from',
                       'customer', 'customer_ip')
if not row[1] or redis.call('EXISTS', order_key(next_id)) == 1 or tombstone(next_id) then return {'stale', r.state} end
local fields = {'amount_minor', r.amount_minor, 'currency', r.currency, 'country', row[2], 'description', row[3],
                'account', row[4], 'producer', row[5], 'ref', ARGV[6], 'expires_at', r.expires_at, 'batch', '',
                'root', first.id, 'envelope', row[1]}
local function more(name, value)
  if value and value ~= '' then fields[#fields + 1], fields[#fields + 2] = name, value end
end
if link then
  more('kind', 'link')
else
  more('instrument', row[6])
  more('last4', row[7])
  more('charged_from', row[10])
  more('suffix', row[8])
  more('customer', row[11])
  more('customer_ip', row[12])
  more('further', ARGV[7])
  more('link_envelope', ARGV[7] ~= '' and row[9])
end
local at, from = now_ms(), r.state
emit(r, ARGV[10], ARGV[11])
emit(nil, ARGV[12], ARGV[13])
emit(nil, ARGV[14], ARGV[15])
if first ~= r then
  change(r, 'successor', next_id)
  change(r, 'payment_id', declined)
  move(r, 'declined', at, reason)
  redis.call('ZREM', due_key(r), id)
else
  r.successor = next_id
  -- Its money goes over to the successor: it waited for its customer, or nobody knew what had become of it.
  if among(LISTED, from) then
    add_now(STATS, 'money:' .. from .. ':' .. r.currency, -tonumber(r.amount_minor))
  end
  if from == 'pending' then
    note(r, 'pending', at, reason)
    redis.call('HDEL', order_key(id), 'payment_id')
  else
    move(r, 'pending', at, reason)
  end
end
redis.call('HDEL', order_key(id), 'envelope', 'backup_envelope', 'link_envelope', 'continuation', 'continued_at')
if redis.call('DEL', NS .. ':answers:' .. id) == 1 then
  redis.call('HDEL', order_key(id), 'answers_used', 'answer', 'answer_by', 'answer_until', 'answer_tries', 'answer_turn')
end
redis.call('DEL', seen_key(id))
change(first, 'successor', next_id)
change(first, 'reason', reason)
change(first, 'declined_payment_id', declined)
local brand = ''
for i = 17, #ARGV, 2 do
  change(first, ARGV[i], ARGV[i + 1])
  if ARGV[i] == 'card_brand' then brand = ARGV[i + 1] end
  if first ~= r then change(r, ARGV[i], ARGV[i + 1]) end
end
remember_decline(r, brand, at)
drop_holder(r)
save(r)
if first ~= r then save(first) end
redis.call('ZADD', due_key(first), at + tonumber(ARGV[16]), first.id)
create(next_id, at, at, at, unpack(fields))
return {'ok', r.state, '0', (first ~= r or from == 'pending') and '' or from}
