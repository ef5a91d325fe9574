-- What outcomes teach: members of windows as of when it happened, and which card a payment was made with.
-- ARGV: epoch, members_max, windows that follow, of each key, member, window_ms, at_ms; then payment_id, card_id, keep_ms
local locked = foreign_epoch()
if locked then return locked end
local RISK, most, windows = NS .. ':risk:', tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 4, 3 + 4 * windows, 4 do
  local key, window, at = RISK .. ARGV[i], tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])
  local left = at + window - now_ms()
  if left > 0 then
    redis.call('ZADD', key, 'GT', at, ARGV[i + 1])
    redis.call('ZREMRANGEBYSCORE', key, '-inf', at - window)
    redis.call('ZREMRANGEBYRANK', key, 0, -most - 1)
    redis.call('PEXPIRE', key, math.max(left, redis.call('PTTL', key)))
  end
end
for i = 4 + 4 * windows, #ARGV, 3 do redis.call('SET', RISK .. 'card:' .. ARGV[i], ARGV[i + 1], 'PX', ARGV[i + 2]) end
return {'ok'}
