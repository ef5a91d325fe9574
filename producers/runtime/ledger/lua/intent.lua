-- claimed(token) -> sending: the one promise that a request may leave. Takes one send credit. Called again with the
-- same token (its reply was lost) it grants again: only the holder knows the token, and it has not sent yet.
-- What follows a payment takes no credit, for it is not found by the account's list but under its payment. It is promised
-- only while nothing else that follows it is open, and while no more was sent than its caller knew of.
-- What is paid on a link is found by a token that the link's description ends in: it is led to the order from here on.
-- The row's `lane` is the account that may hold this order's money, written in the same step as the promise; so is
-- `held_first`, that it goes out as the first of two phases, because the account takes charges so. Both stay as long as
-- something may have left: whoever finds the order must know what to look for.
-- ARGV: epoch, order_id, token, attempt_window_ms, account, intents that the caller has seen, follow-ups it knew of,
--       held_first (1, or ''), and for a link the token of its description
local locked = foreign_epoch()
if locked then return locked end
-- With fewer intents than were seen this is an older copy of the ledger, restored with its marker (rule R10).
local intents = redis.call('GET', NS .. ':intents') or '0'
if tonumber(intents) < tonumber(ARGV[6]) then return {'lockdown', ARGV[1]} end
local id, token = ARGV[2], ARGV[3]
local r = load(id)
if not r then return {'missing'} end
local credits = NS .. ':credits:' .. ARGV[5]
local left = tonumber(redis.call('GET', credits) or '0')
if r.token ~= token then return {'stale', r.state} end
-- What may have left for one account never leaves for another: only `release` takes the lane off the row (rule R2).
if r.lane ~= '' and r.lane ~= ARGV[5] then return {'stale', r.state} end
if r.state == 'sending' then
  confirm_again()
  return {'granted', r.intent_at, tostring(left), intents}
end
if r.state ~= 'claimed' then return {'stale', r.state} end
-- What goes on for another order is sent only while that one waits for it: no two of a chain are ever charged.
if r.root ~= '' then
  local first = redis.call('HMGET', order_key(r.root), 'state', 'successor')
  if first[1] ~= 'pending' or first[2] ~= id then return {'stale', r.state} end
  -- Two humans said that the first attempt took nothing, and the gateway's list has shown otherwise since.
  if shown(r.root) then return {'overtaken'} end
end
local at = now_ms()
if r.expires_at > 0 and r.expires_at <= at then return {'expired'} end
local halt = halted(r)
if halt then return {halt} end
if r.parent ~= '' then
  local known = redis.call('HMGET', parent_key(r.parent), 'open', 'sent')
  if known[1] or tonumber(known[2] or '0') ~= tonumber(ARGV[7]) then return {'follows_another'} end
else
  if left <= 0 then return {'no_credit', intents} end
  left = redis.call('DECR', credits)
end
if ARGV[9] then redis.call('SET', link_key(ARGV[9]), id) end
local deadline = at + tonumber(ARGV[4])
change(r, 'intent_at', at)
change(r, 'deadline_at', deadline)
if r.lane == '' and ARGV[8] ~= '' then change(r, 'held_first', ARGV[8]) end
change(r, 'lane', ARGV[5])
move(r, 'sending', at, r.ref)
save(r)
redis.call('ZADD', due_key(r), deadline, id)
return {'granted', tostring(at), tostring(left), tostring(redis.call('INCR', NS .. ':intents'))}
