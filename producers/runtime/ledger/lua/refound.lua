-- The rebuilding of a lost ledger begins and ends here. While it lasts the marker is one that no process is pinned to,
-- so nobody but its builder reads or writes. At the end the ledger gets an epoch that it never had; whoever remembers
-- one of its ancestors may take it for its heir, and no copy of an ancestor will ever be taken for it.
-- ARGV: epoch as it must be now ('' = none), the one that it gets, the least that `intents` may count, then ancestors
if (redis.call('GET', NS .. ':epoch') or '') ~= ARGV[1] then
  return {'lockdown', redis.call('GET', NS .. ':epoch') or ''}
end
redis.call('SET', NS .. ':epoch', ARGV[2])
if tonumber(redis.call('GET', NS .. ':intents') or '0') < tonumber(ARGV[3]) then
  redis.call('SET', NS .. ':intents', ARGV[3])
end
for i = 4, #ARGV do redis.call('SADD', NS .. ':ancestors', ARGV[i]) end
return {'ok'}
