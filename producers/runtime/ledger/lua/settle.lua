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
-- Charged after all, says whoever sent it, once another verdict stands, another order goes on, or the ledger was rebuilt: it
-- was kept on a host that was away. The gateway's list may never have shown it, so it is an alarm here (rule R13).
local function refused()
  if to ~= 'approved' then return {'stale', r.state} end
  local made = ''
  for i = 10, #ARGV, 2 do
    if ARGV[i] == 'payment_id' or ARGV[i] == 'follow_up_id' then made = ARGV[i + 1] end
  end
  local known = redis.call('HMGET', order_key(id), 'payment_id', 'follow_up_id', 'reason')
  if r.state == to and (known[1] == made or known[2] == made) then return {'stale', r.state} end
  -- As if the list had shown it (`sight`): what two humans have ordered in its place is not sent, if it is unsent.
  if made ~= '' and r.successor ~= '' and r.state == 'pending' and known[3] == 'new_attempt' then
    redis.call('HSETNX', seen_key(id), made, 'approved - - - 0')
  end
  redis.call('XADD', ALARMS, '*', 'order_id', id, 'state', r.state, 'payment_id', made, 'at', now_ms())
  return {'late', r.state}
end
if r.token ~= token then return refused() end
if r.state == to then return {'again', r.state} end
if not string.find(allowed, ' ' .. r.state .. ' ', 1, true) then return refused() end
-- Where another order goes on for this one, only how the last of these has ended may end it: who would end it otherwise
-- does not know of them.
local last = ''
for i = 10, #ARGV, 2 do
  if ARGV[i] == 'successor' then last = ARGV[i + 1] end
end
if last == '' and r.successor ~= '' then return refused() end
if last ~= r.successor then return {'stale', r.state} end
if last ~= '' then
  local ended = redis.call('HGET', order_key(last), 'state')
  if not ended or is_open(ended) or (to == 'approved') ~= (ended == 'approved') then return {'stale', r.state} end
  -- Its own attempt has shown itself after all: it is not said to have taken nothing.
  if not is_open(to) and to ~= 'approved' and shown(id) then return {'contradicted', r.state} end
end
local chosen
if r.two_phase ~= '' then
  -- Which hold is settled is chosen once, by whoever is first: nothing that comes later may speak of another.
  chosen = redis.call('HGET', order_key(id), 'payment_id')
  for i = 10, #ARGV, 2 do
    if ARGV[i] == 'payment_id' and chosen and ARGV[i + 1] ~= chosen then return {'stale', r.state} end
  end
end
local at, from = now_ms(), r.state
local also, brand, held = '', '', to == 'approved' and r.settle == '0'
for i = 10, #ARGV, 2 do
  change(r, ARGV[i], ARGV[i + 1])
  if ARGV[i] == 'also_made' then also = ARGV[i + 1] elseif ARGV[i] == 'card_brand' then brand = ARGV[i + 1] end
  if ARGV[i] == 'reason' and ARGV[i + 1] == 'held' then held = true end
end
edge(r, to)
emit(r, ARGV[6], ARGV[7])
move(r, to, at, ARGV[8])
drop_holder(r)
save(r)
-- It goes on by itself: whoever went on for it has ended without money. Its own is at stake again.
if last ~= '' and is_open(to) then
  redis.call('HDEL', order_key(id), 'successor')
  add_now(STATS, 'money:' .. to .. ':' .. r.currency, tonumber(r.amount_minor))
end
-- Nobody is asked anything any more, and what customers answered is nobody's business.
if from == 'pending' and redis.call('DEL', NS .. ':answers:' .. id) == 1 then
  redis.call('HDEL', order_key(id), 'answers_used', 'answer', 'answer_by', 'answer_until', 'answer_tries',
             'answer_turn')
end
local due = due_key(r)
if ARGV[9] == '' then redis.call('ZREM', due, id) else redis.call('ZADD', due, at + tonumber(ARGV[9]), id) end
if r.root ~= '' then
  -- The first order of a chain tells where its customer pays.
  for i = 10, #ARGV, 2 do
    if string.sub(ARGV[i], 1, 5) == 'link_' then redis.call('HSET', order_key(r.root), ARGV[i], ARGV[i + 1]) end
  end
  -- It ends as its last one has: it is looked at at once, and counted instead of this one.
  if not is_open(to) then
    redis.call('ZADD', due_key({batch = redis.call('HGET', order_key(r.root), 'batch') or ''}), at, r.root)
    from = ''
  end
end
-- Of an order that another went on for, its own decline was remembered then.
if to == 'declined' and last == '' then remember_decline(r, brand, at) end
local mine = (held or r.two_phase ~= '') and redis.call('HGET', order_key(id), 'payment_id')
if mine and held then hold_begins(r, mine) elseif mine and not is_open(to) then hold_ends(mine) end
-- Two approved charges for one order are never hidden (rule R13), nor two refunds. Should the stream of alarms take none,
-- the caller is told of them all the same: what is written above stays, and asked again, nobody would find them.
local extra = 0
local function alarm(made)
  extra = extra + 1
  redis.pcall('XADD', ALARMS, '*', 'order_id', id, 'state', to, 'payment_id', made, 'at', at)
end
for made in string.gmatch(also, '%S+') do alarm(made) end
if r.two_phase ~= '' then
  -- Whose list showed it; an order that was given back unsent has no lane any more.
  local account = r.lane ~= '' and r.lane or redis.call('HGET', order_key(id), 'account')
  if mine or not is_open(to) then
    local rows = redis.call('HGETALL', seen_key(id))
    for i = 1, #rows, 2 do
      if rows[i] ~= mine and may_hold(rows[i + 1]) then stray(rows[i], account, id) end
    end
    redis.call('DEL', seen_key(id))
    -- Whoever pays nothing keeps no hold.
    if chosen and to ~= 'approved' and not is_open(to) then stray(chosen, account, id) end
  end
  if from == 'pending' then redis.call('HDEL', order_key(id), 'turn_by', 'turn_until') end
  return {'ok', to, tostring(extra), from}
end
if among(LISTED, to) then return {'ok', to, tostring(extra), from} end
local rows = redis.call('HGETALL', seen_key(id))
if #rows == 0 then return {'ok', to, tostring(extra), from} end
local payment_id = redis.call('HGET', order_key(id), 'payment_id') or ''
-- Of an order that another went on for, each was an alarm when it was seen.
for i = 1, last == '' and #rows or 0, 2 do
  if string.sub(rows[i + 1], 1, 9) == 'approved ' and rows[i] ~= payment_id then alarm(rows[i]) end
end
redis.call('DEL', seen_key(id))
return {'ok', to, tostring(extra), from}
