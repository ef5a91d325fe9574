-- An order into a ledger that is being rebuilt: as it is known from elsewhere. Only where there is neither row nor
-- tombstone, or where the row of an older copy is in one of these states: what it says was overtaken. Nothing that was sent is ever left to be
-- sent again, so the card goes unless the order was never sent and nothing of it has changed. Repeated, it does nothing: the
-- token is drawn anew for each.
-- ARGV: epoch, order_id, states that may be overtaken (space separated), state, event_id, event, detail, due ('' = not),
--       then field, value, ... (token and ref among them)
local locked = foreign_epoch()
if locked then return locked end
local id, to = ARGV[2], ARGV[4]
local at, before = now_ms(), load(id)
local token = ''
for i = 9, #ARGV, 2 do
  if ARGV[i] == 'token' then token = ARGV[i + 1] end
end
if before and before.token == token then
  confirm_again()
  return {'again', to}
end
if before and not among(' ' .. ARGV[3] .. ' ', before.state) then return {'exists', before.state} end
if not before and tombstone(id) then return {'exists', 'gone'} end
emit(before, ARGV[5], ARGV[6])
if before then
  count(before, before.state, -1)
  if among(LISTED, before.state) then redis.call('ZREM', NS .. ':state:' .. before.state, id) end
  drop_holder(before)
  redis.call('ZREM', due_key(before), id)
  redis.call('HDEL', order_key(id), 'envelope', 'backup_envelope', 'link_envelope', 'further')
else
  redis.call('HSET', order_key(id), 'created_at', at, 'history', '', 'claims', 0)
end
redis.call('HSET', order_key(id), 'state', to, 'since', at, 'recovered_at', at, 'told', at, unpack(ARGV, 9))
local r = load(id)
count(r, to, 1)
if among(LISTED, to) then redis.call('ZADD', NS .. ':state:' .. to, at, id) end
if ARGV[8] ~= '' then redis.call('ZADD', due_key(r), at + tonumber(ARGV[8]), id) end
if r.parent ~= '' and is_open(to) then redis.call('HSET', parent_key(r.parent), 'open', id) end
if r.kind == 'link' then redis.call('SET', link_key(r.ref), id) end
note(r, to, at, ARGV[7])
save(r)
return {before and 'overtaken' or 'restored', to}
