-- An operator's word about a queue, an account or its breaker, kept until it is taken back (''). Workers read all such
-- words twice a second, so no order asks for them.
-- ARGV: epoch, what it is about, word or ''
local locked = foreign_epoch()
if locked then return locked end
local key, about = NS .. ':operations', ARGV[2]
local before = redis.call('HGET', key, about) or ''
if ARGV[3] == '' then redis.call('HDEL', key, about) else redis.call('HSET', key, about, ARGV[3]) end
confirm_again()
return {'ok', before}
