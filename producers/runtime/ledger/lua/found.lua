-- The epoch of this ledger; a ledger that was never used is given one. One that is being rebuilt is nobody's; one that
-- was rebuilt from a lost ledger is the heir of that one (see `refound`).
-- ARGV: epoch to give (the remembered one, if there is one), '1' if this process remembers an epoch (then nothing is given)
local epoch = redis.call('GET', NS .. ':epoch')
if epoch then
  if string.sub(epoch, 1, 11) == 'recovering-' then return {'lockdown', epoch} end
  -- Behind a write of its own a WAIT is about everything that the answer speaks of, whoever wrote it.
  confirm_again()
  local heir = ARGV[1] ~= epoch and redis.call('SISMEMBER', NS .. ':ancestors', ARGV[1]) == 1
  return {heir and 'heir' or 'old', epoch, redis.call('GET', NS .. ':intents') or '0'}
end
if ARGV[2] == '1' or redis.call('EXISTS', STATS) == 1 then return {'lockdown', ''} end
redis.call('SET', NS .. ':epoch', ARGV[1])
return {'new', ARGV[1], '0'}
