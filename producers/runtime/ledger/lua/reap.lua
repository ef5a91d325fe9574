-- Orders of workers that are no longer present: claimed ones go back at once, those being sent are named to the
-- caller. Presence is only about speed; safety rests on the token.
-- ARGV: epoch, presence_ms, limit
local locked = foreign_epoch()
if locked then return locked end
local at, enqueue, overdue = now_ms(), {}, {}
local left = tonumber(ARGV[3])
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', WORKERS, '-inf', at - tonumber(ARGV[2]), 'LIMIT', 0, 16)) do
  local held = redis.call('SRANDMEMBER', held_key(worker), left)
  for _, id in ipairs(held) do
    local r = load(id)
    if r and r.worker == worker and r.state == 'claimed' then
      give_back(r, at, 0, 'worker_gone')
      wake(enqueue, r)
    elseif r and r.worker == worker and r.state == 'sending' then
      overdue[#overdue + 1] = id
    else
      redis.call('SREM', held_key(worker), id)
    end
  end
  left = left - #held
  if #held == 0 then redis.call('ZREM', WORKERS, worker) end
  if left <= 0 then break end
end
return {'ok', enqueue, overdue}
