#!lua
-- Acknowledges messages in Dramatiq's own layout: what its script does for one, for many in one run. An id that is no
-- longer ours went back to the queue in the meantime, and then its message must stay.
--   KEYS: the set of ids we hold, the queue's hash of id to message.   ARGV: ids.   Answers how many were ours.
local acknowledged = 0
for i = 1, #ARGV do
    if redis.call("srem", KEYS[1], ARGV[i]) > 0 then
        redis.call("hdel", KEYS[2], ARGV[i])
        acknowledged = acknowledged + 1
    end
end
return acknowledged
