#!lua flags=allow-oom
-- A payment in parts has ended: its owner is told, in the step that notes it, and only while its orders are as the caller
-- saw them. Whoever comes second tells nothing.
-- ARGV: epoch, split_id, state, event_id, event, then order_id, its state, ...
local locked = foreign_epoch()
if locked then return locked end
local split = NS .. ':split:' .. ARGV[2]
for i = 6, #ARGV, 2 do
  if redis.call('HGET', order_key(ARGV[i]), 'state') ~= ARGV[i + 1] then return {'stale'} end
end
local again = redis.call('HEXISTS', split, 'told') == 1
if not again then
  emit(nil, ARGV[4], ARGV[5])
  redis.call('HSET', split, 'told', ARGV[3])
end
redis.call('ZREM', NS .. ':splits', ARGV[2])
return {again and 'again' or 'told'}
