-- What the circuit breakers of a worker are while one of them is not closed: for status, and gone soon after its worker.
-- ARGV: epoch, worker, states ('' = all closed), ms that it is kept
local locked = foreign_epoch()
if locked then return locked end
local key = NS .. ':breakers:' .. ARGV[2]
if ARGV[3] == '' then redis.call('DEL', key) else redis.call('SET', key, ARGV[3], 'PX', ARGV[4]) end
return {'ok'}
