-- What the clock has to write by the instant ARGV[2] (us), the oldest first: members and the states they speak of.
local prefix = KEYS[1] .. ':' .. ARGV[1] .. ':'
local members = redis.call('ZRANGEBYSCORE', prefix .. 'due', '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])
local uris = {}
for i, member in ipairs(members) do uris[i] = string.sub(member, 2) end
if #uris == 0 then return {members, {}} end
return {members, redis.call('HMGET', prefix .. 'stories', unpack(uris))}
