-- A write after everything read so far: once it is on every replica, all that came before it is.
-- ARGV: epoch
local locked = foreign_epoch()
if locked then return locked end
return {'ok', tostring(redis.call('INCR', NS .. ':fence'))}
