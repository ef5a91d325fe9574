-- Shared by every ledger script; the loader puts it in front of each. KEYS[1] is the namespace, ARGV[1] the
-- pinned epoch. EDGES (which state may follow which, ' before>after before>after ... ') is written in by the loader
-- from contract/states.py, so that there is one state graph. Scripts run on one Redis instance and build their keys from
-- the namespace. Sets are texts and not tables, because all of this is built anew in every run.
local NS = KEYS[1]

local function order_key(id) return NS .. ':order:' .. id end
local function held_key(worker) return NS .. ':held:' .. worker end
local function parent_key(payment_id) return NS .. ':parent:' .. payment_id end
local function link_key(token) return NS .. ':link:' .. token end
local function seen_key(id) return NS .. ':seen:' .. id end
local function holds_key(account) return NS .. ':holds:' .. account end
local function expiring_key(account) return NS .. ':expiring:' .. account end
local function declines_key(account, payment_id, minor, currency)
  return NS .. ':declines:' .. account .. ':' .. payment_id .. ':' .. minor .. currency
end

-- Where the tombstone of an order lies that has left the ledger: its bucket, and its field there. As in tombstones.py.
local function grave(id)
  local digest = redis.sha1hex(id)
  return NS .. ':gone:' .. string.sub(digest, 1, 5),
         struct.pack('>I4I4', tonumber(string.sub(digest, 6, 13), 16), tonumber(string.sub(digest, 14, 21), 16))
end
local function tombstone(id) return redis.call('HGET', grave(id)) end

local DUE, EVENTS, OUTBOX, STATS = NS .. ':due', NS .. ':events', NS .. ':outbox', NS .. ':stats'
local WORKERS, ALARMS = NS .. ':workers', NS .. ':alarms'

-- States someone may have to wait in: listed by the time they were entered, for ages and for the resolver.
local LISTED = ' accepted pending unknown parked '
-- Once an order has left these nobody will POST with its card again, and the card is erased.
local WITH_CARD = ' accepted claimed sending '
-- In these the bank may still decline, and another order go on: its instrument, and its link, are kept until then.
local WITH_FURTHER = ' accepted claimed sending unknown pending '

-- What was sealed of a charge by an earlier payment holds no card. It is kept while nobody knows what became of the
-- order: a human may have it sent once more (`reattempt`).
local IN_DOUBT = ' unknown parked '

local function among(words, word) return string.find(words, ' ' .. word .. ' ', 1, true) end
local function may_follow(before, after) return among(EDGES, before .. '>' .. after) end
-- Whether anything may still follow that state.
local function is_open(state) return string.find(EDGES, ' ' .. state .. '>', 1, true) end

local function now_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

-- The ledger that answers must be the ledger this process was started against: FLUSHALL, a restored backup and an
-- empty replica all change or remove the marker (rule R10).
local function foreign_epoch()
  local epoch = redis.call('GET', NS .. ':epoch')
  if epoch == ARGV[1] then return nil end
  return {'lockdown', epoch or ''}
end

local FIELDS = {'state', 'token', 'worker', 'amount_minor', 'currency', 'batch', 'history', 'claims', 'lease_until',
                'not_before', 'expires_at', 'intent_at', 'ref', 'sweeps', 'wakes', 'last_token', 'parent', 'kind', 'lane',
                'two_phase', 'root', 'successor', 'settle', 'held_first', 'withdrawn_at', 'charged_from', 'told'}

-- The fields that rules look at, as one table; nil where the ledger has no such order.
local function load(id)
  local values = redis.call('HMGET', order_key(id), unpack(FIELDS))
  if not values[1] then return nil end
  local r = {id = id, changes = {}}
  for i = 1, #FIELDS do r[FIELDS[i]] = values[i] or '' end
  -- Two phases as its owner asked for them, or as the account takes charges that ask for nothing.
  if r.held_first ~= '' then r.two_phase = r.held_first end
  r.claims, r.sweeps, r.wakes = tonumber(r.claims) or 0, tonumber(r.sweeps) or 0, tonumber(r.wakes) or 0
  r.lease_until, r.not_before = tonumber(r.lease_until) or 0, tonumber(r.not_before) or 0
  r.expires_at = tonumber(r.expires_at) or 0
  return r
end

-- When somebody must look after an order: those of batches apart, so that a million of them stand before nobody's.
local function due_key(r) return r.batch == '' and DUE or DUE .. ':batch' end

-- Changes of a row are gathered, and written by `save` as one command: every command costs the server a microsecond
-- and a line of the append-only file.
local function change(r, field, value)
  local changes = r.changes
  changes[#changes + 1], changes[#changes + 2] = field, value
end

local function save(r)
  redis.call('HSET', order_key(r.id), unpack(r.changes))
  r.changes = {}
end

-- Counters tell, and decide nothing. A producer's password may count one up until it overflows: then it stands still, and
-- no payment with it.
local function add_now(key, field, by) redis.pcall('HINCRBY', key, field, by) end

-- Where one order goes on for another, its money is counted there while it is open, and its end with the first. `add`
-- counts: at once unless told otherwise.
local function count(r, state, by, add)
  add = add or add_now
  if r.root == '' or is_open(state) then add(STATS, 'orders:' .. state, by) end
  if among(LISTED, state) and (r.successor == '' or r.root ~= '') then
    add(STATS, 'money:' .. state .. ':' .. r.currency, by * (tonumber(r.amount_minor) or 0))
  end
  if r.batch ~= '' then add(NS .. ':batch:' .. r.batch, state, by) end
end

-- Holds that nobody has settled or let go, by account and by when they can have begun: with their intent. Once their owner
-- was told that they expire they stand apart. Beside the payment stands whose they are; it is gone with the hold.
local function hold_begins(r, payment_id)
  local parent = parent_key(payment_id)
  local known = redis.call('HMGET', parent, 'hold', 'settlement', 'void')
  if known[1] or known[2] or known[3] or tonumber(r.amount_minor) == 0 then return end
  if redis.call('HEXISTS', order_key(r.id), 'hold_told') == 1 then return end
  redis.call('HSET', parent, 'hold', r.lane .. ' ' .. r.id)
  redis.call('ZADD', holds_key(r.lane), r.intent_at, payment_id)
end

local function hold_ends(payment_id)
  local parent = parent_key(payment_id)
  local whose = redis.call('HGET', parent, 'hold')
  if not whose then return end
  local account = string.match(whose, '^%S+')
  redis.call('HDEL', parent, 'hold')
  redis.call('ZREM', holds_key(account), payment_id)
  redis.call('ZREM', expiring_key(account), payment_id)
end

-- What follows one payment is sent one after the other: what may still be refunded is known only once the refund before
-- has ended. Whoever is open stands at the payment until then; what was sent is counted, and what was made of each kind
-- is summed up: the gateway's list may not show it yet.
local function follow(r, to)
  local parent = parent_key(r.parent)
  if to == 'sending' then
    redis.call('HSET', parent, 'open', r.id)
    redis.call('HINCRBY', parent, 'sent', 1)
    return
  end
  if to == 'approved' then
    redis.call('HINCRBY', parent, r.kind, tonumber(r.amount_minor))
    -- A hold is settled once: what is left of it after a part was taken can be taken no more.
    if r.kind ~= 'refund' then hold_ends(r.parent) end
  end
  if (to == 'accepted' or not is_open(to)) and redis.call('HGET', parent, 'open') == r.id then
    redis.call('HDEL', parent, 'open')
  end
end

local function note(r, state, at, detail)
  r.history = r.history .. at .. ' ' .. state .. ' ' .. string.sub(r.token, 1, 8) .. ' ' .. detail .. '\n'
  change(r, 'history', r.history)
end

local function edge(r, to)
  if not may_follow(r.state, to) then
    return error('no edge ' .. r.state .. ' -> ' .. to)
  end
end

-- Every change of state goes through here: the edge is checked, the history grows, the counters follow.
local function move(r, to, at, detail, add)
  edge(r, to)
  count(r, r.state, -1, add)
  count(r, to, 1, add)
  if among(LISTED, r.state) then redis.call('ZREM', NS .. ':state:' .. r.state, r.id) end
  if among(LISTED, to) then redis.call('ZADD', NS .. ':state:' .. to, at, r.id) end
  if not among(WITH_CARD, to) then
    if r.charged_from == '' or not among(IN_DOUBT, to) then redis.call('HDEL', order_key(r.id), 'envelope') end
    if not among(WITH_FURTHER, to) then redis.call('HDEL', order_key(r.id), 'backup_envelope', 'link_envelope') end
  end
  if r.parent ~= '' then follow(r, to) end
  r.state = to
  change(r, 'state', to)
  change(r, 'since', at)
  note(r, to, at, detail)
end

-- 'withdrawn' where its owner has called the order back; 'paused' or 'cancelled' where somebody has stopped its batch.
-- Orders without a batch ask nothing.
local function halted(r)
  if r.withdrawn_at ~= '' then return 'withdrawn' end
  return r.batch ~= '' and redis.call('GET', NS .. ':halt:' .. r.batch)
end

local function drop_holder(r)
  if r.worker == '' then return end
  redis.call('SREM', held_key(r.worker), r.id)
  change(r, 'worker', '')
end

-- Networks count how often one card is declined for one amount. Counted for charges that name an earlier payment, for
-- as long as the longest window that a budget may have.
local DECLINES_MS = 90 * 24 * 3600 * 1000
local function remember_decline(r, brand, at)
  if r.charged_from == '' then return end
  local key = declines_key(r.lane, r.charged_from, r.amount_minor, r.currency)
  redis.call('ZADD', key, at, string.lower(brand) .. ' ' .. r.id)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', at - DECLINES_MS)
  redis.call('PEXPIRE', key, DECLINES_MS)
end

-- WAIT waits for what its own connection wrote. A repeated call writes nothing, so on a new connection it would be
-- confirmed although no replica has what the first one wrote (rule R1): it writes this, which changes nothing.
local function confirm_again() redis.call('HINCRBY', STATS, 'orders:accepted', 0) end

-- A new order, due at that moment. Fields are set only where there are none, so that a producer's password needs no
-- right to change a row (see operations.md). `told` is when it is told that the order was accepted, 0 while that waits.
local function create(id, at, due_at, told, ...)
  local row = {'state', 'accepted', 'created_at', at, 'since', at, 'token', '', 'claims', 0, 'told', told,
               'history', at .. ' accepted  -\n', ...}
  for i = 1, #row, 2 do redis.call('HSETNX', order_key(id), row[i], row[i + 1]) end
  local r = load(id)
  count(r, 'accepted', 1)
  redis.call('ZADD', NS .. ':state:accepted', at, id)
  redis.call('ZADD', due_key(r), due_at, id)
end

-- Back to accepted, to be taken again no earlier than `at + delay`. Only for orders that were provably not sent.
local function give_back(r, at, delay, detail)
  move(r, 'accepted', at, detail)
  -- It has waited since it was accepted. Counted from its latest return, an order that is given back every few seconds
  -- would look fresh for ever, and nobody would be told that an account sends nothing.
  local created_at = tonumber(redis.call('HGET', order_key(r.id), 'created_at') or '')
  if not (created_at and created_at <= at) then created_at = at end
  redis.call('ZADD', NS .. ':state:accepted', created_at, r.id)
  drop_holder(r)
  r.wakes, r.sweeps = r.wakes + 1, 0
  change(r, 'token', '')
  change(r, 'last_token', r.token)
  change(r, 'not_before', at + delay)
  change(r, 'lease_until', 0)
  change(r, 'wakes', r.wakes)
  change(r, 'sweeps', 0)
  save(r)
  redis.call('ZADD', due_key(r), at + delay, r.id)
end

-- Which wake-up call this order is due: the queue takes each number once. A new number after every return, because
-- the message of the return before may still lie with a dead worker; and after 4, 16 and 64 sweeps in vain, because the
-- queue may have lost what it thinks it holds. Ever more rarely: mostly it holds it, behind hours of others.
local function wake_number(r)
  local number, sweeps = r.wakes * 100, math.floor(r.sweeps / 4)
  while sweeps > 0 do
    number, sweeps = number + 1, math.floor(sweeps / 4)
  end
  return tostring(number)
end

-- One more to be enqueued: who, by which number, and whether it is one of a batch.
local function wake(enqueue, r)
  enqueue[#enqueue + 1] = r.id
  enqueue[#enqueue + 1] = wake_number(r)
  enqueue[#enqueue + 1] = r.batch == '' and '0' or '1'
end

-- Holds of a two-phase order that are not the chosen one, and can never become it: the resolver lets them go. What the
-- gateway is still processing may become one, and may be off its list by then.
local function may_hold(row) return string.sub(row, 1, 9) == 'approved ' or string.sub(row, 1, 11) == 'processing ' end
local function stray(payment_id, account, id) redis.call('HSET', NS .. ':strays', payment_id, account .. ' ' .. id) end

-- Whose name that is, on whatever host, written large or small: one human under two of them is still one.
local function person(name) return string.lower(string.match(name, '^[^@]*')) end

-- Whether the gateway's list has shown a payment of the order that took money, or may yet.
local function shown(id)
  local rows = redis.call('HVALS', seen_key(id))
  for i = 1, #rows do
    if string.sub(rows[i], 1, 9) ~= 'declined ' then return true end
  end
  return false
end

local function alive(worker, at, presence_ms)
  local seen = redis.call('ZSCORE', WORKERS, worker)
  return seen and tonumber(seen) > at - presence_ms
end
