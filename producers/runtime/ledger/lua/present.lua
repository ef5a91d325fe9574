-- This worker lives, by the ledger's clock.
-- ARGV: epoch, worker
local locked = foreign_epoch()
if locked then return locked end
local at = now_ms()
redis.call('ZADD', WORKERS, at, ARGV[2])
return {'ok', tostring(at), tostring(redis.call('SCARD', held_key(ARGV[2]))), redis.call('GET', NS .. ':intents') or '0'}
