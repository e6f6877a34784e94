-- The head, and what was pushed under an event id with the state of its story. Nothing when the view is not whole.
local epoch = redis.call('GET', KEYS[1] .. ':epoch') or '1'
local prefix = KEYS[1] .. ':' .. epoch .. ':'
local meta = redis.call('HMGET', prefix .. 'meta', 'whole', 'head')
if not meta[1] then return nil end
local head = meta[2] or '-1'
local receipt = redis.call('GET', prefix .. 'receipt:' .. ARGV[1])
if not receipt then return {head} end
local uri = cjson.decode(receipt)['uri']
return {head, receipt, redis.call('HGET', prefix .. 'stories', uri), redis.call('HGET', prefix .. 'current', uri)}
