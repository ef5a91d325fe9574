#!lua flags=allow-oom
-- One page of the gateway's list: what it says of our orders, and how far the coverage journal now reaches, in one
-- step, so that coverage is never claimed for rows that were not kept.
-- ARGV: epoch, account, tag of the journal that this one extends, its own tag, coverage (json), then ref, payment_id, row ('status amount currency last4 created')...
-- Tags are drawn by chance (rule R3): after a failover a counter would meet the same number over another journal.
-- Rows of orders that are still open are kept beside the record; approved rows that contradict a finished order are
-- alarms at once. Of a two-phase order they are holds, and strays to be let go once another is chosen or none will be.
-- What goes on for another order has a row of its own by its ref; a further attempt without one is its order's. An order
-- that another goes on for has had its one attempt: whatever else is approved of it is an alarm, open as it is. Where a
-- human ordered the other, the row is kept besides: it keeps that one from being sent, and the first from ending without it.
-- A ref that begins with ~ is the token of a link: a payment on it makes its order due. A declined one decides nothing,
-- because the customer may try again.
local ENDED = {a = 'approved', d = 'declined', r = 'rejected', e = 'expired', c = 'cancelled', n = 'not_charged'}
-- Whether an approved payment is not the one that a tombstone tells of; what is written there, see tombstones.py.
local function contradicts(stone, payment_id)
  local marks = string.byte(stone, 2)
  local follows, two_phase = marks % 8 > 0, math.floor(marks / 16) % 2 + math.floor(marks / 64) % 2 > 0
  if follows or two_phase then return false end
  local digits = string.gsub(payment_id, '-', '')
  local packed = string.gsub(digits, '%x%x', function(two) return string.char(tonumber(two, 16)) end)
  return not string.find(stone, packed, 1, true) and not string.find(stone, payment_id, 1, true)
end
local locked = foreign_epoch()
if locked then return locked end
local coverage = NS .. ':coverage:' .. ARGV[2]
if (redis.call('HGET', coverage, 'tag') or '') ~= ARGV[3] then return {'stale'} end
local at, ours, alarms, doubled = now_ms(), 0, {}, {}
local function alarm(id, state, payment_id)
  local told = state == 'approved' and doubled or alarms
  told[#told + 1] = id
  redis.call('XADD', ALARMS, '*', 'order_id', id, 'state', state, 'payment_id', payment_id, 'at', at)
end
local OF_ORDER = {'state', 'payment_id', 'parent', 'two_phase', 'successor', 'held_first', 'reason'}
for i = 6, #ARGV, 3 do
  local ref, payment_id, row = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local id = ref
  local known = redis.call('HMGET', order_key(id), unpack(OF_ORDER))
  if not known[1] then
    id = string.gsub(ref, '%-a%d+$', '')
    if id ~= ref then
      known = redis.call('HMGET', order_key(id), unpack(OF_ORDER))
    end
  end
  local ordered = known[5] and known[1] == 'pending' and known[7] == 'new_attempt'
  local linked = not known[1] and string.sub(ref, 1, 1) == '~' and redis.call('GET', link_key(string.sub(ref, 2)))
  if linked then id, known = linked, redis.call('HMGET', order_key(linked), 'state', 'payment_id') end
  if (known[6] or '') ~= '' then known[4] = known[6] end
  -- What follows a payment is no payment: one that has its order_id is somebody else's.
  if known[1] and (known[3] or '') == '' then
    ours = ours + 1
    local state, approved = known[1], string.sub(row, 1, 9) == 'approved '
    if known[4] and (known[2] or not is_open(state)) then
      if known[2] ~= payment_id and may_hold(row) then stray(payment_id, ARGV[2], id) end
    elseif linked and string.sub(row, 1, 9) == 'declined ' then
      redis.call('HDEL', seen_key(id), payment_id)
    elseif is_open(state) and (ordered or not known[5]) then
      if linked and state == 'pending' then redis.call('ZADD', DUE, at, id) end
      if ordered and approved and redis.call('HGET', seen_key(id), payment_id) ~= row then alarm(id, state, payment_id) end
      redis.call('HSET', seen_key(id), payment_id, row)
    elseif approved and known[2] ~= payment_id then
      alarm(id, state, payment_id)
    end
  elseif not known[1] and string.sub(row, 1, 9) == 'approved ' then
    -- Of an order that has left the ledger nothing else is ours any more. A hold that was let go may still be shown.
    local stone = tombstone(ref)
    if stone then id = ref else stone = tombstone(id) end
    if stone and contradicts(stone, payment_id) then
      alarm(id, ENDED[string.sub(stone, 1, 1)], payment_id)
    end
  end
end
-- Last of all: Redis takes back nothing that a failed script has written, and a page that was kept by half covers nothing.
redis.call('HSET', coverage, 'tag', ARGV[4], 'journal', ARGV[5])
return {'ok', tostring(ours), alarms, doubled}
