-- Pauses a batch, lets it go on ('' = nothing stops it), or calls it back. What was called back stays so: some of its
-- orders have ended by it. Read by whoever takes or promises an order, so that from the reply on none of them is sent.
-- ARGV: epoch, batch, paused, cancelled or ''
local locked = foreign_epoch()
if locked then return locked end
local batch, word = ARGV[2], ARGV[3]
local key = NS .. ':halt:' .. batch
if redis.call('EXISTS', NS .. ':batch:' .. batch, NS .. ':manifest:' .. batch) == 0 then return {'missing'} end
local before = redis.call('GET', key) or ''
if before == 'cancelled' and word ~= before then return {'over'} end
if word == '' then redis.call('DEL', key) else redis.call('SET', key, word) end
confirm_again()
return {'ok', before}
