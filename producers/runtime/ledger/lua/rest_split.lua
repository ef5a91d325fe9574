#!lua flags=allow-oom
-- A payment in parts that has not ended: it is looked at again in delay_ms. That parts of it could not be given back is
-- news once.
-- ARGV: epoch, split_id, delay_ms, the parts that could not be given back
local locked = foreign_epoch()
if locked then return locked end
local split = NS .. ':split:' .. ARGV[2]
redis.call('ZADD', NS .. ':splits', 'XX', now_ms() + tonumber(ARGV[3]), ARGV[2])
if ARGV[4] == (redis.call('HGET', split, 'stuck') or '') then return {'ok'} end
redis.call('HSET', split, 'stuck', ARGV[4])
return {ARGV[4] == '' and 'ok' or 'news'}
