-- The customer's answer to a step of 3-D Secure, for an order that waits for it. Answers are only added, each once, so
-- that a producer's password needs no right to change a row. A new one makes the order due at once.
-- ARGV: epoch, order_id, kind (cres or pares), answer, answers_max
local locked = foreign_epoch()
if locked then return locked end
-- By which a step of 3-D Secure, or an answer to one, is told from others: as in contract/continuation.py.
local function mark_of(text) return string.sub(redis.sha1hex(text), 1, 16) end
local id, kind, answer = ARGV[2], ARGV[3], ARGV[4]
local answers = NS .. ':answers:' .. id
local r = load(id)
if not r then
  local stone = tombstone(id)
  return stone and {'gone', '0', stone} or {'missing'}
end
local function refused(why) return {why, '0', redis.call('HGETALL', order_key(id))} end
local row = redis.call('HMGET', order_key(id), 'continuation', 'answers_used')
if r.state ~= 'pending' or not row[1] then return refused('no_step') end
if kind ~= (cjson.decode(row[1]).version == 2 and 'cres' or 'pares') then return refused('other_version') end
local name = mark_of(row[1]) .. '-' .. mark_of(kind .. answer)
local given = redis.call('HLEN', answers)
if redis.call('HEXISTS', answers, name) == 1 then
  confirm_again()
elseif given >= tonumber(ARGV[5]) then
  return refused('too_many')
else
  given = given + 1
  redis.call('HSETNX', answers, name, given .. ' ' .. kind .. ' ' .. answer)
end
if not among(' ' .. (row[2] or '') .. ' ', name) then redis.call('ZADD', due_key(r), now_ms(), id) end
return {'taken', tostring(given), redis.call('HGETALL', order_key(id))}
