-- What was pushed under an event id, and the state of its story. Nothing when the view is not whole.
local epoch = redis.call('GET', KEYS[1] .. ':epoch') or '1'
local prefix = KEYS[1] .. ':' .. epoch .. ':'
if not redis.call('HGET', prefix .. 'meta', 'whole') then return nil end
local receipt = redis.call('GET', prefix .. 'receipt:' .. ARGV[1])
if not receipt then return {} end
local uri = cjson.decode(receipt)['uri']
return {receipt, redis.call('HGET', prefix .. 'stories', uri), redis.call('HGET', prefix .. 'current', uri)}
