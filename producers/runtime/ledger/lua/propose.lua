-- An operator says that a parked order may be sent once more. It moves nothing: another one must say so too (`reattempt`).
-- The word stands in the row, under the token of the evidence and by the ledger's clock; the same human's next one takes its
-- place.
-- ARGV: epoch, order_id, token, operator, valid_ms, because
local locked = foreign_epoch()
if locked then return locked end
local id, by = ARGV[2], ARGV[4]
local r = load(id)
if not r then return {'missing'} end
if r.token ~= ARGV[3] or r.state ~= 'parked' then return {'stale', r.state} end
local at = now_ms()
local row = redis.call('HMGET', order_key(id), 'proposed_by', 'proposed_at')
if row[1] and person(row[1]) ~= person(by) and tonumber(row[2]) + tonumber(ARGV[5]) > at then
  return {'proposed_before', row[1]}
end
redis.call('HSET', order_key(id), 'proposed_by', by, 'proposed_at', at, 'proposal', ARGV[6])
return {'ok', by}
