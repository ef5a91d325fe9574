-- News of a dispute, told once: the name of the event is remembered in the step that emits it, and in the same step the
-- charges without a card that must not go on are stopped. A human who has lifted its stops has the last word.
-- ARGV: epoch, account, dispute, status, event, our order ('' = none), then what to stop, ...
local locked = foreign_epoch()
if locked then return locked end
local dispute, status, event, order = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local book, stopped = NS .. ':disputes:' .. ARGV[2], NS .. ':stopped:' .. ARGV[2]
local name = dispute .. '/' .. status
if redis.call('HSETNX', book, name, event) == 0 then
  confirm_again()
  return {'known'}
end
-- A page that was read before another one may be recorded behind it: what is decided is never undecided again.
if status ~= 'initiated' or redis.call('HEXISTS', book, dispute) == 0 then redis.call('HSET', book, dispute, status) end
emit(name, event)
if order ~= '' and redis.call('HEXISTS', order_key(order), 'state') == 1 then
  redis.call('HSET', order_key(order), 'dispute', dispute)
end
if redis.call('HEXISTS', book, dispute .. '/lifted') == 0 then
  for i = 7, #ARGV do
    local by = redis.call('HGET', stopped, ARGV[i]) or ''
    if not among(' ' .. by .. ' ', dispute) then
      redis.call('HSET', stopped, ARGV[i], by == '' and dispute or by .. ' ' .. dispute)
    end
  end
end
return {'told'}
