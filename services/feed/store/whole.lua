-- The view may be shown once everything before ARGV[2] was applied. Answers whether it may. ARGV[3]: the log's first.
local meta = KEYS[1] .. ':' .. ARGV[1] .. ':meta'
local stored = redis.call('HGET', meta, 'offset')
local next = tonumber(ARGV[3])
if stored then next = tonumber(stored) + 1 end
if next < tonumber(ARGV[2]) then return 0 end
redis.call('HSET', meta, 'whole', 1)
return 1
