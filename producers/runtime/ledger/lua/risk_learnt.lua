-- How far outcomes were learnt from. A leader that was overtaken may put it back: what is learnt twice changes nothing.
-- ARGV: epoch, position
local locked = foreign_epoch()
if locked then return locked end
redis.call('SET', NS .. ':risk:learnt', ARGV[2])
return {'ok'}
