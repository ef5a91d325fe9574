-- The owner wants the order back. The wish stands in the row, set only where there is none, as in accept; it ends nothing
-- by itself. What is not sent yet falls due: whoever takes it ends it, and nobody promises it any more, from the reply on.
-- What is being sent, or was, is left alone, but for a link: that may be sent, and yet be paid by nobody. Where an order
-- waits for another that goes on for it, that one is meant. Of one that has left the ledger its tombstone is answered.
-- ARGV: epoch, order_id, 'link' where nothing else is meant
local locked = foreign_epoch()
if locked then return locked end
local id = ARGV[2]
local key = order_key(id)
local known = redis.call('HMGET', key, 'state', 'kind', 'successor', 'batch')
if not known[1] then
  local stone = tombstone(id)
  return stone and {'gone', stone} or {'missing'}
end
if known[3] then
  id = known[3]
  known = redis.call('HMGET', order_key(id), 'state', 'kind', 'successor', 'batch')
end
local state, link = known[1], known[2] == 'link'
if ARGV[3] == 'link' and not link then return {'no_link'} end
if among(' accepted claimed ', state) or (link and is_open(state)) then
  local at = now_ms()
  redis.call('HSETNX', order_key(id), 'withdrawn_at', at)
  confirm_again()
  if state == 'accepted' or state == 'pending' then
    redis.call('ZADD', due_key({batch = known[4] or ''}), 'LT', at, id)
  end
end
return {'ok', redis.call('HGETALL', key)}
