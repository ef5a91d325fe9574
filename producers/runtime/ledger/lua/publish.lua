-- Events whose transitions are on every replica go from the outbox to their readers, oldest first.
-- ARGV: epoch, id of the last entry to publish, limit
local locked = foreign_epoch()
if locked then return locked end
local entries = redis.call('XRANGE', OUTBOX, '-', ARGV[2], 'COUNT', tonumber(ARGV[3]))
for _, entry in ipairs(entries) do
  redis.call('XADD', EVENTS, '*', unpack(entry[2]))
  redis.call('XDEL', OUTBOX, entry[1])
end
return {'ok', tostring(#entries)}
