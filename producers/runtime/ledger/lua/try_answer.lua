#!lua flags=allow-oom
-- pending(token): this worker is about to tell the gateway the customer's answer. One payment id cannot be charged twice,
-- so this only keeps workers out of each other's way, and tells the next one that the gateway may have it already.
-- ARGV: epoch, order_id, token, name of the answer, turn (drawn anew by each caller, so that a call whose reply was lost
-- may be repeated), worker, window_ms, presence_ms, retry_ms, tries_max
local locked = foreign_epoch()
if locked then return locked end
-- By which a step of 3-D Secure, or an answer to one, is told from others: as in contract/continuation.py.
local function mark_of(text) return string.sub(redis.sha1hex(text), 1, 16) end
local id, name, turn, worker = ARGV[2], ARGV[4], ARGV[5], ARGV[6]
local r = load(id)
if not r then return {'missing'} end
if r.token ~= ARGV[3] or r.state ~= 'pending' then return {'stale', r.state} end
local row = redis.call('HMGET', order_key(id), 'continuation', 'answers_used', 'answer', 'answer_by', 'answer_until',
                       'answer_tries', 'answer_turn')
if mark_of(row[1] or '') ~= string.sub(name, 1, 16) then return {'stale', r.state} end
if among(' ' .. (row[2] or '') .. ' ', name) then return {'stale', r.state} end
if row[7] == turn then return {'try', tostring(tonumber(row[6]) - 1)} end
local at = now_ms()
local held = tonumber(row[5] or '0') > at and alive(row[4] or '', at, tonumber(ARGV[8]))
redis.call('ZADD', due_key(r), at + tonumber(ARGV[9]), id)
if held then return {'busy', r.state} end
local tries = row[3] == name and tonumber(row[6]) or 0
if tries >= tonumber(ARGV[10]) then return {'exhausted', r.state} end
redis.call('HSET', order_key(id), 'answer', name, 'answer_by', worker, 'answer_until', at + tonumber(ARGV[7]),
           'answer_tries', tries + 1, 'answer_turn', turn)
return {'try', tostring(tries)}
