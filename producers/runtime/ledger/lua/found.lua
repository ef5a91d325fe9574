-- The epoch of this ledger; a ledger that was never used is given one.
-- ARGV: epoch to give, '1' if this process remembers an epoch (then nothing is given)
local epoch = redis.call('GET', NS .. ':epoch')
if epoch then
  -- Behind a write of its own a WAIT is about everything that the answer speaks of, whoever wrote it.
  confirm_again()
  return {'old', epoch, redis.call('GET', NS .. ':intents') or '0'}
end
if ARGV[2] == '1' or redis.call('EXISTS', STATS) == 1 then return {'lockdown', ''} end
redis.call('SET', NS .. ':epoch', ARGV[1])
return {'new', ARGV[1], '0'}
