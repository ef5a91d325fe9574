#!lua flags=allow-oom
-- An order leaves the ledger, and its tombstone comes, in one step (rule R11): from then on that answers for it. Only an
-- order that nothing can come to any more: it ended longer ago than `kept`, and nobody has yet to look at it, to be told
-- of it, or to follow its payment. That the archive has its end is the caller's to know. Works when Redis is full: it makes
-- room.
-- ARGV: epoch, order_id, its tombstone, since when its row that the caller has read is as it is (ms), kept (ms)
local locked = foreign_epoch()
if locked then return locked end
local id, stone = ARGV[2], ARGV[3]
local r = load(id)
if not r then return {tombstone(id) and 'again' or 'missing'} end
local key, at = order_key(id), now_ms()
local row = redis.call('HMGET', key, 'since', 'payment_id', 'account')
if is_open(r.state) then return {'open'} end
-- What is said on the tombstone is what the caller has read: no row changes its state without its moment.
if row[1] ~= ARGV[4] then return {'stale'} end
if tonumber(row[1]) > at - tonumber(ARGV[5]) then return {'young'} end

local function awaited()
  if redis.call('ZSCORE', due_key(r), id) then return 'due' end
  if r.told == '0' then return 'untold' end
  -- Events leave the outbox in their order.
  local untold = redis.call('XRANGE', OUTBOX, '-', '+', 'COUNT', 1)[1]
  if untold and tonumber(string.match(untold[1], '^%d+')) <= tonumber(row[1]) then return 'untold' end
  -- The first of a chain is told with the others.
  if r.root ~= '' and redis.call('EXISTS', order_key(r.root)) == 1 then return 'chain' end
  local split = string.match(id, '^(.*)%.%d+$') or string.match(id, '^(.*)%.%d+%-r%d*$')
  if split and redis.call('ZSCORE', NS .. ':splits', split) then return 'split' end
  -- Whoever goes through all orders must not miss the one that moves meanwhile.
  local account = r.lane ~= '' and r.lane or row[3] or ''
  if redis.call('EXISTS', NS .. ':searching:' .. account) == 1 then return 'searching' end
  if row[2] then
    local known = redis.call('HMGET', parent_key(row[2]), 'open', 'hold')
    if known[1] or known[2] then return 'followed' end
  end
  if r.two_phase ~= '' then
    for _, whose in ipairs(redis.call('HVALS', NS .. ':strays')) do
      if string.match(whose, ' (.*)$') == id then return 'strays' end
    end
  end
end

local why = awaited()
if why then return {why} end
local bucket, field = grave(id)
if redis.call('HSETNX', bucket, field, stone) == 0 and redis.call('HGET', bucket, field) ~= stone then return {'taken'} end
redis.call('DEL', key, seen_key(id), NS .. ':answers:' .. id)
if r.kind == 'link' then redis.call('DEL', link_key(r.ref)) end
return {'retired'}
