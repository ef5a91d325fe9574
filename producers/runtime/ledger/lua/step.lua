#!lua flags=allow-oom
-- pending(token) and pending still: what a look at the gateway, or an answer told to it, came to. With another step than
-- the one that was due when the caller began, the event is in the same script (rule R7).
-- ARGV: epoch, order_id, token, mark of the step that the caller saw ('' = none), name of the answer ('' = none),
--       what of it (used, tried, unsent), due_ms, continuation ('' = as it is), event_id, event
local locked = foreign_epoch()
if locked then return locked end
-- By which a step of 3-D Secure, or an answer to one, is told from others: as in contract/continuation.py.
local function mark_of(text) return string.sub(redis.sha1hex(text), 1, 16) end
local id, name, what, continuation = ARGV[2], ARGV[5], ARGV[6], ARGV[8]
local r = load(id)
if not r then return {'missing'} end
if r.token ~= ARGV[3] or r.state ~= 'pending' then return {'stale', r.state} end
local row = redis.call('HMGET', order_key(id), 'continuation', 'answers_used', 'answer', 'answer_tries')
if continuation ~= '' and row[1] == continuation then
  if name == '' then return {'again', r.state} end
elseif (row[1] and mark_of(row[1]) or '') ~= ARGV[4] then
  return {'stale', r.state}
end
local at = now_ms()
if name ~= '' and row[3] == name then
  change(r, 'answer_until', 0)
  if what == 'unsent' then change(r, 'answer_tries', math.max(0, tonumber(row[4]) - 1)) end
end
if name ~= '' and what == 'used' and not among(' ' .. (row[2] or '') .. ' ', name) then
  change(r, 'answers_used', (row[2] and row[2] .. ' ' or '') .. name)
end
local further = continuation ~= '' and row[1] ~= continuation
if further then
  change(r, 'continuation', continuation)
  change(r, 'continued_at', at)
end
if further then emit(r, ARGV[9], ARGV[10]) end
if #r.changes > 0 then save(r) end
redis.call('ZADD', due_key(r), at + tonumber(ARGV[7]), id)
return {'ok', r.state, '0', ''}
