-- A list read is about to start: new send credits, the time from which this read counts, on the ledger's clock, and how
-- many intents there were before it.
-- ARGV: epoch, account, credits
local locked = foreign_epoch()
if locked then return locked end
local key = NS .. ':credits:' .. ARGV[2]
local left = redis.call('GET', key) or '0'
redis.call('SET', key, ARGV[3])
return {'ok', tostring(now_ms()), left, redis.call('GET', NS .. ':intents') or '0'}
