-- News of a dispute, told once: the name of the event is remembered in the step that emits it, and in the same step the
-- charges without a card that must not go on are stopped. Called without news it stops more. A human who has lifted the
-- stops of a dispute has the last word.
-- ARGV: epoch, account, dispute, status ('' = no news), event, our order ('' = none), what the card's other payments are
--       to be searched by ('' = as it was, '-' = found), then what to stop, ...
local locked = foreign_epoch()
if locked then return locked end
local account, dispute, status, event, order, search = unpack(ARGV, 2, 7)
local book, stopped, searching = NS .. ':disputes:' .. account, NS .. ':stopped:' .. account, NS .. ':searching:' .. account
if status ~= '' then
  local name = dispute .. '/' .. status
  if redis.call('HEXISTS', book, name) == 1 then
    confirm_again()
    return {'known'}
  end
  emit(nil, name, event)
  redis.call('HSET', book, name, event)
  -- A page that was read before another one may be recorded behind it: what is decided is never undecided again.
  if status ~= 'initiated' or redis.call('HEXISTS', book, dispute) == 0 then redis.call('HSET', book, dispute, status) end
  if order ~= '' and redis.call('HEXISTS', order_key(order), 'state') == 1 then
    redis.call('HSET', order_key(order), 'dispute', dispute)
  end
end
local lifted = redis.call('HEXISTS', book, dispute .. '/lifted') == 1
for i = 8, lifted and 0 or #ARGV do
  local by = redis.call('HGET', stopped, ARGV[i]) or ''
  if not among(' ' .. by .. ' ', dispute) then
    redis.call('HSET', stopped, ARGV[i], by == '' and dispute or by .. ' ' .. dispute)
  end
end
if search == '-' then
  redis.call('HDEL', searching, dispute)
elseif search ~= '' and not lifted then
  redis.call('HSET', searching, dispute, search)
end
return {'told'}
